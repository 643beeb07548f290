"""Moves old days of the audit trail into the locked bucket: `make archive-audit BEFORE=2026-01-01`.

In two steps, because nothing may be removed before the chain tells of it. The first call archives
the hours, reads each archive back, compares it with the hour's digest, and adds a line ARCHIVE to
the trail. Once that line is summed (at most an hour and a quarter later), the same call removes the
archived lines from the table. May be repeated, and goes on where it was interrupted. DRY_RUN=1 only
says what it would do. Exit code 0: done, or nothing to do; 1: refused; 2: it could not look.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.audit import digest as rules
from chalicelib.aws.audit_rows import audit_row
from chalicelib.backup.rows import Item, packed
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.ids import fresh_id
from infra import audit_chain
from infra.audit_archive import KIND, Archive, archived_lines
from infra.audit_chain import Chain, rows_of
from infra.aws import client
from infra.checks import read_connection
from infra.keys import Macs, NoAnswerError, keyring_row, opened

LEAST = timedelta(days=30)
"""Younger lines stay where people look for them."""


class RefusedError(Exception):
    """Nothing was removed. The text says why."""


@dataclass(frozen=True)
class Archiving:
    """One cluster's trail up to a day, which is not included."""

    chain: Chain
    macs: Macs
    before: str
    now: datetime

    def hours(self) -> list[str]:
        """The hours with lines that are summed, older than the day and not empty."""
        digests = self.chain.digests.items()
        return [hour for hour, one in sorted(digests) if hour < self.before and one.digest.rows]

    def archive(self, hour: str) -> None:
        """Write an hour's archive and read it back. Raises RefusedError unless all fits."""
        listed = self.chain.listing(hour) or ()
        rows = {rules.line_of(row).place: row for row in rows_of(self.chain, hour)}
        if not set(listed) <= {rules.line_of(row) for row in rows.values()}:
            raise RefusedError(f"the lines of {hour} are not as they were summed: verify-audit")
        self._write(hour, [rows[one.place] for one in listed])
        if self.archived(hour) != set(listed):
            raise RefusedError(f"the archive of {hour} is not what was summed")

    def archived(self, hour: str) -> frozenset[rules.Line]:
        return archived_lines(self.chain.places, hour)

    def remove(self, hour: str) -> int:
        """Remove the lines of an hour that its archive holds; how many were there."""
        listed = set(self.chain.listing(hour) or ())
        if self.archived(hour) != listed:
            raise RefusedError(f"the archive of {hour} is not what was summed")
        there = [row for row in rows_of(self.chain, hour) if rules.line_of(row) in listed]
        for start in range(0, len(there), 25):
            _remove(self.chain.places.table, there[start : start + 25])
        return len(there)

    def record(self, hours: Sequence[str], lines: int) -> None:
        """The line that tells of it."""
        detail = f"{lines:,} lines of {hours[0]} to {hours[-1]}"
        said = AuditRecord(SYSTEM, *KIND, self.before, self.now, detail)
        row = audit_row(said, fresh_id(), self.macs)  # type: ignore[arg-type]
        client("dynamodb").put_item(
            TableName=self.chain.places.table,
            Item=row.serialize(),
            ConditionExpression="attribute_not_exists(pk)",
        )

    def recorded(self) -> bool | None:
        """Whether the chain has that line; None while there is none at all."""
        found = client("dynamodb").query(
            TableName=self.chain.places.table,
            IndexName="index1",
            KeyConditionExpression="i1pk = :about",
            ExpressionAttributeValues={":about": {"S": f"{KIND[1]}#{self.before}"}},
        )["Items"]
        places = {(row["sk"]["S"], row["pk"]["S"]) for row in found}
        summed = (self.chain.listing(sk[:13]) or () for sk, _ in places)
        if not places:
            return None
        return any(line.place in places for lines in summed for line in lines)

    def _write(self, hour: str, rows: Sequence[Item]) -> None:
        try:
            client("s3").put_object(
                Bucket=self.chain.places.bucket,
                Key=Archive.name(self.chain.places, hour),
                Body=packed(rows),
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:  # one that is there is compared like one just written
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise


def archive(
    cluster: str, before: str, *, dry_run: bool, now: datetime | None = None
) -> Iterator[str]:
    """Do the next step; what it did, line by line. Raises RefusedError, NoAnswerError."""
    now = now or datetime.now(UTC)
    _check_day(before, now)
    work = _begun(cluster, before, now)
    hours = work.hours()
    lines = sum(work.chain.digests[hour].digest.rows for hour in hours)
    if not hours:
        yield f"no line of the trail is older than {before}"
        return
    span = f"{lines:,} lines of {len(hours):,} hours, {hours[0]} to {hours[-1]}"
    recorded = work.recorded()
    if dry_run:
        yield f"would {'remove, archived already' if recorded else 'archive'}: {span}"
    elif recorded is None:
        for hour in hours:
            work.archive(hour)
        work.record(hours, lines)
        yield f"archived: {span}. Call it again in an hour and a quarter to remove them"
    elif not recorded:
        yield "the line that tells of the archive is not summed yet: call it again later"
    else:
        removed = sum(map(work.remove, hours))
        yield f"removed from the table, {removed:,} lines of: {span}"


def _begun(cluster: str, before: str, now: datetime) -> Archiving:
    connection = read_connection(cluster)
    if not connection:
        raise NoAnswerError(f"cluster {cluster} has no connection parameter")
    ring = opened(keyring_row(connection["data_table"]), connection["key_arn"])
    chain = audit_chain.of(connection, ring.cluster_id)
    if chain.faults:
        raise RefusedError(f"the chain is not whole: {chain.faults[0]}")
    return Archiving(chain, Macs(ring), before, now)


def _check_day(before: str, now: datetime) -> None:
    try:
        day = date.fromisoformat(before)
    except ValueError:
        raise RefusedError("BEFORE is a day, such as 2026-01-01") from None
    if day > now.date() - LEAST:
        raise RefusedError(f"the last {LEAST.days} days stay in the table")


def _remove(table: str, rows: Sequence[Item]) -> None:
    keys = [{name: row[name] for name in ("pk", "sk")} for row in rows]
    left: dict[str, Any] = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
    while left:
        left = client("dynamodb").batch_write_item(RequestItems=left).get("UnprocessedItems") or {}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.archive_audit", description=__doc__)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--before", required=True, help="a day, UTC: lines of it and later stay")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    given = parser.parse_args(arguments)
    try:
        for said in archive(given.cluster, given.before, dry_run=given.dry_run):
            print(said)
    except RefusedError as error:
        print(f"refused, nothing was removed: {error}", file=sys.stderr)
        return 1
    except (NoAnswerError, BotoCoreError, ClientError) as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
