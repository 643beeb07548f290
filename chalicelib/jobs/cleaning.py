"""What is cleaned away when its time is over: by due index, so work grows with what is due.

DynamoDB's TTL removes most of it first, for nothing, but promises no time. Readers never wait for
either: a row whose time is over counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.tick import Tally, Tick
from chalicelib.settings.settings import Settings

BATCH = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one kind. `keep`: days, by a setting; "": not after their end."""

    name: str
    keep: str = ""

    def ended_before(self, settings: Settings, now: datetime) -> datetime:
        """Rows that ended before that moment may go."""
        return now - (timedelta(days=getattr(settings, self.keep)) if self.keep else timedelta(0))


DATABASE = (
    Kind("run", "days_to_keep_logs"),
    Kind("bulk", "days_to_keep_logs"),
    Kind("mail", "days_to_keep_logs"),
    Kind("past-change"),
    Kind("session"),
)
CACHE = (
    Kind("throttle"),
    Kind("mail-code"),
    Kind("once"),
    Kind("nonce"),
    Kind("dead-letters"),
    Kind("import"),
    Kind("export"),
)
ENGINE_LOG = (Kind("item", "days_to_keep_engine_logs"),)


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that has ended, by its keys; `place` is where the index has it."""

    pk: str
    sk: str
    place: str


class EndedRows(Protocol):
    def ended(self, kind: str, until: datetime, after: str, most: int) -> list[Ended]: ...

    def remove(self, kind: str, row: Ended) -> bool:
        """False when it is gone, or has been given another end meanwhile."""


@dataclass(frozen=True)
class Cleaning:
    rows: EndedRows
    settings: Callable[[], Settings]
    clock: Clock

    def clean(self, tick: Tick, kinds: Sequence[Kind]) -> Tally:
        """Remove what is over, kind by kind, in slices. One Query a kind; may be repeated."""
        settings, total = self.settings(), Tally()
        first, after = _place(tick.cursor)
        for number in range(first, len(kinds)):
            until = kinds[number].ended_before(settings, tick.now)
            while found := self.rows.ended(kinds[number].name, until, after, BATCH):
                removed = sum(self.rows.remove(kinds[number].name, one) for one in found)
                total = total + Tally(found=len(found), done=removed)
                after = found[-1].place
                if self.clock() >= tick.deadline:
                    return total + Tally(cursor=f"{number}:{after}")
            after = ""
        return total


def is_over(ended: datetime, kept: timedelta, now: datetime) -> bool:
    """Whether a row that ended then counts as absent, though it is still there."""
    return now >= ended + kept


def _place(cursor: str) -> tuple[int, str]:
    number, _, after = cursor.partition(":")
    return int(number or 0), after
