"""After a restore the trail's chain is verified: what the restore left behind is told as that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.connection import connection
from infra import connection as pointing
from infra.aws import client
from infra.restore import restore
from infra.verify_audit import main, verify
from tests.audit.trails import HOUR, Clock, sum_until
from tests.conftest import forget

from .conftest import Kept, all_rows
from .test_escrow import Pair, another_kms_key, pair, set_escrow

__all__ = ["pair"]

AFTER = 7
"""Lines that were written after the backup, in an hour that was summed before all was lost; and so
was the one that tells of the backup."""


def backed_up(kept: Kept) -> str:
    """A backup of three hours ago: of hours that were summed, and of lines that were not yet.

    Then more lines, and everything summed that is closed by now.
    """
    now = wiring.clock()()
    then = (now - 3 * HOUR).replace(minute=30)  # a quarter earlier is the same hour
    kept.sum_trail(4, until=then)
    kept.write_trail(5, then - timedelta(minutes=15))
    backup = kept.back_up(Clock(then)).id
    kept.write_trail(AFTER, then + timedelta(seconds=1))
    assert sum_until(now) > 1
    assert verify("test").faults == ()
    return backup


def own_tables(_kept: Kept, backup: str, _pair: Pair) -> None:
    restore("test", backup)


def other_tables(kept: Kept, backup: str, _pair: Pair) -> None:
    made = restore("test", backup, word="r1").tables
    named = ["--data", made["data"], "--audit", made["audit"]]
    assert pointing.main(["--cluster", "test", *named]) == 0


def other_key(_kept: Kept, backup: str, pair: Pair) -> None:
    another_kms_key()
    restore("test", backup, means=pair.means)


@pytest.mark.parametrize("way", [own_tables, other_tables, other_key])
def test_a_restored_chain_verifies_but_for_what_the_restore_left_behind(
    kept: Kept, pair: Pair, way: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    set_escrow(pair.public)
    backup = backed_up(kept)
    kept.wipe()
    way(kept, backup, pair)
    forget()
    told(backup)  # before anything runs: the table has not all of the digests
    assert "the next summing brings them back" in capsys.readouterr().out
    sum_until(wiring.clock()())
    told(backup)
    assert "next summing" not in capsys.readouterr().out
    kept.write_trail(1)
    a_change_is_named()


def told(backup: str) -> None:
    """Nothing is wrong but the lines that are gone, and those are by that restore."""
    found = verify("test")
    assert found.faults == ()
    assert [(one.backup, count) for one, count in found.lost.items()] == [(backup, AFTER + 1)]
    assert main(["--cluster", "test"]) == 1
    assert main(["--cluster", "test", "--restored", backup]) == 0


def a_change_is_named() -> None:
    """Of a line that is summed: altered, missing; and of one that is not summed: altered."""
    table = connection().audit_table
    rows = sorted(all_rows(table), key=lambda row: str(row["sk"]["S"]))
    lines = [row for row in rows if row["pk"]["S"] != "digest"]
    for row, words in (
        (lines[0], "it was altered"),
        (lines[-1], "it is not genuine"),
    ):
        client("dynamodb").put_item(TableName=table, Item={**row, "item": {"S": "99"}})
        assert names(row, words)
        client("dynamodb").put_item(TableName=table, Item=row)
    client("dynamodb").delete_item(
        TableName=table, Key={name: lines[0][name] for name in ("pk", "sk")}
    )
    assert names(lines[0], "it is missing")


def names(row: dict[str, Any], words: str) -> bool:
    first, *_ = verify("test").faults
    return words in str(first) and row["sk"]["S"] in str(first)
