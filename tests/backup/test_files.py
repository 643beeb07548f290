"""Large files of secrets are in backups, each copied once, and come back with the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.connection import connection
from chalicelib.backup.files import COPIES, FileCopy, copy_at, named_in, without
from chalicelib.backup.store import BackupTable
from chalicelib.jobs.service import Outcome
from infra.aws import client
from infra.backup_keys import Means
from infra.backups import RefusedError
from infra.restore import restore
from tests.calls import Calls
from tests.conftest import forget
from tests.counts import full_or
from tests.reaper import Reaper

from .conftest import JOB, Kept, paged

LIVE = "files/"


def objects(prefix: str) -> list[str]:
    listed = client("s3").list_objects_v2(Bucket=connection().bucket, Prefix=prefix)
    return [one["Key"] for one in listed.get("Contents", ())]


def lose(prefix: str, but: int = 0) -> list[str]:
    """Remove the objects there, all but the first so many; those that stay."""
    found = objects(prefix)
    for key in found[but:]:
        client("s3").delete_object(Bucket=connection().bucket, Key=key)
    return found[:but]


def clean(**later: float) -> None:
    """As DatabaseCleanupTriggerJob does, so much later."""
    now = wiring.clock()() + timedelta(**later)
    wiring.attachments().remove_unused(now, now + timedelta(hours=1))


def keep(count: int) -> None:
    table = BackupTable()
    plan, version = table.plan()
    wiring.committer()([table.put_plan(replace(plan, keep=count), version)])


def restored(kept: Kept, id: str, means: Means | None = None) -> dict[int, bytes]:
    """The files of the cluster that lost all its rows, and was restored."""
    kept.wipe()
    restore("test", id, means=means or Means())
    forget()
    return kept.opened_files()


def test_which_files_rows_name() -> None:
    value = {"M": {"slug": {"S": "private-key"}, "file_object": {"S": "a"}}}
    text = {"M": {"slug": {"S": "notes"}}}
    rows: list[Any] = [
        {
            "pk": {"S": "secret#7"},
            "kind": {"S": "secret"},
            "field_values": {"L": [value, text, value]},
        },
        {"pk": {"S": "secret#7"}, "kind": {"S": "secret-history"}, "file_object": {"S": "b"}},
        {"pk": {"S": "file#c"}, "kind": {"S": "secret-file"}, "id": {"S": "c"},
         "secret_id": {"N": "7"}},
    ]  # fmt: skip
    assert named_in(rows) == ["7/a", "7/b"]
    assert without(rows, frozenset({"7/a"})) == rows
    assert without(rows, frozenset({"7/c"})) == rows[:2]
    one = FileCopy("7/a-b", 3, "f" * 64)
    assert copy_at(one.key, 3) == one


def test_files_are_copied_once_and_come_back_when_all_is_lost(kept: Kept, calls: Calls) -> None:
    kept.store_files(range(1, 7))
    calls.clear()
    first = kept.back_up()
    assert "6 large files" in first.notes
    assert calls.count("s3", "CopyObject") == len(objects(COPIES)) == 6
    kept.store_files([7])
    calls.clear()
    second = kept.back_up()
    assert "7 large files" in second.notes
    assert calls.count("s3", "CopyObject") == 1
    assert calls.count("s3", "ListObjectsV2") == 2  # what is there, before and after
    lose(LIVE)
    assert restored(kept, second.id) == kept.files
    lose(LIVE, but=4)  # what is there is left alone, and what was altered is put right
    altered = objects(LIVE)[0]
    size = client("s3").head_object(Bucket=connection().bucket, Key=altered)["ContentLength"]
    client("s3").put_object(Bucket=connection().bucket, Key=altered, Body=b"x" * size)
    calls.clear()
    assert restored(kept, second.id) == kept.files
    assert calls.count("s3", "CopyObject") == 4


def test_a_replaced_file_is_in_the_backups_that_name_it_and_goes_with_the_last(kept: Kept) -> None:
    keep(2)
    kept.store_files([1, 2])
    before = dict(kept.files)
    old = kept.back_up()
    kept.store_files([1])
    new = kept.back_up()
    clean(hours=2)
    assert len(objects(LIVE)) == 2
    assert len(objects(COPIES)) == 3
    after, kept.files = kept.files, before
    assert restored(kept, old.id) == before
    kept.files = after
    assert restored(kept, new.id) == after
    clean(hours=2)  # of the first restore: no row of a secret names it any more
    assert restored(kept, new.id) == after
    for _ in range(3):
        kept.back_up()
    assert len(objects(COPIES)) == 2


def test_copies_are_made_in_slices_and_none_twice_by_the_dead(kept: Kept, calls: Calls) -> None:
    kept.store_files(range(1, 4))
    calls.clear()
    kept.slice = timedelta(0)  # a page, or a file, a slice
    at, reaper = wiring.clock()(), Reaper(full_or(1, 23))
    with reaper.copying():
        with reaper.at_work():
            outcomes = [kept.tick(at) for _ in range(5)]
        if reaper.has_killed:
            wiring.reset()
            kept.slice = timedelta(minutes=1)
            later = at + timedelta(minutes=2)  # the lease has run out
            service = replace(paged(), clock=lambda: later)
            wiring.jobs().run(JOB, later, later, later + kept.slice, service.run)
        else:
            assert outcomes == [Outcome.SLICED] * 4 + [Outcome.RAN]
        assert len(objects(COPIES)) == calls.count("s3", "CopyObject") == 3
        assert all(one.success for one in kept.log())
        assert restored(kept, kept.log()[0].id) == kept.files
    assert reaper.kills


def test_a_file_that_is_nowhere_is_told_and_refused_and_the_rest_restored_if_asked(
    kept: Kept,
) -> None:
    kept.store(3)
    kept.store_files([11, 12])
    lose(f"{LIVE}11/")
    entry = kept.back_up()
    assert "2 large files, 1 of them not found in the bucket" in entry.notes
    kept.wipe()
    with pytest.raises(RefusedError, match=r"1 large files .*files/11/.*LOST_FILES=1"):
        restore("test", entry.id)
    (copy,) = objects(COPIES)
    content = client("s3").get_object(Bucket=connection().bucket, Key=copy)["Body"].read()
    client("s3").put_object(Bucket=connection().bucket, Key=copy, Body=content[:-1] + b"\0")
    lose(LIVE)
    with pytest.raises(RefusedError, match="2 large files"):
        restore("test", entry.id)
    done = restore("test", entry.id, means=Means(without_lost=True))
    assert {name.partition("/")[0] for name in done.lost} == {"11", "12"}
    forget()
    assert kept.opened() == kept.values
