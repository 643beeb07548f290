"""Rows, audit and outbox are one change: all of it, or none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, VersionAttribute

from chalicelib import wiring
from chalicelib.aws import clients, keyring
from chalicelib.aws.audit_rows import AuditRow, covered
from chalicelib.aws.bus import Outgoing
from chalicelib.aws.commit import (
    MOST_ITEMS,
    Check,
    Delete,
    Failed,
    OutboxRow,
    Put,
    Update,
    outbox_key,
)
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow, fetch, index
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.messages import decode, message
from chalicelib.core.tick import Tally
from tests.calls import Calls, Killed, killing_after

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DONE = AuditRecord(7, "UPDATE", "Thing", "1", NOON, "a detail", "10.0.0.1")


class ThingRow(DataRow, discriminator="test-thing"):
    version = VersionAttribute()
    size = NumberAttribute(default=0)


class OtherRow(DataRow, discriminator="test-other"):
    size = NumberAttribute(default=0)


@pytest.fixture
def commit(aws: None) -> Any:
    keyring.make_if_absent("c" * 32, wiring.clock())
    return wiring.committer()


def thing() -> Any:
    return fetch(ThingRow, "thing#1", "thing")


def audited() -> Any:
    return [
        row
        for shard in range(4)
        for row in AuditRow.query(f"audit#2026-01-15#{shard}", consistent_read=True)
    ]


def work(id: Any = "1" * 32) -> Any:
    return Outgoing("background", message(id, "job.tick", NOON, timedelta(days=9999), {"a": 1}))


def test_rows_and_audit_are_written_together(commit: Any) -> None:
    commit([Put(ThingRow("thing#1", "thing", size=3))], [DONE])
    assert thing().size == 3
    [row] = audited()
    assert (row.actor, row.action, row.item, row.detail) == (7, "UPDATE", "1", "a detail")


def test_lines_written_together_keep_their_order(commit: Any) -> None:
    commit([], [replace(DONE, action=str(place)) for place in range(12)])
    found = sorted(audited(), key=lambda row: row.sk)
    assert [row.action for row in found] == [str(place) for place in range(12)]


def test_a_refused_row_leaves_no_audit_and_no_message(commit: Any) -> None:
    commit([Put(ThingRow("thing#1", "thing"))])
    with pytest.raises(Failed) as caught:
        commit([Put(ThingRow("thing#1", "thing"))], [DONE], [work()])
    assert caught.value.on(ThingRow)
    assert audited() == []
    assert fetch(OutboxRow, *outbox_key("1" * 32)) is None


def test_a_refusal_names_the_write_that_failed(commit: Any) -> None:
    commit([Put(ThingRow("thing#1", "thing")), Put(OtherRow("other#1", "other", size=1))])
    known = thing()
    writes = [
        Update(known, [ThingRow.size.set(5)]),
        Delete(OtherRow("other#1", "other"), OtherRow.size == 2),
        Check(OtherRow, "other#9", "other", OtherRow.pk.does_not_exist()),
        Put(OtherRow("other#2", "other")),
    ]
    with pytest.raises(Failed) as caught:
        commit(writes, [DONE])
    assert [type(one) for one in caught.value.failed] == [Delete]
    stale = thing()
    commit([Update(known, [ThingRow.size.set(5)])])
    with pytest.raises(Failed) as caught:
        commit([Update(stale, [ThingRow.size.set(6)]), Put(OtherRow("other#3", "other"))], [DONE])
    assert caught.value.on(ThingRow)
    assert not caught.value.on(OtherRow)


def test_a_row_changed_in_between_is_not_overwritten(commit: Any) -> None:
    commit([Put(ThingRow("thing#1", "thing"))])
    mine, theirs = (thing() for _ in range(2))
    theirs.size = 1
    commit([Put(theirs)])
    mine.size = 2
    with pytest.raises(Failed):
        commit([Put(mine)])
    assert thing().size == 1


def test_an_audit_row_is_never_replaced(commit: Any) -> None:
    commit.record(DONE)
    [row] = audited()
    row.detail = "something else"
    with pytest.raises(Exception, match="conditional"):
        row.save(AuditRow.pk.does_not_exist())


def test_an_audit_rows_mac_covers_what_is_shown(commit: Any) -> None:
    commit.record(DONE)
    [row] = audited()
    said = replace(DONE, through="node-a")  # it named nothing else
    expected = wiring.keyring().mac("audit", covered(said, row.pk, row.sk))
    assert row.mac == expected
    forged = replace(said, actor=8)
    assert row.mac != wiring.keyring().mac("audit", covered(forged, row.pk, row.sk))


def test_without_the_audit_table_nothing_happens(commit: Any) -> None:
    clients.client("dynamodb").delete_table(TableName=connection().audit_table)
    with pytest.raises(Unavailable):
        commit([Put(ThingRow("thing#1", "thing"))], [DONE])
    assert thing() is None
    with pytest.raises(Unavailable):
        commit.record(DONE)


def test_an_event_is_sent_and_leaves_the_outbox(commit: Any) -> None:
    commit([], [], [work()])
    assert index(3, "outbox") == []
    assert [decode(body).id for body in received("background")] == ["1" * 32]


def test_an_event_of_a_process_that_died_is_sent_by_the_sweep(commit: Any) -> None:
    with pytest.raises(Killed), killing_after(1):
        commit([], [], [work()])
    assert received("background") == []
    later = NOON + timedelta(minutes=5)
    assert wiring.outbox().sweep(later) == Tally(1, 1)
    assert [decode(body).id for body in received("background")] == ["1" * 32]
    assert wiring.outbox().sweep(later) == Tally()


def test_the_sweep_leaves_young_messages_and_drops_expired_ones(commit: Any) -> None:
    with pytest.raises(Killed), killing_after(1):
        commit([], [], [work()])
    assert wiring.outbox().sweep(NOON + timedelta(seconds=10)) == Tally()
    assert wiring.outbox().sweep(NOON + timedelta(days=10_000)) == Tally(1)
    assert received("background") == []


def test_what_cannot_be_sent_now_stands_and_is_left_to_the_sweep(commit: Any) -> None:
    url = connection().queue_url("background")
    clients.client("sqs").delete_queue(QueueUrl=url)
    commit([Put(ThingRow("thing#1", "thing", size=3))], [DONE], [work()])
    assert thing().size == 3
    clients.client("sqs").create_queue(QueueName="conclave-test-background")
    assert wiring.outbox().sweep(NOON + timedelta(minutes=5)) == Tally(1, 1)
    assert [decode(body).id for body in received("background")] == ["1" * 32]


def test_too_large_a_change_is_refused_whole(commit: Any) -> None:
    with pytest.raises(Invalid):
        commit([Put(OtherRow(f"other#{number}", "other")) for number in range(MOST_ITEMS + 1)])


def test_a_change_with_audit_is_one_call(commit: Any, calls: Calls) -> None:
    commit([Put(OtherRow("other#1", "other"))], [DONE])
    calls.clear()
    commit([Put(OtherRow("other#2", "other"))], [DONE])
    assert [one.operation for one in calls.seen] == ["TransactWriteItems"]


def received(queue: str) -> Any:
    answer = clients.client("sqs").receive_message(
        QueueUrl=connection().queue_url(queue), MaxNumberOfMessages=10
    )
    return [one["Body"] for one in answer.get("Messages", [])]
