"""Jobs and their runs in the data table, and the rows that end."""

from __future__ import annotations

from .ended import EndedRows
from .runs import JobStore

__all__ = ["EndedRows", "JobStore"]
