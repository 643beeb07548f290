"""The API of metadata."""

from . import metadata

__all__ = ["metadata"]
