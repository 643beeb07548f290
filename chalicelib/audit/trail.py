"""The trail as people read it: lines of one thing, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.audit import AuditRecord


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail. `is_genuine`: its MAC fits, so nobody altered what it says."""

    record: AuditRecord
    id: str
    is_genuine: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is. `action`: what was done, "" where the index does not tell."""

    pk: str
    sk: str
    action: str


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did, as far as the index tells."""

    at: datetime
    action: str
    kind: str
    item: str
