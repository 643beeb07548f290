"""One operation: how far it is, whose it is, and when it is over. Pure.

    open -> done        every item was tried
         -> cancelled   somebody asked for its end
         -> stopped     whoever asked for it may do nothing here any more
         -> expired     it could not go on for a week

A worker claims it with a lease and a fence. Each step forward holds for that fence only, and is one
write with what the step does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.access.principal import Behalf
from chalicelib.core.errors import Invalid

from .action import Action, Kind

LIFE = timedelta(days=7)
"""An operation that is not over by then ends where it is."""
MOST = 20_000
MOST_ID = 2**31 - 1
MOST_ERRORS = 100
"""So many failures are told one by one; of the rest the number."""
LEASE_SLACK = timedelta(seconds=10)
FORSAKEN = timedelta(minutes=20)
"""Past that no message is on its way: it was lost, or given up as a dead letter."""


class Stage(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Operation:
    """cursor:  how many items were tried; done and failed tell how
    fence:   of the claim that counts: a worker that was overtaken changes nothing
    touched_at: when a worker last claimed it
    message: why it waits, or ended as it did
    sealed: the value that every item gets, b"" for none; gone once it is over
    """

    id: str
    action: Action
    asker: Behalf
    asked_at: datetime
    total: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.OPEN
    cursor: int = 0
    done: int = 0
    failed: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    touched_at: datetime | None = None
    message: str = ""
    sealed: bytes = field(default=b"", repr=False)

    @property
    def is_over(self) -> bool:
        return self.stage is not Stage.OPEN

    @property
    def ends_at(self) -> datetime:
        """When it ends at the latest."""
        return self.asked_at + LIFE

    @property
    def percentage(self) -> int:
        return 100 if self.is_over else min(99, self.cursor * 100 // self.total)

    @property
    def is_listed(self) -> bool:
        """Whether its last failure is told by itself."""
        return self.failed <= MOST_ERRORS

    def is_leased(self, now: datetime) -> bool:
        return self.lease_until is not None and now < self.lease_until

    def is_forsaken(self, now: datetime) -> bool:
        """Whether nobody works on it and no message for it can be on its way."""
        touched = max(filter(None, (self.asked_at, self.touched_at, self.lease_until)))
        return not self.is_over and now >= touched + FORSAKEN


def claimed(one: Operation, now: datetime, until: datetime) -> Operation:
    """In new hands, from where it is."""
    return replace(one, fence=one.fence + 1, lease_until=until, touched_at=now, message="")


def stepped(one: Operation) -> Operation:
    """With one item more that is done."""
    return replace(one, cursor=one.cursor + 1, done=one.done + 1)


def failed(one: Operation) -> Operation:
    """With one item more that could not be done."""
    return replace(one, cursor=one.cursor + 1, failed=one.failed + 1)


def released(one: Operation, why: str = "") -> Operation:
    """In nobody's hands: whoever is told next goes on. `why` it waits, if it does."""
    return replace(one, lease_until=None, message=why)


def ended(one: Operation, stage: Stage, why: str = "") -> Operation:
    return replace(one, stage=stage, lease_until=None, message=why)


def told(one: Operation) -> str:
    """How it stands, in a sentence."""
    counts = f"{one.done:,} of {one.total:,} done, {one.failed:,} failed"
    unlisted = one.failed - MOST_ERRORS
    if unlisted > 0:
        counts += f" ({unlisted:,} of them not listed)"
    opening = "Waiting" if one.message and not one.is_over else _OPENINGS[one.stage]
    return f"{opening}: {counts}. {one.message}".strip()


_OPENINGS = {
    Stage.OPEN: "Running",
    Stage.DONE: "Finished",
    Stage.CANCELLED: "Cancelled",
    Stage.STOPPED: "Stopped",
    Stage.EXPIRED: "Not finished in time",
}


def checked(ids: Sequence[int]) -> tuple[int, ...]:
    """The items that a request names, each once. Raises Invalid."""
    each = tuple(dict.fromkeys(ids))
    if not each:
        raise Invalid("There is nothing to be done: no ids were given.")
    if len(each) > MOST:
        raise Invalid(f"At most {MOST:,} at once.")
    if min(each) < 1 or max(each) > MOST_ID:
        raise Invalid("The ids must be those of things that are there.")
    return each


def in_order(action: Action, ids: Sequence[int], asker: int) -> tuple[int, ...]:
    """The items as they are gone through: whoever asks for it comes last himself.

    What ends his sessions ends his operations too.
    """
    if action.kind is not Kind.USER or asker not in ids:
        return tuple(ids)
    return (*(one for one in ids if one != asker), asker)
