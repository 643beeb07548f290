"""The row that says whom this cluster follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Put, Write
from chalicelib.aws.table import DataRow, fetch
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.recovery.replica import Replication

KEY = ("replication", "replication")
MOMENTS = ("as_of", "done_at", "looked_at", "began_at")


class ReplicationRow(DataRow, discriminator="replication"):
    version = VersionAttribute()
    source = UnicodeAttribute()
    bucket = UnicodeAttribute()
    enabled = BooleanAttribute()
    every_seconds = NumberAttribute()
    applied = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    as_of = UnicodeAttribute(null=True)
    done_at = UnicodeAttribute(null=True)
    looked_at = UnicodeAttribute(null=True)
    began_at = UnicodeAttribute(null=True)


class ReplicationTable:
    def read(self) -> Replication:
        """Whom this cluster follows; one that follows nobody has no source. One GetItem."""
        row = fetch(ReplicationRow, *KEY)
        if row is None:
            return Replication()
        return Replication(
            source=row.source,
            bucket=row.bucket,
            enabled=row.enabled,
            every=timedelta(seconds=int(row.every_seconds)),
            applied=row.applied or "",
            error=row.error or "",
            version=int(row.version),
            **{name: _moment(getattr(row, name)) for name in MOMENTS},
        )

    def put(self, one: Replication) -> Write:
        """Store it over the one it is based on; fails when that has changed since."""
        moments: dict[str, Any] = {name: _text(getattr(one, name)) for name in MOMENTS}
        row = ReplicationRow(
            *KEY,
            source=one.source,
            bucket=one.bucket,
            enabled=one.enabled,
            every_seconds=int(one.every.total_seconds()),
            applied=one.applied or None,
            error=one.error or None,
            **moments,
        )
        if one.version:
            row.version = one.version
        return Put(row)


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None


def _text(at: datetime | None) -> str | None:
    return stamp(at) if at else None
