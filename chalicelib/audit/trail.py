"""The trail as people read it: lines of one thing, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.audit import AuditRecord


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail. `is_genuine`: its MAC fits, so nobody altered what it says."""

    record: AuditRecord
    id: str
    is_genuine: bool
