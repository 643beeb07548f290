"""The outbox rows, found by age in index 3; a hint is re-read before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import commit
from chalicelib.aws.bus import Bus
from chalicelib.aws.commit import OutboxRow
from chalicelib.aws.table import fetch, index
from chalicelib.core.clock import stamp


@dataclass(frozen=True)
class Outbox:
    bus: Bus

    def forgotten(self, before: datetime, most: int, after: str = "") -> list[tuple[str, str]]:
        """Messages committed before that time and still there, oldest first. One Query.

        Each by its place in the index and its id.
        """
        hits = index(3, commit.OUTBOX, after=after, until=stamp(before), limit=most)
        return [(hit.sort, hit.pk.removeprefix("outbox#")) for hit in hits]

    def send(self, message_id: str, now: datetime) -> bool:
        """Send one and take it out; false when it was gone already, or is past its expiry."""
        row = fetch(OutboxRow, *commit.outbox_key(message_id))
        return row is not None and commit.resend(row, self.bus, now)
