"""Unlimited administration as a use case: who switches it, why, and what the trail says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate
from chalicelib.cluster.unlimited import OFF, Unlimited, switched_on
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid

from .nodes import Commit, Who

MOST_NOTE = 500
_WORDS = {
    "on": "unlimited administration is on until {at:%Y-%m-%d %H:%M} UTC: {note}",
    "asked": "unlimited administration was asked for, a second person has to switch it on: {note}",
    "": "unlimited administration is off",
}


class Gates(Protocol):
    def fetch(self) -> Gate: ...
    def switch_unlimited(self, before: Unlimited, after: Unlimited) -> Any: ...


@dataclass(frozen=True)
class UnlimitedService:
    """me: the node that this process belongs to; is_dual: whether it takes two persons."""

    me: str
    gates: Gates
    commit: Commit
    is_dual: Callable[[], bool]

    def is_on(self, now: datetime) -> bool:
        """One GetItem."""
        return self.gates.fetch().unlimited.is_on(now)

    def switch(self, who: Who, on: bool, note: str, now: datetime) -> bool:
        """Switch it on for eight hours, or off at once; whether it is on then.

        With dual control the first person's wish is kept for an hour, and the second one's counts.
        Two calls and the settings. May be repeated. Raises Invalid without a note, Conflict when
        the same person asks twice or another one switches it meanwhile.
        """
        said = " ".join(note.split())
        if on and not 0 < len(said) <= MOST_NOTE:
            raise Invalid(f"notes must say why, in 1 to {MOST_NOTE} characters.")
        before = self.gates.fetch().unlimited
        after = switched_on(before, who.user_id, self.is_dual(), now) if on else OFF
        if after != before:
            detail = _WORDS[after.mode].format(at=after.at, note=said)
            self.commit(
                [self.gates.switch_unlimited(before, after)], [self._line(who, detail, now)]
            )
        return after.is_on(now)

    def _line(self, who: Who, detail: str, now: datetime) -> AuditRecord:
        kind = "UnlimitedAdmin"
        return AuditRecord(who.user_id, "UPDATE", kind, "mode", now, detail, who.address, self.me)
