"""Hours are summed once each, without holes, whoever dies or comes twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.audit import digest as rules
from chalicelib.audit.summing import KIND, LIFE
from chalicelib.audit.tasks import ask_for_digests
from chalicelib.aws.connection import connection
from chalicelib.core.errors import Invalid
from chalicelib.core.messages import message
from chalicelib.core.tick import Tick
from infra.aws import client
from infra.verify_audit import verify
from tests.calls import Calls, Killed, killing_after
from tests.counts import full_or

from .trails import HOUR, NOON, begin, objects, remove, sum_until, summing, write

pytestmark = pytest.mark.usefixtures("aws")
LATER = NOON + 3 * HOUR + timedelta(minutes=12)


def chain() -> list[tuple[str, int]]:
    """Hours and numbers of rows in the bucket; in the table are the same digests."""
    found = [rules.decode(one)[0] for one in objects().values()]
    rows = client("dynamodb").query(
        TableName="conclave-test-audit",
        KeyConditionExpression="pk = :d",
        ExpressionAttributeValues={":d": {"S": "digest"}},
    )["Items"]
    assert [rules.read_form(row["digest"]["S"].encode()) for row in rows] == found
    return [(one.digest.hour[-2:], one.digest.rows) for one in found]


def test_every_closed_hour_has_a_digest_also_one_without_rows(calls: Calls) -> None:
    begin()
    write(NOON, NOON + timedelta(minutes=59), NOON + 2 * HOUR, NOON + 3 * HOUR)
    assert sum_until(LATER) == 3
    assert chain() == [("12", 2), ("13", 0), ("14", 1)]
    calls.clear()
    assert sum_until(LATER) == 0
    assert calls.count("kms") == calls.count("s3") == 0


def test_nothing_is_summed_before_it_is_closed() -> None:
    begin()
    assert sum_until(NOON + HOUR + timedelta(minutes=10, seconds=59)) == 0
    assert sum_until(NOON + HOUR + timedelta(minutes=11)) == 1


@pytest.mark.parametrize("number", full_or(tuple(range(1, 22)), (9,)))
def test_a_killed_one_is_followed_by_one_that_ends_the_same_chain(number: int) -> None:
    """Between the object and the row, too: then the object counts."""
    begin()
    write(NOON, NOON + 2 * HOUR)
    wiring.keyring().cluster_id()
    with pytest.raises(Killed), killing_after(number):
        sum_until(LATER)
    before = objects()
    sum_until(LATER + HOUR)
    after = objects()
    assert [hour for hour, _ in chain()] == ["12", "13", "14", "15"]
    assert {key: after[key] for key in before} == before
    assert verify("test", LATER + HOUR).faults == ()


def test_an_object_that_is_not_ours_stops_the_chain_and_is_named() -> None:
    begin()
    s3, key = client("s3"), rules.name("c" * 32, "2026-01-15T12")
    s3.put_object(Bucket=connection().audit_bucket, Key=key, Body=b"{}\n")
    with pytest.raises(Invalid):
        sum_until(LATER)
    first, *_ = verify("test", LATER).faults
    assert str(first).startswith("the digest of 2026-01-15T12: the object is none")


def test_one_that_was_not_signed_by_the_clusters_key_does_too() -> None:
    begin()
    sum_until(NOON + HOUR + timedelta(minutes=11))
    (key,) = objects()
    signed, text = rules.decode(objects()[key])
    forged = replace(signed.digest, hour="2026-01-15T13", previous=signed.digest.hash())
    body = rules.encode(replace(signed, digest=forged), text)
    name = rules.name("c" * 32, "2026-01-15T13")
    client("s3").put_object(Bucket=connection().audit_bucket, Key=name, Body=body)
    with pytest.raises(Invalid, match="not signed by the cluster's key"):
        sum_until(LATER)


def test_after_a_restore_of_older_tables_the_locked_digests_count() -> None:
    begin()
    rows = write(NOON, NOON + HOUR, NOON + 2 * HOUR)
    sum_until(LATER)
    before = objects()
    for row in [
        *rows[1:],
        *({"pk": {"S": "digest"}, "sk": {"S": f"2026-01-15T{h}"}} for h in (13, 14)),
    ]:
        remove(row)
    assert sum_until(LATER + HOUR) == 3
    assert {key: objects()[key] for key in before} == before
    assert [hour for hour, _ in chain()] == ["12", "13", "14", "15"]


def test_much_is_summed_in_slices_that_send_each_other_on() -> None:
    begin()
    service = summing(LATER)
    slow = replace(service, clock=lambda: LATER + timedelta(minutes=2))
    assert slow.sum_up(LATER) == 0
    url = connection().queue_url("digest")
    (sent,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert f'"kind":"{KIND}"' in sent["Body"]


@pytest.mark.parametrize(("minute", "asks"), [(12, 1), (13, 0), (57, 1), (0, 0)])
def test_a_sweep_asks_four_times_an_hour_and_else_costs_nothing(
    minute: int, asks: int, calls: Calls
) -> None:
    begin(wiring.clock()() - 3 * HOUR)
    now = wiring.clock()().replace(minute=minute, second=0, microsecond=0)
    calls.clear()
    tally = ask_for_digests(Tick("PrimaryNodeTaskMonitor", now, now, now + HOUR, "node-a"))
    assert tally.done == asks
    assert bool(calls.seen) is bool(asks)


def test_who_runs_it_now_need_not_wait() -> None:
    begin(wiring.clock()() - 3 * HOUR)
    now = wiring.clock()().replace(minute=5, microsecond=1)
    tally = ask_for_digests(Tick("PrimaryNodeTaskMonitor", now, now, now + HOUR, "node-a"))
    assert tally.found >= 1


def test_a_connection_without_an_audit_bucket_sums_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    begin()
    older = replace(connection(), audit_bucket="", audit_key_arn="")
    monkeypatch.setattr("chalicelib.aws.locked.connection", lambda: older)
    assert summing(LATER).due(LATER) == []
    assert sum_until(LATER) == 0


def test_the_message_is_handled_by_the_worker() -> None:
    from chalicelib.audit.tasks import sum_hours

    began = wiring.clock()() - 3 * HOUR
    begin(began)
    write(began)
    sum_hours(message("m", KIND, wiring.clock()(), LIFE, {}))
    assert chain()[0] == (f"{began.hour:02}", 1)
