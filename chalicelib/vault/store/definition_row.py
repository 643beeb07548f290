"""The rows that each process keeps a copy of: one partition, so that one Query fetches them all."""

from __future__ import annotations

from chalicelib.aws.table import DataRow

PARTITION = "templates"


class DefinitionRow(DataRow):
    """Templates, requirements and secret policies share a partition."""
