"""`make verify-audit` names the first line that was altered, moved or put there by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.audit import AuditRecord
from infra.aws import client
from infra.verify_audit import main, verify
from tests.founding import found

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TABLE = "conclave-test-audit"
LINES = 12


@pytest.fixture
def rows(aws: None) -> list[dict[str, Any]]:
    """A trail of twelve hours, oldest first; every other line leaves out what may be left out."""
    found()
    view = AuditRecord(7, "VIEW", "Secret", "12", NOON, "Password", "10.0.0.9", "node-a", "c1")
    bare = AuditRecord(7, "VIEW", "Secret", "12", NOON)
    for hours in range(LINES):
        said = view if hours % 2 else bare
        wiring.committer().record(replace(said, at=NOON + timedelta(hours=hours)))
    read = client("dynamodb").scan(TableName=TABLE)["Items"]
    return sorted(read, key=lambda row: row["sk"]["S"])


def put(row: dict[str, Any]) -> None:
    client("dynamodb").put_item(TableName=TABLE, Item=row)


def name(row: dict[str, Any]) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def test_a_trail_that_nobody_touched_is_genuine(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify("test").doubtful == ()
    assert main(["--cluster", "test"]) == 0
    assert f"all {LINES} lines are genuine" in capsys.readouterr().out


@pytest.mark.parametrize(
    "attribute", ["action", "item", "item_kind", "at", "detail", "address", "through", "cause"]
)
def test_an_altered_attribute_is_found(rows: list[dict[str, Any]], attribute: str) -> None:
    for place in (4, 5):
        put({**rows[place], attribute: {"S": "2026-01-15T09:00:00.000000Z"}})
    assert verify("test").doubtful == (name(rows[4]), name(rows[5]))


@pytest.mark.parametrize(
    "altered",
    [
        {"actor": {"N": "8"}},
        {"mac": {"S": "0" * 64}},
        {"i1pk": {"S": "Secret#13"}},
        {"i2pk": {"S": "actor#8"}},
        {"at": {"S": "yesterday"}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_so_are_its_author_its_mac_and_where_it_is_listed(
    rows: list[dict[str, Any]], altered: dict[str, Any]
) -> None:
    put({**rows[3], **altered})
    assert verify("test").doubtful == (name(rows[3]),)


def test_the_first_of_several_is_named(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (9, 2, 6):
        put({**rows[place], "item": {"S": "99"}})
    assert main(["--cluster", "test"]) == 1
    said = capsys.readouterr().out
    assert f"3 of {LINES} lines" in said
    assert name(rows[2]) in said


def test_lines_that_were_swapped_copied_or_made_up_are_found(rows: list[dict[str, Any]]) -> None:
    first, second = rows[1], rows[2]
    keys = ("pk", "sk", "i1sk", "i2sk")
    put({**second, **{key: first[key] for key in keys}})  # swapped
    put({**first, **{key: second[key] for key in keys}})
    put({**rows[5], "sk": {"S": rows[5]["sk"]["S"][:-1] + "z"}})  # copied to another place
    made_up = {**rows[7], "pk": {"S": "audit#2026-01-16#0"}, "detail": {"S": "nothing"}}
    put(made_up)
    assert len(verify("test").doubtful) == 4


def test_without_keys_there_is_no_answer(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    client("dynamodb").delete_item(
        TableName="conclave-test-data", Key={"pk": {"S": "keyring"}, "sk": {"S": "keyring"}}
    )
    assert main(["--cluster", "test"]) == 2
    assert main(["--cluster", "nowhere"]) == 2
    assert "no keyring" in capsys.readouterr().err
