"""A trail of some hours, summed as the digest function sums it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.audit.summing import Summing
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.connection import connection
from chalicelib.core.audit import AuditRecord
from infra.aws import client
from tests.founding import CLUSTER_ID

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TABLE = "conclave-test-audit"
VIEW = AuditRecord(7, "VIEW", "Secret", "12", NOON, "Password", "10.0.0.9", "node-a", "c1")

Row = dict[str, Any]


@dataclass(frozen=True)
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def begin(at: datetime = NOON) -> None:
    """A cluster that began then."""
    keyring.make_if_absent(CLUSTER_ID, Clock(at))


def write(*times: datetime, said: AuditRecord = VIEW) -> list[Row]:
    """A line at each of those times, below the services; as rows, in their order."""
    ring = wiring.keyring()
    rows = [audit_row(replace(said, at=at), wiring.ids()(), ring).serialize() for at in times]
    for start in range(0, len(rows), 25):
        puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
        client("dynamodb").batch_write_item(RequestItems={TABLE: puts})
    return rows


def summing(now: datetime) -> Summing:
    """The digest function's service, at that time."""
    return replace(wiring.summing(), clock=Clock(now))


def sum_until(now: datetime) -> int:
    return summing(now).sum_up(now)


def put(row: Row) -> None:
    client("dynamodb").put_item(TableName=TABLE, Item=row)


def remove(row: Row) -> None:
    client("dynamodb").delete_item(TableName=TABLE, Key={name: row[name] for name in ("pk", "sk")})


def objects() -> dict[str, bytes]:
    """The objects of the audit bucket as they are read by name."""
    s3, bucket = client("s3"), connection().audit_bucket
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {
        one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed
    }
