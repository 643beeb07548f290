"""Values in the clear, on their way to who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.core.plain import Plain
from chalicelib.vault.attachment import FileFacts

from .finding import Found


@dataclass(frozen=True, slots=True)
class Opened:
    """A secret with its values in the clear, by slug. Their showing is in the trail already."""

    found: Found
    values: Mapping[str, Plain] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Former:
    """A value that a field once had."""

    version: int
    at: datetime
    until: datetime
    value: Plain
    file: FileFacts | None = None
