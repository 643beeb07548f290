"""The sweep of the outbox: messages that were committed and not sent, because a process died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

AGE = timedelta(seconds=15)  # younger ones may still be under way; a second copy is harmless
BATCH = 100


class Outbox(Protocol):
    def forgotten(self, before: datetime, most: int) -> list[str]:
        """Ids of messages that were committed before that time and are still there."""

    def send(self, message_id: str, now: datetime) -> bool:
        """Send one and take it out; false when it was gone or past its expiry."""


@dataclass(frozen=True)
class OutboxService:
    outbox: Outbox

    def sweep(self, now: datetime) -> tuple[int, int]:
        """Send what was forgotten: found, sent. May be repeated: a second copy is harmless."""
        found = self.outbox.forgotten(now - AGE, BATCH)
        return len(found), sum(self.outbox.send(one, now) for one in found)
