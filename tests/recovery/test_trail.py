"""The trail after a fail-back: lines of both clusters are held to the digests of who wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.audit import digest as rules
from chalicelib.aws import clients, keyring
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.store import Gates
from infra.aws import client
from infra.checks import read_connection
from infra.makers import make_table
from infra.promote import promote
from infra.template import CLUSTER_TEMPLATE, described
from infra.verify_audit import Verdict, main, verify
from tests.audit.trails import VIEW, sum_until
from tests.conftest import forget
from tests.recovery.conftest import PRODUCTION, STANDBY, Pair, made_pair, put_back

NOON = datetime(2026, 1, 15, 12, 5, tzinfo=UTC)
Row = dict[str, Any]


@dataclass
class Time:
    """Stands for the system's clock, and for `datetime` in the operator's commands."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def now(self, _zone: tzinfo) -> datetime:
        return self.at

    def strikes(self, hour: int, minute: int) -> None:
        self.at = NOON.replace(hour=hour, minute=minute)


@pytest.fixture
def time(aws: None, monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr("chalicelib.wiring.base.utc_now", fake)
    for command in ("standby", "promote"):
        monkeypatch.setattr(f"infra.{command}.datetime", fake)
    return fake


@pytest.fixture
def history(time: Time) -> Iterator[Pair]:
    """The production summed three hours; for the last of them its replica had taken over."""
    both = put_back("history", lambda: _history(time))
    time.strikes(16, 20)
    yield both
    DataRow._connection = None


def _history(time: Time) -> Pair:
    pair = made_pair()
    time.strikes(12, 10)
    pair.follow()
    time.strikes(12, 20)
    pair.kept.write_trail(3)
    pair.kept.back_up()
    with pair.inside(STANDBY):
        pair.tick()
    time.strikes(12, 50)
    pair.kept.write_trail(2)  # no backup has these
    time.strikes(14, 20)
    promote(STANDBY, pair.said.append)
    time.strikes(14, 30)
    acts(pair, STANDBY, 4)
    time.strikes(14, 40)
    pair.kept.write_trail(1)  # the production does not know yet
    time.strikes(15, 30)
    assert sum_until(time()) == 3
    time.strikes(15, 40)
    acts(pair, STANDBY, 1)
    time.strikes(16, 20)
    with pair.inside(STANDBY):
        assert sum_until(time()) == 4
        pair.kept.back_up()
    return pair


def acts(pair: Pair, cluster: str, lines: int) -> None:
    with pair.inside(cluster):
        pair.kept.write_trail(lines)


def fails_back(pair: Pair, time: Time) -> None:
    time.strikes(16, 30)
    pair.follow(PRODUCTION, STANDBY, fail_back=True)


def looked(cluster: str, time: Time) -> Verdict:
    return verify(cluster, time())


def is_whole(cluster: str, time: Time) -> Verdict:
    """Nothing is amiss, lost or unproven."""
    found = looked(cluster, time)
    assert found.faults == ()
    assert found.lost == found.table.unproven == {}
    return found


def trail(cluster: str) -> list[Row]:
    pages = client("dynamodb").get_paginator("scan")
    found = [
        row
        for page in pages.paginate(TableName=read_connection(cluster)["audit_table"])
        for row in page["Items"]
        if row["pk"]["S"] != "digest"
    ]
    return sorted(found, key=lambda row: str(row["sk"]["S"]))


def put(cluster: str, row: Row) -> None:
    client("dynamodb").put_item(TableName=read_connection(cluster)["audit_table"], Item=row)


def drop(cluster: str, row: Row) -> None:
    key = {name: row[name] for name in ("pk", "sk")}
    client("dynamodb").delete_item(TableName=read_connection(cluster)["audit_table"], Key=key)


def test_lines_of_the_other_cluster_are_held_to_its_digests(history: Pair, time: Time) -> None:
    before = trail(PRODUCTION)
    fails_back(history, time)
    found = is_whole(PRODUCTION, time)
    came = [row for row in trail(PRODUCTION) if row not in before]
    in_summed = [row for row in came if row["sk"]["S"] < "2026-01-15T15"]
    assert found.table.brought == len(in_summed) > 6
    assert found.is_replica
    is_whole(STANDBY, time)


def test_and_so_they_are_when_all_went_back_again(history: Pair, time: Time) -> None:
    fails_back(history, time)
    time.strikes(17, 0)
    acts(history, STANDBY, 2)
    with history.inside(STANDBY):
        history.kept.back_up()
    time.strikes(17, 10)
    acts(history, STANDBY, 3)  # no backup has these
    promote(PRODUCTION, history.said.append)
    time.strikes(17, 20)
    with history.inside(STANDBY):
        sum_until(time())  # up to 16: the production's fail-back is in that hour
    history.kept.back_up()
    history.follow(STANDBY, PRODUCTION, fail_back=True)
    time.strikes(19, 30)
    waits = looked(STANDBY, time)
    assert waits.faults == ()
    assert waits.table.unproven.total() == 2  # the production has not summed those yet
    sum_until(time())
    assert is_whole(PRODUCTION, time).last == "2026-01-15T18"
    assert is_whole(STANDBY, time).table.brought == waits.table.brought + 2


def mine(row: Row) -> bool:
    """Of the production, in an hour that it summed."""
    return "T12:50" in row["sk"]["S"]


def theirs(row: Row) -> bool:
    """Of the standby, in an hour that the production had summed."""
    return "T14:30" in row["sk"]["S"]


def unsummed(row: Row) -> bool:
    """Of the standby, in an hour that it alone has summed."""
    return "T15:40" in row["sk"]["S"]


def alter(row: Row) -> str:
    put(PRODUCTION, {**row, "item": {"S": "99"}})
    return ""


def remove(row: Row) -> str:
    drop(PRODUCTION, row)
    return "it is missing"


def hide(row: Row) -> str:
    """So that no index finds it under what it is about: its MAC fits still."""
    put(PRODUCTION, {**row, "i1sk": {"S": "0"}})
    return "it was altered"


def insert(row: Row) -> str:
    """By one who has the keys, at that time."""
    said = replace(VIEW, at=datetime.fromisoformat(row["at"]["S"]))
    put(PRODUCTION, audit_row(said, wiring.ids()(), wiring.keyring()).serialize())
    return "it was put there after its hour was summed, by one who has the cluster's keys"


@pytest.mark.parametrize(
    ("of", "change"),
    [
        *((of, change) for of in (mine, theirs) for change in (alter, remove, hide, insert)),
        *((unsummed, change) for change in (alter, remove, hide)),
    ],
)
def test_the_line_that_was_touched_is_named(
    history: Pair, time: Time, of: Callable[[Row], bool], change: Callable[[Row], str]
) -> None:
    fails_back(history, time)
    row = next(filter(of, trail(PRODUCTION)))
    words = change(row)
    found = looked(PRODUCTION, time)
    if (of, change) == (mine, remove):  # no backup had it: that is what a fail-back may lose
        assert list(found.lost.values()) == [1]
        assert main(["--cluster", PRODUCTION]) == 1
        return
    (fault,) = found.faults
    assert words in str(fault)
    assert change is insert or row["sk"]["S"] in str(fault)


def test_where_the_others_digests_cannot_be_read_that_is_told(
    history: Pair, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_back(history, time)
    came = looked(PRODUCTION, time).table.brought
    client("ssm").delete_parameter(Name=f"/conclave/{STANDBY}/connection")
    found = looked(PRODUCTION, time)
    assert found.faults == ()
    ((backup, count),) = found.table.unproven.items()
    assert count == came
    assert main(["--cluster", PRODUCTION]) == 1
    assert f'RESTORED="{backup}"' in (said := capsys.readouterr().out)
    assert "genuine by their MAC, but no" in said
    assert "cannot be read with these credentials" in said
    assert main(["--cluster", PRODUCTION, "--restored", backup]) == 0
    alter(next(filter(theirs, trail(PRODUCTION))))
    (fault,) = looked(PRODUCTION, time).faults
    assert "its MAC does not fit" in str(fault)


def test_lines_that_came_from_nobody_who_was_followed_are_named(history: Pair, time: Time) -> None:
    """The row that says who was followed is nothing that a MAC covers: the trail's lines are."""
    fails_back(history, time)
    for row in trail(PRODUCTION):
        if row["action"]["S"] == "STANDBY" and "cluster dr " in row["detail"]["S"]:
            drop(PRODUCTION, row)
    assert "by one who has the cluster's keys" in str(looked(PRODUCTION, time).faults[0])


def test_lines_that_a_fail_back_into_new_tables_lost_are_told_as_that(
    history: Pair, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    """The production's tables are gone; its bucket has the digests still."""
    before = trail(PRODUCTION)
    wipe(PRODUCTION)
    found_anew()
    fails_back(history, time)
    there = trail(PRODUCTION)
    lost = [row for row in before if row not in there]
    assert len(lost) == 2 + 1 + 1  # and the line of the backup
    verdict = looked(PRODUCTION, time)
    assert verdict.faults == ()
    ((by, count),) = verdict.lost.items()
    assert (by.failed_back, count) == (True, len(lost))
    assert verdict.behind > 0
    assert main(["--cluster", PRODUCTION]) == 1
    assert "failed back at 2026-01-15 16:30:00" in capsys.readouterr().out
    assert main(["--cluster", PRODUCTION, "--restored", by.backup]) == 0
    time.strikes(18, 20)
    promote(PRODUCTION, history.said.append)
    sum_until(time())
    assert looked(PRODUCTION, time).faults == ()
    drop(PRODUCTION, there[0])  # before the backup that the standby went on from
    (fault,) = looked(PRODUCTION, time).faults
    assert "it is missing" in str(fault)


def wipe(cluster: str) -> None:
    for table in described(CLUSTER_TEMPLATE, {"Cluster": cluster})["AWS::DynamoDB::GlobalTable"]:
        client("dynamodb").delete_table(TableName=table["TableName"])
        make_table(table)
    forget()


def found_anew() -> None:
    """As the first agent's run does: under keys of its own."""
    keyring.make_if_absent("e" * 32, wiring.clock())
    gate = Gate("e" * 32, {"node-a": FIRST}, fingerprint=wiring.keyring().fingerprint())
    wiring.committer()([Gates().found(gate)])


def test_a_digest_of_the_other_that_was_altered_proves_nothing(history: Pair, time: Time) -> None:
    fails_back(history, time)
    came = looked(PRODUCTION, time).table.brought
    with history.inside(STANDBY):
        key = rules.name(wiring.keyring().cluster_id(), "2026-01-15T14")
        s3, bucket = clients.client("s3"), connection().audit_bucket
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=body.replace(b'"rows":', b'"rows":1', 1))
    found = looked(PRODUCTION, time)
    assert found.faults == ()
    assert found.table.brought < came
    assert found.table.unproven.total() == came - found.table.brought
