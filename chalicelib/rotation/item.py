"""A work item: one piece of work, offered to a site, claimed by one holder, answered once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.changers.work import WorkKind
from chalicelib.core.errors import Invalid, Stale


class Stage(StrEnum):
    """Where an item is on its one way."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    OVER = "over"  # nobody took it, its holder fell silent, or it was withdrawn


@dataclass(frozen=True, slots=True)
class Terms:
    """How long an offer may be claimed, and when the work is offered anew.

    Between the two lies the lease: whoever claimed at the last moment has that long to answer.
    """

    live: timedelta
    again: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.live < self.again:
            raise Invalid("work is offered anew only some time after its offer has expired")

    @property
    def lease(self) -> timedelta:
        return self.again - self.live


HEARTBEAT_TERMS = Terms(timedelta(minutes=5), timedelta(minutes=10))
CHANGE_TERMS = Terms(timedelta(minutes=20), timedelta(minutes=25))
HOOK_TERMS = Terms(timedelta(minutes=2), timedelta(minutes=4))
"""People wait for hooks: no setting of how long work is out makes them wait longer."""


@dataclass(frozen=True, slots=True)
class Item:
    """One offer of one piece of work. A later offer of the same work is another item.

    value:  which stored value it works with: 0 the current one, n the nth candidate; of a hook,
            which one
    given:  the version of the current value that its holder was given
    was:    the secret's heartbeat status before, put back if nobody takes the item
    fence:  the claim's number, rising with each claim on the same secret; 0 before there is one
    until:  past it, a sweep ends an item that is not answered
    asker:  the user who asked for it, 0 for a schedule
    """

    id: str
    kind: WorkKind
    secret_id: int
    site_id: int
    offered_at: datetime
    expires_at: datetime
    until: datetime
    lease: timedelta
    stage: Stage = Stage.OFFERED
    change_id: str = ""
    value: int = 0
    given: int = 0
    was: str = ""
    holder: str = ""
    fence: int = 0
    asker: int = 0

    @property
    def deadline(self) -> timedelta:
        """When its holder must have begun, from the claim: 40 % of the lease are left to end in."""
        return self.lease * 0.6

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something."""
        return self.stage in (Stage.OFFERED, Stage.CLAIMED)

    def is_claimable(self, now: datetime) -> bool:
        return self.stage is Stage.OFFERED and now < self.expires_at

    def is_silent(self, now: datetime) -> bool:
        """Whether the time of its offer or of its holder has run out."""
        return self.is_open and now >= self.until

    def claimed(self, holder: str, fence: int, now: datetime, given: int = 0) -> Item:
        """In the hands of `holder`. Stale: it was claimed before, withdrawn, or has expired."""
        if not self.is_claimable(now):
            raise Stale("this work is no longer on offer")
        return replace(
            self,
            stage=Stage.CLAIMED,
            holder=holder,
            fence=fence,
            given=given,
            until=now + self.lease,
        )

    def answered(self, holder: str, fence: int) -> Item:
        """Done. Stale: another holds it, or its holder's time was over and somebody went on."""
        if self.stage is not Stage.CLAIMED or (self.holder, self.fence) != (holder, fence):
            raise Stale("the answer is not from the holder of this claim")
        return replace(self, stage=Stage.ANSWERED)

    def over(self) -> Item:
        """Nobody's any more."""
        return replace(self, stage=Stage.OVER)


class Lives(Protocol):
    """What of the settings says how long work is out."""

    @property
    def heartbeat_life(self) -> timedelta: ...
    @property
    def heartbeat_again(self) -> timedelta: ...
    @property
    def change_life(self) -> timedelta: ...
    @property
    def change_again(self) -> timedelta: ...


def terms_of(kind: WorkKind, lives: Lives) -> Terms:
    """The terms of that work; one try of one value is as short as a heartbeat."""
    if kind is WorkKind.HOOK:
        return HOOK_TERMS
    if kind is WorkKind.CHANGE:
        return Terms(lives.change_life, lives.change_again)
    return Terms(lives.heartbeat_life, lives.heartbeat_again)


def offer(  # noqa: PLR0913 - what an offer names
    id: str,
    kind: WorkKind,
    secret_id: int,
    site_id: int,
    terms: Terms,
    now: datetime,
) -> Item:
    """A piece of work put on offer now."""
    return Item(
        id=id,
        kind=kind,
        secret_id=secret_id,
        site_id=site_id,
        offered_at=now,
        expires_at=now + terms.live,
        until=now + terms.again,
        lease=terms.lease,
    )
