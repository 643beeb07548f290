"""Refused attempts on secrets, on the trail: who wanted to do what, and why he could not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.core.audit import AuditRecord
from chalicelib.vault.grants import Deed
from chalicelib.vault.visit import Visit

MOST_TOLD = 5_000
"""What a process remembers to have told; the oldest is forgotten, and told again."""

Attempt = tuple[int, int, Deed]


@dataclass(slots=True)
class Refusals:
    """One line a minute for a user, a secret and a deed: in each process, which asks nobody.

    So who is refused costs one call more, and not a line for each of his attempts.
    """

    record: Callable[[AuditRecord], None]
    _told: OrderedDict[Attempt, int] = field(default_factory=OrderedDict)

    def note(self, visit: Visit, secret_id: int, deed: Deed, why: str) -> None:
        """Write it down, unless that was done this minute. Raises Unavailable when it cannot."""
        attempt, minute = (visit.who.user_id, secret_id, deed), int(visit.now.timestamp()) // 60
        if self._told.get(attempt) == minute:
            return
        self.record(visit.audit("REFUSED", "Secret", secret_id, f"{deed}: {why}"))
        self._told[attempt] = minute
        self._told.move_to_end(attempt)
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
