"""Old days of the trail move to the locked bucket, and not one line leaves the table before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.backup.rows import packed
from infra.archive_audit import RefusedError, archive, main
from infra.aws import client
from infra.verify_audit import verify
from tests.calls import Killed, killing_after

from .trails import HOUR, TABLE, Row, begin, objects, put, remove, sum_until, write

OLD = datetime(2026, 1, 15, 22, tzinfo=UTC)
DAY = "2026-01-16"
YOUNG = OLD + timedelta(hours=2, minutes=5)
NOW = OLD + timedelta(hours=3, minutes=12)


@pytest.fixture
def rows(aws: None, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Three lines of yesterday, in two hours, and one of today, all summed."""
    monkeypatch.setattr("infra.archive_audit.LEAST", timedelta(0))  # a month would be 720 digests
    begin(OLD)
    found = write(OLD, OLD + timedelta(minutes=1), OLD + HOUR, YOUNG)
    sum_until(NOW)
    return found


def said(*, dry_run: bool = False) -> str:
    (line,) = archive("test", DAY, dry_run=dry_run, now=NOW)
    return line


def lines() -> int:
    found = client("dynamodb").scan(TableName=TABLE)["Items"]
    return sum(row["pk"]["S"].startswith("audit#") for row in found)


def sum_the_record() -> None:
    sum_until(NOW + HOUR)


def test_lines_leave_when_the_chain_tells_of_it_and_the_trail_verifies(rows: list[Row]) -> None:
    assert said(dry_run=True).startswith("would archive: 3 lines of 2 hours")
    assert lines() == 4
    assert said().startswith("archived: 3 lines of 2 hours")
    assert said() == "the line that tells of the archive is not summed yet: call it again later"
    assert lines() == 5  # and the one that tells of it
    sum_the_record()
    assert said(dry_run=True).startswith("would remove, archived already")
    assert said().startswith("removed from the table, 3 lines")
    assert said().startswith("removed from the table, 0 lines")
    assert lines() == 2
    found = verify("test", NOW + HOUR)
    assert (found.faults, found.archived, found.lines) == ((), 3, 2)


def test_what_was_altered_is_not_archived(rows: list[Row]) -> None:
    put({**rows[1], "item": {"S": "99"}})
    with pytest.raises(RefusedError, match="not as they were summed"):
        said()
    assert lines() == 4
    assert main(["--cluster", "test", "--before", DAY]) == 1
    assert main(["--cluster", "nowhere", "--before", DAY]) == 2


def test_an_archive_that_somebody_else_wrote_is_refused_and_explains_nothing(
    rows: list[Row],
) -> None:
    (digest, *_) = sorted(objects())
    key = digest.replace("digests/", "archives/") + ".json.gz"
    bucket = next(
        one["Name"] for one in client("s3").list_buckets()["Buckets"] if "-audit-" in one["Name"]
    )
    other = packed([{**rows[0], "item": {"S": "99"}}, rows[1]])
    client("s3").put_object(Bucket=bucket, Key=key, Body=other)
    with pytest.raises(RefusedError, match="is not what was summed"):
        said()
    remove(rows[0])
    (fault,) = verify("test", NOW).faults
    assert "it is missing" in str(fault)


def test_one_that_died_goes_on(rows: list[Row]) -> None:
    with pytest.raises(Killed), killing_after(14):
        said()
    assert said().startswith("archived")
    sum_the_record()
    remove(rows[0])  # as far as the one before came
    assert said().startswith("removed from the table, 2 lines")
    assert verify("test", NOW + HOUR).archived == 3


@pytest.mark.parametrize("day", ["yesterday", "2026-01-16", ""])
def test_the_last_month_stays(day: str) -> None:
    with pytest.raises(RefusedError):
        list(archive("test", day, dry_run=True, now=NOW))
