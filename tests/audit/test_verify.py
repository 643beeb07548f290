"""`make verify-audit` names the first line that was altered, is missing, or was put there since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.audit import digest as rules
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.connection import connection
from infra.aws import client
from infra.verify_audit import main, verify
from tests.counts import full_or

from .trails import HOUR, NOON, VIEW, Row, begin, objects, put, remove, sum_until, write

HOURS, PER_HOUR = 4, full_or(30, 5)
LATER = NOON + HOURS * HOUR + timedelta(minutes=12)
POSITIONS = full_or(tuple(range(100)), (0, 7, HOURS * 5 - 1))


@pytest.fixture
def rows(aws: None) -> list[Row]:
    """A summed trail of some hours, and a line that is not summed yet, oldest first."""
    begin()
    step = HOUR / PER_HOUR
    times = [NOON + n * step for n in range(HOURS * PER_HOUR)]
    found = write(*times, LATER)
    sum_until(LATER)
    return found


def place(row: Row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def first_fault() -> str:
    return str(next(iter(verify("test", LATER).faults), "none"))


def name(number: int) -> str:
    """How the line of that number is named: its position in its hour."""
    hour = rules.hour_of(NOON + number // PER_HOUR * HOUR)
    return f"line {number % PER_HOUR + 1} of {hour}: "


def test_a_trail_that_nobody_touched_is_as_it_was_written(
    rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    found = verify("test", LATER)
    assert found.faults == ()
    assert (found.lines, found.summed) == (len(rows), len(rows) - 1)
    assert (found.digests, found.last) == (HOURS, "2026-01-15T15")
    assert main(["--cluster", "nowhere"]) == 2
    assert "no connection parameter" in capsys.readouterr().err


def flip(rows: list[Row], at: int) -> str:
    put({**rows[at], "item": {"S": "99"}})
    return name(at) + "it was altered"


def drop(rows: list[Row], at: int) -> str:
    remove(rows[at])
    return name(at) + "it is missing"


def swap(rows: list[Row], at: int) -> str:
    """With the line after it, or before it for the last: both keep their MACs."""
    other = at + 1 if at + 2 < len(rows) else at - 1
    keys = ("pk", "sk", "i1sk", "i2sk")
    put({**rows[other], **{key: rows[at][key] for key in keys}})
    put({**rows[at], **{key: rows[other][key] for key in keys}})
    return name(min(at, other)) + "it was altered"


def truncate(rows: list[Row], at: int) -> str:
    """All summed lines from there on, of the last hours."""
    for row in rows[at:-1]:
        remove(row)
    return name(at) + "it is missing"


def insert(rows: list[Row], at: int) -> str:
    """With a MAC that fits: by one who has the keys, or a row that came too late."""
    from chalicelib.core.clock import parse_stamp

    later = parse_stamp(rows[at]["at"]["S"]) + timedelta(microseconds=1)
    put(audit_row(replace(VIEW, at=later), wiring.ids()(), wiring.keyring()).serialize())
    hour = name(at).split(" of ")[1]
    return f"line {at % PER_HOUR + 2} of {hour}it was put there after its hour was summed"


def fork(rows: list[Row], at: int) -> str:
    """Another digest of that hour, signed by the right key, in bucket and table."""
    hour = rules.hour_of(NOON + at // PER_HOUR * HOUR)
    key = rules.name("c" * 32, hour)
    signed, text = rules.decode(objects()[key])
    other = replace(signed.digest, rows=0, root=rules.root(b""))
    again = replace(signed, digest=other, signature=wiring.summing().signer.sign(other.text()))
    client("s3").put_object(
        Bucket=connection().audit_bucket, Key=key, Body=rules.encode(again, b"")
    )
    put({"pk": {"S": "digest"}, "sk": {"S": hour}, "digest": {"S": rules.form_of(again).decode()}})
    return f"the digest of {hour}: it was written again in the audit bucket"


@pytest.mark.parametrize("attack", [flip, drop, swap, truncate, insert, fork])
def test_an_attack_is_found_at_the_very_line(
    rows: list[Row], attack: Callable[[list[Row], int], str]
) -> None:
    before = {(row["pk"]["S"], row["sk"]["S"]): row for row in all_rows()}
    for at in POSITIONS if attack is not fork else reversed(POSITIONS):  # a fork stays
        expected = attack(rows, at)
        assert first_fault().startswith(expected), at
        mend(before)
    if attack is not fork:  # what was written to a locked bucket, nobody takes back
        assert first_fault() == "none"


def all_rows() -> list[Row]:
    return list(client("dynamodb").scan(TableName="conclave-test-audit")["Items"])


def mend(before: dict[tuple[str, str], Row]) -> None:
    for row in all_rows():
        if (row["pk"]["S"], row["sk"]["S"]) not in before:
            remove(row)
    for row in before.values():
        put(row)


def test_a_made_up_line_says_that_its_mac_does_not_fit(rows: list[Row]) -> None:
    put({**rows[1], "sk": {"S": rows[1]["sk"]["S"][:-1] + "~"}})
    assert "its MAC does not fit" in first_fault()


def test_a_line_from_before_the_cluster_or_in_no_ones_place_is_put_there(rows: list[Row]) -> None:
    write(NOON - 5 * HOUR)
    assert first_fault().startswith("line 1 of 2026-01-15T07: it was put there")
    put({**rows[1], "pk": {"S": "audit#2026-01-15#9"}})
    assert len(verify("test", LATER).faults) == 2


ALTERED: tuple[dict[str, Any], ...] = (
    *({name: {"S": "99"}} for name in ("action", "item", "item_kind", "detail", "address")),
    *({name: {"S": "99"}} for name in ("through", "cause", "i2pk")),
    {"actor": {"N": "8"}},
    {"mac": {"S": "0" * 64}},
    {"i1pk": {"S": "Secret#13"}},
    {"at": {"S": "yesterday"}},
)


def test_a_line_that_is_not_summed_yet_is_checked_by_its_mac(rows: list[Row]) -> None:
    """Everything that it says, its author, and where it is listed."""
    for altered in ALTERED:
        put({**rows[-1], **altered})
        (fault,) = verify("test", LATER).faults
        assert "it is not genuine" in str(fault), altered
        assert place(rows[-1]) in str(fault)


def in_another_bucket(bucket: str, change: Callable[[str, bytes], bytes | None]) -> str:
    """The first fault of the chain in a copy of the audit bucket that nobody locked."""
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, body in objects().items():
        changed = change(key[-2:], body)
        if changed is not None:
            s3.put_object(Bucket=bucket, Key=key, Body=changed)
    return str(next(iter(verify("test", LATER, bucket=bucket).faults), "none"))


CHANGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "nothing": (lambda hour, body: body, "none"),
    "a missing digest": (
        lambda hour, body: None if hour == "13" else body,
        "the digest of 2026-01-15T13: it is missing",
    ),
    "an altered digest": (
        lambda hour, body: body.replace(b'"rows":', b'"rows":1', 1) if hour == "14" else body,
        "the digest of 2026-01-15T14: its signature is not",
    ),
    "an altered listing": (
        lambda hour, body: body[:-3] + b"0#\n" if hour == "13" else body,
        "the digest of 2026-01-15T13: its listing is not",
    ),
    "no object": (
        lambda hour, body: b"" if hour == "12" else body,
        "the digest of 2026-01-15T12: the object is none",
    ),
    "a chain cut off at its end": (
        lambda hour, body: None if hour in ("14", "15") else body,
        "the digest of 2026-01-15T14: the audit table has it, and the audit bucket has not",
    ),
    "a chain cut off at its beginning": (
        lambda hour, body: None if hour == "12" else body,
        "the digest of 2026-01-15T12: the audit table has it, and the audit bucket has not",
    ),
}


def test_a_broken_chain_is_named_at_the_digest(rows: list[Row]) -> None:
    for number, (change, (function, expected)) in enumerate(CHANGES.items()):
        assert in_another_bucket(f"copy-{number}", function).startswith(expected), change


def test_a_locked_object_stays_and_its_removal_is_told(rows: list[Row]) -> None:
    bucket, key = connection().audit_bucket, rules.name("c" * 32, "2026-01-15T13")
    (version,) = client("s3").list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    with pytest.raises(client("s3").exceptions.ClientError, match="AccessDenied"):
        client("s3").delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    client("s3").delete_object(Bucket=bucket, Key=key)
    found = verify("test", LATER)
    assert [str(one) for one in found.faults] == [
        "the digest of 2026-01-15T13: it was removed in the audit bucket; the first version counts"
    ]
    assert found.summed == len(rows) - 1


def test_a_chain_that_nobody_goes_on_with_is_told(rows: list[Row]) -> None:
    (fault,) = verify("test", LATER + 5 * HOUR).faults
    assert str(fault).startswith("the digest of 2026-01-15T16: it should have been made by now")


def test_what_a_restore_left_behind_is_told_as_that(
    rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    """Back from a backup of 13:30, at 16:12: the lines between are gone, and a line says why."""
    half = NOON + 1.5 * HOUR
    lost = [row for row in rows[:-1] if row["at"]["S"] > f"{half:%Y-%m-%dT%H:%M}"]
    for row in lost:
        remove(row)
    backup = f"{half:%Y%m%dT%H%M%S}Z-12345678"
    said = replace(VIEW, action="RESTORE", kind="Backup", item=backup)
    write(LATER + timedelta(minutes=1), said=said)
    found = verify("test", LATER)
    assert found.faults == ()
    assert list(found.lost.values()) == [len(lost)]

    from infra.verify_audit import told

    assert told(found) == 1
    assert f"from backup {backup}" in capsys.readouterr().out
    assert told(found, [backup]) == 0
    remove(rows[0])  # before the backup: no restore explains that
    assert first_fault().startswith(name(0) + "it is missing")


def test_without_keys_there_is_no_answer(
    rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    client("dynamodb").delete_item(
        TableName="conclave-test-data", Key={"pk": {"S": "keyring"}, "sk": {"S": "keyring"}}
    )
    assert main(["--cluster", "test"]) == 2
    assert "no keyring" in capsys.readouterr().err
