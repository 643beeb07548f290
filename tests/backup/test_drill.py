"""The drill: back up, lose everything, restore; all secrets open, the trail's chain holds."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.aws.connection import connection
from chalicelib.vault.chunks import CHUNK
from infra import connection as pointing
from infra import restore as restoring
from infra.aws import client
from infra.restore import restore
from infra.verify_audit import verify
from tests.conftest import forget
from tests.counts import full_or

from .conftest import Kept, all_rows
from .test_files import LIVE, lose

ITEMS = full_or(10_000, 400)
LIMIT = 60.0
"""Seconds for a backup of them and its restore."""

HOURLY = 10
AUDIT = "conclave-test-audit"


def comparable(table: str) -> list[dict[str, Any]]:
    """Rows as a restore is to leave them; those of the backup itself differ by design."""
    own = ("job#backup", "backup", "backups")
    rows = [row for row in all_rows(table) if row["pk"]["S"] not in own]
    for row in rows:
        row.pop("upgrading", None)  # no upgrade goes on after a restore
    return rows


def alter() -> str:
    """Alter one line that is summed; how verification is to name it."""
    row = next(one for one in all_rows(AUDIT) if one["pk"]["S"] != "digest")
    client("dynamodb").put_item(TableName=AUDIT, Item={**row, "item": {"S": "99"}})
    return f"it was altered: {row['pk']['S']} {row['sk']['S']}"


def test_all_is_lost_and_comes_back(emulated: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """On the local run's emulator: what it acknowledges is on the disk, as on AWS."""
    summed = emulated.sum_trail(HOURLY)
    emulated.store(ITEMS)
    emulated.store_files([ITEMS + 1, ITEMS + 2], size=CHUNK + 1)
    began = time.monotonic()
    entry = emulated.back_up()
    took = time.monotonic() - began
    assert entry.success

    emulated.wipe()
    lose(LIVE)
    began = time.monotonic()
    assert restoring.main(["--cluster", "test", "--from", entry.id]) == 0
    both = took + time.monotonic() - began
    forget()

    assert emulated.opened() == emulated.values
    assert emulated.opened_files() == emulated.files
    found = verify("test")
    assert (found.faults, found.lost) == ((), {})
    assert (found.lines, found.summed) == (summed + ITEMS + 1, summed)  # and that it was restored
    named = alter()
    assert named in str(verify("test").faults[0])
    said = capsys.readouterr().out
    assert f"of backup {entry.id}" in said
    with capsys.disabled():
        print(f"\n{ITEMS:,} secrets: backed up in {took:.1f} s; {said.strip()}")
    assert both < LIMIT


def test_every_row_is_as_it_was(kept: Kept) -> None:
    kept.store(20)
    entry = kept.back_up()
    tables = (connection().data_table, connection().audit_table)
    before = [comparable(name) for name in tables]
    kept.wipe()
    assert not any(map(all_rows, tables))
    restore("test", entry.id)
    forget()
    data, audit = map(comparable, tables)
    assert data == before[0]
    actions = {row["action"]["S"] for row in audit if row not in before[1]}
    assert actions == {"RESTORE"}  # that there was a backup, its own rows could not tell


def test_the_restored_cluster_backs_itself_up_again(kept: Kept) -> None:
    kept.store(3)
    first = kept.back_up()
    kept.wipe()
    restore("test", first.id)
    forget()
    assert kept.log() == []  # it was not over yet when its rows were read
    second = kept.back_up()
    assert second.success
    assert second.id != first.id


def test_nobody_is_signed_in_and_nothing_is_under_way_after_a_restore(kept: Kept) -> None:
    kept.store(1)
    for pk, kind in (("session#1", "session"), ("outbox#1", "outbox"), ("nonce#1", "nonce")):
        row = {"pk": {"S": pk}, "sk": {"S": kind}, "kind": {"S": kind}}
        client("dynamodb").put_item(TableName=connection().data_table, Item=row)
    entry = kept.back_up()
    kept.wipe()
    restore("test", entry.id)
    rows = {row["pk"]["S"]: row for row in all_rows("conclave-test-data")}
    assert not rows.keys() & {"session#1", "outbox#1", "nonce#1", "restore"}
    assert "running" not in rows["job#backup"]


def test_a_restore_into_tables_of_other_names_is_used_once_the_connection_says_so(
    kept: Kept,
) -> None:
    kept.store(20)
    entry = kept.back_up()
    kept.store(5)  # after the backup: these are not in it
    done = restore("test", entry.id, word="r1")
    assert done.tables == {"data": "conclave-test-r1-data", "audit": "conclave-test-r1-audit"}
    assert connection().data_table == "conclave-test-data"

    named = ["--data", done.tables["data"], "--audit", done.tables["audit"]]
    assert pointing.main(["--cluster", "test", *named]) == 0
    forget()
    assert connection().data_table == "conclave-test-r1-data"
    assert kept.opened() == {id: kept.values[id] for id in range(1, 21)}
    assert kept.back_up().success


def test_an_interrupted_restore_goes_on(kept: Kept) -> None:
    kept.store(30)
    entry = kept.back_up()
    kept.wipe()
    client("dynamodb").put_item(  # what the one that died left
        TableName="conclave-test-data",
        Item={**restoring.MARK, "kind": {"S": "restore"}, "backup": {"S": entry.id}},
    )
    restore("test", entry.id)
    forget()
    assert kept.opened() == kept.values
