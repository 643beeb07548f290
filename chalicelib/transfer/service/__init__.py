"""Imports and exports: asked for by people, done step by step as bulk operations."""

from .copying import CopyDeeds
from .exporting import Details, ExportService
from .importing import File, ImportService, Preview
from .making import StepDeeds

__all__ = [
    "CopyDeeds",
    "Details",
    "ExportService",
    "File",
    "ImportService",
    "Preview",
    "StepDeeds",
]
