"""The API of bulk operations."""

from . import operations

__all__ = ["operations"]
