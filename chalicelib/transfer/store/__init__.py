"""Rows of imports and exports."""

from .exports import ExportStore
from .imports import ImportStore

__all__ = ["ExportStore", "ImportStore"]
