"""What a scheduled use case is called with, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tick:
    """What a use case is called with. `deadline` is when this slice must be over."""

    job: str
    at: datetime
    now: datetime
    deadline: datetime
    node: str
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a slice did. A `cursor` says that there is more: another slice goes on from it."""

    found: int = 0
    done: int = 0
    failed: int = 0
    cursor: str = ""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.found + other.found,
            self.done + other.done,
            self.failed + other.failed,
            other.cursor,
        )
