"""Backups by DynamoDB's own export, whose answers and files are made here as AWS documents them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.exports import Exports
from chalicelib.backup.rows import line
from chalicelib.backup.service import BackupService
from chalicelib.backup.store import PointInTime
from chalicelib.core.errors import Unavailable
from infra.aws import client
from infra.restore import restore
from tests.conftest import forget

from .conftest import Kept, all_rows

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/conclave-test-data/export/01234567890-abc"
NOON = datetime(2026, 1, 15, 12, 0, 0, 5, tzinfo=UTC)


@dataclass
class Exporting:
    """DynamoDB as it exports: every table as of the call, ready after a while."""

    looks: int = 2
    broken: bool = False
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    files_of: dict[str, list[list[str]]] = field(default_factory=dict)

    def begin(self, table: str, at: datetime, prefix: str) -> str:
        if self.broken:
            raise Unavailable("exporting a table failed: InvalidExportTimeException")
        self.asked.append((table, at))
        rows = [line(row) for row in all_rows(table)]
        self.files_of[table] = [rows[: len(rows) // 2], [], rows[len(rows) // 2 :]]
        return table

    def files(self, arn: str) -> list[str] | None:
        self.looks -= 1
        return None if self.looks >= 0 else [f"{arn}/{n}" for n in range(3)]

    def lines(self, key: str, skip: int, most: int) -> list[str]:
        table, _, number = key.rpartition("/")
        return self.files_of[table][int(number)][skip : skip + most]


def service(exporting: Exporting) -> BackupService:
    real = wiring.backups()
    source = PointInTime(exporting)
    sources = {**real.sources, source.name: source}
    way = {True: sources["pages"], False: source}
    return replace(real, source=lambda failed: way[failed], sources=sources)


def test_both_tables_are_exported_as_of_one_moment_and_come_back(kept: Kept) -> None:
    kept.store(9)
    exporting = Exporting()
    backups = service(exporting)
    for _ in range(2):  # not ready: the tick ends, and a later one looks again
        kept.tick(wiring.clock()(), backups)
        assert kept.log() == []
    kept.tick(wiring.clock()(), backups)
    (entry,) = kept.log()
    assert entry.success
    assert "point-in-time" in entry.notes
    assert [table for table, _ in exporting.asked] == ["conclave-test-data", "conclave-test-audit"]
    assert len({at for _, at in exporting.asked}) == 1

    kept.wipe()
    restore("test", entry.id)
    forget()
    assert kept.opened() == kept.values


def test_after_a_failed_export_the_next_attempt_reads_pages(kept: Kept) -> None:
    kept.store(1)
    backups = service(Exporting(broken=True))
    kept.tick(wiring.clock()(), backups)
    assert "InvalidExportTime" in kept.log()[0].notes
    kept.tick(wiring.clock()(), backups)
    assert kept.log()[0].success
    assert "by pages" in kept.log()[0].notes


@pytest.fixture
def dynamodb(aws: None) -> Iterator[Stubber]:
    with Stubber(clients.client("dynamodb")) as stubber:
        yield stubber


def described(**more: Any) -> dict[str, Any]:
    return {"ExportDescription": {"ExportArn": ARN, **more}}


def test_an_export_is_asked_for_as_aws_documents_it(dynamodb: Stubber) -> None:
    connection()
    expected = {
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/conclave-test-data",
        "ExportTime": NOON.replace(microsecond=0),
        "ExportFormat": "DYNAMODB_JSON",
        "S3Bucket": connection().bucket,
        "S3Prefix": "exports/1",
        "ClientToken": "exports/1-conclave-test-data",
    }
    dynamodb.add_response("export_table_to_point_in_time", described(), expected)
    assert Exports().begin("conclave-test-data", NOON, "exports/1") == ARN


def test_the_files_of_an_export_are_read_as_aws_writes_them(dynamodb: Stubber) -> None:
    folder, bucket = "exports/1/AWSDynamoDB/01-a", connection().bucket
    name = f"{folder}/data/x.json.gz"
    listed = '{"itemCount":3,"md5Checksum":"x","etag":"y","dataFileS3Key":"' + name + '"}\n'
    rows = [line({"pk": {"S": str(n)}, "blob": {"B": b"\0\xff"}}) for n in range(3)]
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key=f"{folder}/manifest-files.json", Body=listed.encode())
    s3.put_object(Bucket=bucket, Key=name, Body=gzip.compress("\n".join(rows).encode() + b"\n"))
    manifest = f"{folder}/manifest-summary.json"
    for answer in (
        {"ExportStatus": "IN_PROGRESS"},
        {"ExportStatus": "COMPLETED", "ExportManifest": manifest, "S3Bucket": bucket},
        {"ExportStatus": "FAILED", "FailureCode": "S3AccessDenied"},
        {"ExportStatus": "COMPLETED"},
    ):
        dynamodb.add_response("describe_export", described(**answer))
    assert Exports().files(ARN) is None
    assert Exports().files(ARN) == [name]
    assert Exports().lines(name, 1, 1) == rows[1:2]
    assert Exports().lines(name, 0, 10) == rows
    for why in ("S3AccessDenied", "no manifest"):
        with pytest.raises(Unavailable, match=why):
            Exports().files(ARN)
