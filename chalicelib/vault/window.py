"""Windows: for how long one user is let through what a secret asks for. Pure.

They are part of the secret's state, so whoever reads the secret has read them. A window counts by
the clock alone: nobody need close one that is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.core.errors import Invalid

MOST = 60
"""Windows of one secret at a time: they share a row with its state."""


class Guard(StrEnum):
    """What a window lets through."""

    APPROVAL = "approval"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Window:
    """id:   a later window of the same id takes the place of this one
    told: what the trail says of whoever comes through it
    """

    id: str
    guard: Guard
    user_id: int
    since: datetime
    until: datetime
    told: str = ""

    def counts(self, now: datetime) -> bool:
        return self.since <= now < self.until


def find(windows: Iterable[Window], guard: Guard, user_id: int, now: datetime) -> Window | None:
    """The user's window that counts now and lasts longest; None for none."""
    mine = [one for one in windows if one.guard is guard and one.user_id == user_id]
    return max((one for one in mine if one.counts(now)), key=lambda one: one.until, default=None)


def opened(windows: Iterable[Window], wanted: Window, now: datetime) -> tuple[Window, ...]:
    """The windows with that one, and without those that are over.

    For want of room somebody has to comment again; Invalid where only approvals are left.
    """
    live = [one for one in windows if one.until > now and one.id != wanted.id]
    if len(live) >= MOST:
        comments = [one for one in live if one.guard is Guard.COMMENT]
        if not comments:
            raise Invalid(f"At most {MOST} people are let in to a secret at a time.")
        live.remove(min(comments, key=lambda one: one.until))
    return (*live, wanted)


def closed(windows: Iterable[Window], id: str) -> tuple[Window, ...]:
    """The windows without that one."""
    return tuple(one for one in windows if one.id != id)
