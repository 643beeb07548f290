"""The API of lists of values."""

from . import lists, options

__all__ = ["lists", "options"]
