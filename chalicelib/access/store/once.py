"""What is begun and finished once: challenges of security keys, log-ins at a provider."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.aws.ends import ending
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import Conflict

KIND = "once"


class OnceRow(DataRow, discriminator="once"):
    """Something begun that is finished once, soon or never. No secret is in it."""

    what = UnicodeAttribute()
    facts = JSONAttribute()
    ends_at = UnicodeAttribute()


def once_key(id: str) -> Key:
    """By hash: who reads the table learns no id, which is what finishes it."""
    return (f"once#{hashlib.sha256(id.encode()).hexdigest()}", "once")


class Once:
    def keep(self, id: str, what: str, facts: Mapping[str, Any], ends: datetime) -> None:
        """Until it is taken, or that moment. One PutItem."""
        row = OnceRow(*once_key(id), what=what, facts=dict(facts), ends_at=stamp(ends))
        with known_faults("keeping what was begun"):
            ending(row, KIND, ends).save(OnceRow.pk.does_not_exist())

    def take(self, id: str, what: str, now: datetime) -> Mapping[str, Any] | None:
        """Its facts, once: of two at the same time one gets them. One DeleteItem."""
        pk, sk = once_key(id)
        there = OnceRow.what == what
        try:
            with known_faults("taking what was begun"):
                table = DataRow._get_connection()
                answer = table.delete_item(pk, sk, there, return_values="ALL_OLD")
        except Conflict:
            return None
        row = OnceRow.from_raw_data(answer["Attributes"])
        return dict(row.facts) if now < parse_stamp(row.ends_at) else None
