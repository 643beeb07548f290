"""The log of backups: one entry for each that ended, and which of them may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One backup that ended. `is_there`: its objects have not been removed."""

    id: str
    started_at: datetime
    finished_at: datetime
    success: bool
    notes: str = ""
    is_there: bool = True


def superfluous(log: Sequence[Entry], keep: int) -> list[Entry]:
    """Those whose objects may go: the failed, and the good ones but for the newest `keep`."""
    newest_first = sorted(log, key=lambda one: one.started_at, reverse=True)
    good = [one for one in newest_first if one.success]
    spare = {one.id for one in good[keep:]}
    return [one for one in newest_first if one.is_there and (not one.success or one.id in spare)]
