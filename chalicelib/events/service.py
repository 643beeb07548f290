"""The sweep of the outbox: messages that were committed and not sent, because a process died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core.errors import ConclaveError
from chalicelib.core.tick import Tally

AGE = timedelta(seconds=15)  # younger ones may still be under way; a second copy is harmless
BATCH = 100


class Outbox(Protocol):
    def forgotten(self, before: datetime, most: int, after: str = "") -> list[tuple[str, str]]:
        """Messages that were committed before that time and are still there: (place, id)."""

    def send(self, message_id: str, now: datetime) -> bool:
        """Send one and take it out; false when it was gone or past its expiry."""


@dataclass(frozen=True)
class OutboxService:
    outbox: Outbox

    def sweep(self, now: datetime, after: str = "") -> Tally:
        """Send what was forgotten, a slice at a time. May be repeated: a second copy is harmless.

        One that cannot be sent, such as to a queue that is gone, holds up no other: it stays until
        it can, or has expired.
        """
        found = self.outbox.forgotten(now - AGE, BATCH, after)
        ends = [self._sent(id, now) for _, id in found]
        cursor = found[-1][0] if len(found) >= BATCH else ""
        return Tally(len(found), ends.count(True), ends.count(None), cursor)

    def _sent(self, message_id: str, now: datetime) -> bool | None:
        """Whether it was sent now; None when it could not be."""
        try:
            return self.outbox.send(message_id, now)
        except ConclaveError:
            return None
