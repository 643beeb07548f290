"""Backups are taken in slices, by whoever brings the tick; failures are seen; old ones go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from botocore.exceptions import EndpointConnectionError

from chalicelib import wiring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.aws.connection import connection
from chalicelib.aws.objects import Objects
from chalicelib.backup.log import Entry
from chalicelib.backup.store import BackupTable, Depot
from chalicelib.jobs.service import Outcome
from infra.aws import client
from infra.restore import restore
from tests.calls import AwsCall, Calls, Killed, killing_after, watching
from tests.conftest import forget

from .conftest import JOB, Kept, paged

GONE = EndpointConnectionError(endpoint_url="https://aws.example")
MINUTE = timedelta(minutes=1)


def broken_bucket(call: AwsCall) -> None:
    if call.operation == "PutObject":
        raise GONE


def trail() -> list[str]:
    return [row.action for row in AuditRow.scan() if row.item_kind == "Backup"]


def objects() -> set[str]:
    """The keys that are in the bucket now."""
    listed = client("s3").list_objects_v2(Bucket=connection().bucket).get("Contents", [])
    return {one["Key"] for one in listed}


def restores(kept: Kept, entry: Entry) -> bool:
    kept.wipe()
    restore("test", entry.id)
    forget()
    return kept.opened() == kept.values


def test_the_planned_tick_takes_one_backup_and_the_next_minutes_none(kept: Kept) -> None:
    kept.store(3)
    at = wiring.clock()().replace(second=0, microsecond=0)
    assert kept.tick(at) is Outcome.RAN
    assert kept.tick(at + MINUTE) is Outcome.RAN
    assert [one.success for one in kept.log()] == [True]
    assert trail() == ["BACKUP"]


def test_a_tick_with_nothing_due_costs_three_calls(kept: Kept, calls: Calls) -> None:
    at = wiring.clock()().replace(second=0, microsecond=0)
    kept.tick(at)
    calls.clear()
    kept.tick(at + MINUTE)
    assert calls.count() <= 3


def test_a_backup_goes_on_in_slices_at_its_cursor(kept: Kept) -> None:
    kept.store(5)
    kept.slice = timedelta(0)  # a page a slice
    at = wiring.clock()()
    outcomes = [kept.tick(at), kept.tick(at)]
    assert outcomes == [Outcome.SLICED, Outcome.RAN]
    (entry,) = kept.log()
    assert restores(kept, entry)


def test_a_worker_killed_after_any_call_costs_no_backup(kept: Kept) -> None:
    kept.store(2)
    total = 14
    for number in range(1, total):
        at = wiring.clock()()
        before = len(kept.log())
        try:
            with killing_after(number):
                kept.tick(at)
        except Killed:
            wiring.reset()
        hour = timedelta(hours=1)
        service = paged()
        later = replace(service, clock=lambda: datetime.now(UTC) + timedelta(minutes=2))
        now = datetime.now(UTC) + timedelta(minutes=2)
        wiring.jobs().run(JOB, now, now, now + hour, later.run)  # the lease has run out
        entries = kept.log()
        assert len(entries) > before, number
        assert all(one.success for one in entries), number
    assert restores(kept, kept.log()[0])


def test_a_bucket_that_refuses_is_seen_in_log_and_trail_and_tried_again(kept: Kept) -> None:
    kept.store(1)
    at = wiring.clock()().replace(second=0, microsecond=0)
    with watching(before=broken_bucket):
        assert kept.tick(at) is Outcome.RAN
    (failed,) = kept.log()
    assert not failed.success
    assert "bucket" in failed.notes
    assert trail() == ["BACKUP FAILED"]
    assert wiring.jobs().job("backup").last.tally.failed == 1  # type: ignore[union-attr]
    assert kept.back_up().success


def test_one_that_takes_too_long_has_failed(kept: Kept) -> None:
    kept.store(1)
    slow = replace(paged(), clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    kept.tick(wiring.clock()(), slow)
    assert "longer than" in kept.log()[0].notes


def test_only_the_newest_are_kept(kept: Kept) -> None:
    kept.store(1)
    table = BackupTable()
    plan, version = table.plan()
    wiring.committer()([table.put_plan(replace(plan, keep=2), version)])
    made = [kept.back_up().id for _ in range(4)]
    assert {key.split("/")[1] for key in objects()} == set(made[-2:])
    assert [one.is_there for one in kept.log()] == [True, True, False, False]
    assert restores(kept, kept.log()[0])


def test_what_a_failed_backup_left_goes_with_the_next_good_one(kept: Kept) -> None:
    kept.store(1)
    kept.slice = timedelta(0)
    at = wiring.clock()()
    kept.tick(at)
    with watching(before=broken_bucket):
        kept.tick(at)
    (failed,) = kept.log()
    assert any(failed.id in key for key in objects())
    kept.back_up()
    assert not any(failed.id in key for key in objects())


def test_nothing_in_the_bucket_can_be_read_without_the_keys(kept: Kept) -> None:
    kept.store(1)
    entry = kept.back_up()
    for key in objects():
        content = client("s3").get_object(Bucket=connection().bucket, Key=key)["Body"].read()
        assert b"host 1" not in content, key
        assert b"secret#1" not in content, key
    assert Depot(Objects(), wiring.keyring()).progress(entry.id) is None
