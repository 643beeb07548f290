"""Rows about writes outside the writing region: those found, and when each region gave it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.aws import written
from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.table import DataRow, partition
from chalicelib.aws.written import Written, WrittenRow
from chalicelib.cluster.conflict import Conflict, Standing
from chalicelib.core.clock import parse_stamp, stamp

CONFLICTS, REGIONS = "conflicts", "regions"
KEPT = timedelta(days=90)


class ConflictRow(DataRow, discriminator="conflict"):
    REGIONAL = True

    item_kind = UnicodeAttribute()
    item = UnicodeAttribute()
    region = UnicodeAttribute()
    at = UnicodeAttribute()
    found_at = UnicodeAttribute()
    standing = UnicodeAttribute()


class HandoverRow(DataRow, discriminator="handover"):
    """When a region ceased to be the writing region: what it wrote later is a conflict."""

    REGIONAL = True

    left_at = UnicodeAttribute()


class Conflicts:
    """Reads what other regions wrote, and keeps what was found."""

    shards = range(written.SHARDS)
    written_in = staticmethod(written.written_in)
    current = staticmethod(written.current)

    def handed_over(self) -> Mapping[str, datetime]:
        """When each region that was the writing region gave it up last. One Query."""
        rows = partition(HandoverRow, REGIONS)
        return {row.sk: parse_stamp(row.left_at) for row in rows}

    def report(self, change: Written | None, found: Sequence[Conflict]) -> list[Write]:
        """Remember conflicts, once; with the last of a change's, that it was looked at.

        Fails when that was done before.
        """
        writes: list[Write] = [Put(_row(one), ConflictRow.pk.does_not_exist()) for one in found]
        if change is not None:
            row = WrittenRow(*written.key_of(change.id))
            actions = [WrittenRow.i3pk.remove(), WrittenRow.i3sk.remove()]
            writes.append(Update(row, actions, WrittenRow.i3pk.exists()))
        return writes

    def newest(self, most: int) -> list[Conflict]:
        """The conflicts found last. One Query."""
        rows = partition(ConflictRow, CONFLICTS, newest_first=True, limit=most)
        return [_conflict(row) for row in rows]


def _row(one: Conflict) -> ConflictRow:
    return ConflictRow(
        CONFLICTS,
        one.id,
        item_kind=one.kind,
        item=one.item,
        region=one.region,
        at=stamp(one.at),
        found_at=stamp(one.found_at),
        standing=str(one.standing),
        ttl=int((one.found_at + KEPT).timestamp()),
    )


def _conflict(row: ConflictRow) -> Conflict:
    return Conflict(
        id=row.sk,
        kind=row.item_kind,
        item=row.item,
        region=row.region,
        at=parse_stamp(row.at),
        found_at=parse_stamp(row.found_at),
        standing=Standing(row.standing),
    )
