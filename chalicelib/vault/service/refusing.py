"""Refused attempts on secrets, on the trail: who wanted to do what, and why he could not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.core.audit import AuditRecord
from chalicelib.core.minutely import Minutely
from chalicelib.vault.grants import Deed
from chalicelib.vault.visit import Visit


@dataclass(slots=True)
class Refusals:
    """One line a minute for a user, a secret and a deed: in each process, which asks nobody.

    So who is refused costs one call more, and not a line for each of his attempts.
    """

    record: Callable[[AuditRecord], None]
    _lines: Minutely = field(default_factory=Minutely)

    def note(self, visit: Visit, secret_id: int, deed: Deed, why: str) -> None:
        """Write it down, unless that was done this minute. Raises Unavailable when it cannot."""
        attempt = (visit.who.user_id, secret_id, deed)
        if self._lines.is_told(attempt, visit.now):
            return
        self.record(visit.audit("REFUSED", "Secret", secret_id, f"{deed}: {why}"))
        self._lines.told(attempt, visit.now)
