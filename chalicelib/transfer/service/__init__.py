"""Imports and exports: asked for by people, done step by step as bulk operations."""

from .at_once import ExportAtOnce
from .copying import CopyDeeds
from .exporting import Details, ExportService
from .importing import File, ImportService, Preview
from .making import StepDeeds

__all__ = [
    "CopyDeeds",
    "Details",
    "ExportAtOnce",
    "ExportService",
    "File",
    "ImportService",
    "Preview",
    "StepDeeds",
]
