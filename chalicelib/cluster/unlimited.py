"""Unlimited administration: for a while, administrators own every secret and folder.

For the day on which the one who could open something has gone. It is said in the gate, which every
request reads: so it begins and ends at once, on every node, and by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import Conflict

LONGEST = timedelta(hours=8)
MEANT = timedelta(hours=1)
"""For how long a wish waits for the second person."""


@dataclass(frozen=True, slots=True)
class Unlimited:
    """How it stands.

    mode: "on", "asked" when a second person has to switch it on, "" for neither
    by:   who did so, a user id
    at:   "on": until when; "asked": since when
    """

    mode: Literal["", "on", "asked"] = ""
    by: int = 0
    at: datetime = datetime.min.replace(tzinfo=UTC)

    def is_on(self, now: datetime) -> bool:
        return self.mode == "on" and now < self.at

    def waits(self, now: datetime) -> bool:
        """Whether a second person may still switch it on."""
        return self.mode == "asked" and now < self.at + MEANT

    def notice(self, now: datetime) -> str:
        """What everybody is told while it is on; "" else."""
        return f"until={stamp(self.at)}" if self.is_on(now) else ""


OFF = Unlimited()


def switched_on(before: Unlimited, who: int, is_dual: bool, now: datetime) -> Unlimited:
    """How it stands once somebody wanted it on: a wish, where two persons have to want it.

    Raises Conflict when it waits for another person than the one who asked.
    """
    if before.is_on(now):
        return before
    if not is_dual:
        return Unlimited("on", who, now + LONGEST)
    if not before.waits(now):
        return Unlimited("asked", who, now)
    if before.by == who:
        raise Conflict("You asked for it already: now another administrator has to switch it on.")
    return Unlimited("on", who, now + LONGEST)


def written(unlimited: Unlimited) -> str:
    """As the gate's row keeps it."""
    return f"{unlimited.mode} {unlimited.by} {stamp(unlimited.at)}" if unlimited.mode else ""


def parsed(text: str) -> Unlimited:
    """What `written` wrote; words of a newer version stand for off."""
    match text.split():
        case ["on" | "asked" as mode, by, at]:
            return Unlimited(mode, int(by), parse_stamp(at))
        case _:
            return OFF
