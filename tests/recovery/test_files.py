"""A replica has the large files of its source as well: copied once each, gone when they are."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import wiring
from chalicelib.jobs.service import Outcome
from chalicelib.recovery.store import ReplicationTable
from infra.aws import client
from tests.calls import Calls
from tests.recovery.conftest import PRODUCTION, STANDBY, Pair, bucket_of


def live(cluster: str) -> list[str]:
    listed = client("s3").list_objects_v2(Bucket=bucket_of(cluster), Prefix="files/")
    return [one["Key"] for one in listed.get("Contents", ())]


def copies() -> list[str]:
    listed = client("s3").list_objects_v2(Bucket=bucket_of(PRODUCTION), Prefix="backups/files/")
    return [one["Key"] for one in listed.get("Contents", ())]


def test_files_follow_in_slices_each_once_and_go_with_the_rows(pair: Pair, calls: Calls) -> None:
    pair.kept.store_files(range(21, 24))
    pair.kept.back_up()
    pair.follow()
    with pair.inside(STANDBY):
        assert pair.kept.opened_files() == pair.kept.files
    pair.kept.store_files([21, 24])
    now = wiring.clock()()
    wiring.attachments().remove_unused(now + timedelta(hours=2), now + timedelta(hours=3))
    pair.kept.back_up()
    calls.clear()
    pair.kept.slice = timedelta(0)
    with pair.inside(STANDBY):
        assert [pair.tick() for _ in range(4)][0] is Outcome.SLICED
        pair.kept.slice = timedelta(minutes=1)
        pair.tick()
        assert calls.count("s3", "CopyObject") == 2
        assert pair.kept.opened_files() == pair.kept.files
    assert live(STANDBY) == live(PRODUCTION)


def test_a_copy_that_was_altered_is_not_taken_and_the_reason_is_told(pair: Pair) -> None:
    pair.follow()
    pair.kept.store_files([21])
    pair.kept.back_up()
    (copy,) = copies()
    client("s3").put_object(Bucket=bucket_of(PRODUCTION), Key=copy, Body=b"else")
    with pair.inside(STANDBY):
        pair.tick()
        assert f"{copy} is altered" in ReplicationTable().read().error
    assert live(STANDBY) == []
    client("s3").delete_object(Bucket=bucket_of(PRODUCTION), Key=copy)
    pair.kept.back_up()  # makes it anew
    with pair.inside(STANDBY):
        pair.tick()
        assert pair.kept.opened_files() == pair.kept.files
