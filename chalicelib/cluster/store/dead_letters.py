"""What was last raised about dead letters."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Put
from chalicelib.aws.ends import ending
from chalicelib.aws.table import DataRow, fetch
from chalicelib.cluster.dead_letters import Raised
from chalicelib.core.clock import parse_stamp, stamp

KEPT = timedelta(days=1)


class DeadLetterRow(DataRow, discriminator="dead-letters"):
    """What was last raised about a queue's dead letters; gone by itself after a day."""

    letters = NumberAttribute()
    at = UnicodeAttribute()


class DeadLetters:
    def raised(self, queue: str) -> Raised | None:
        row = fetch(DeadLetterRow, f"dead-letters#{queue}", "raised")
        return Raised(int(row.letters), parse_stamp(row.at)) if row else None

    def raise_now(self, queue: str, before: Raised | None, raised: Raised) -> Put:
        """Remember an event; fails when another worker raised one meanwhile."""
        row = DeadLetterRow(
            f"dead-letters#{queue}",
            "raised",
            letters=raised.count,
            at=stamp(raised.at),
        )
        ending(row, "dead-letters", raised.at + KEPT)
        same = DeadLetterRow.at == stamp(before.at) if before else DeadLetterRow.pk.does_not_exist()
        return Put(row, same)
