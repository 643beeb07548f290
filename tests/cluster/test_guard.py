"""The guard: who may work, and what becomes of the messages of who may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import VERSION
from chalicelib.aws import clients
from chalicelib.aws.bus import Bus
from chalicelib.aws.connection import connection
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST, STANDBY, Bar, Gate
from chalicelib.cluster.guard import Guard, HandedBack, decide, delay
from chalicelib.core.errors import Unavailable
from chalicelib.core.messages import Message, decode, encode, message
from tests.calls import Calls

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
GATE = Gate("c1", nodes={"node-a": FIRST}, version=VERSION)
WORK = message("m1", "engine.answer", NOON, timedelta(minutes=5), {"item": "1"})


@dataclass
class Gates:
    gate: Gate | None = GATE

    def read(self) -> Gate:
        if self.gate is None:
            raise Unavailable("reading the data table failed: timeout")
        return self.gate


@dataclass
class Queue:
    sent: list[tuple[str, Message, timedelta]] = field(default_factory=list)

    def put_back(self, queue: str, messages: Sequence[Message], delay: timedelta) -> None:
        self.sent += [(queue, one, delay) for one in messages]


def guard(gates: Gates, bus: Any, now: datetime = NOON, chance: float = 0.5) -> Guard:
    return Guard(gates, bus, "node-a", lambda: now, lambda: chance)


@pytest.mark.parametrize("function", WORKERS, ids=lambda one: one.name)
def test_each_function_needs_its_box(function: Any) -> None:
    assert decide(GATE, "node-a", function).allowed
    assert not decide(GATE, "node-b", function).allowed
    standby = replace(GATE, nodes={"node-a": STANDBY})
    assert not decide(standby, "node-a", function).allowed
    for bar in Bar:
        assert not decide(replace(GATE, barred={"node-a": bar}), "node-a", function).allowed
    if function.role:
        unticked = replace(FIRST, **{function.role.value: False})
        admission = decide(replace(GATE, nodes={"node-a": unticked}), "node-a", function)
        assert function.role.value in admission.why_not


def test_a_gate_that_cannot_be_read_admits_nobody() -> None:
    assert not guard(Gates(None), Queue()).check("web").allowed


def test_a_box_bites_at_once() -> None:
    gates = Gates()
    watched = guard(gates, Queue())
    assert watched.check("engine_response").allowed
    gates.gate = replace(GATE, nodes={"node-a": replace(FIRST, engine=False)})
    assert not watched.check("engine_response").allowed


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 15), (0.5, 37), (1.0, 60)])
def test_what_is_handed_back_is_seen_again_in_15_to_60_seconds(chance: float, seconds: int) -> None:
    assert delay(chance) == timedelta(seconds=seconds)


def test_a_message_goes_back_as_it_came_to_the_queue_it_came_from() -> None:
    bus = Queue()
    assert guard(Gates(), bus).hand_back("site-1-now", [WORK]) == HandedBack(sent=1)
    assert bus.sent == [("site-1-now", WORK, timedelta(seconds=37))]


def test_an_expired_message_is_dropped_and_counted() -> None:
    bus = Queue()
    late = guard(Gates(), bus, now=NOON + timedelta(minutes=5))
    assert late.hand_back("engine-response", [WORK]) == HandedBack(expired=1)
    assert bus.sent == []


@dataclass
class Sooner:
    """The real bus, without waiting out the delays."""

    asked: list[timedelta] = field(default_factory=list)

    def put_back(self, queue: str, messages: Sequence[Message], delay: timedelta) -> None:
        self.asked.append(delay)
        Bus().send(queue, messages)


@pytest.mark.usefixtures("aws")
def test_ten_minutes_of_refusals_put_nothing_into_the_dead_letters() -> None:
    """Ten minutes are at most forty hand-backs; five failed receives would be a dead letter."""
    sqs, url = clients.client("sqs"), connection().queue_url("engine-response")
    bus = Sooner()
    Bus().send("engine-response", [WORK])
    for _ in range(40):
        taken = sqs.receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )["Messages"]
        assert [one["Attributes"]["ApproximateReceiveCount"] for one in taken] == ["1"]
        arrived = decode(taken[0]["Body"])
        assert encode(arrived) == encode(WORK)
        guard(Gates(), bus).hand_back("engine-response", [arrived])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
    assert sum(bus.asked, timedelta()) >= timedelta(minutes=10)
    dead = connection().queue_url("engine-response-dead")
    assert "Messages" not in sqs.receive_message(QueueUrl=dead)
    assert "Messages" in sqs.receive_message(QueueUrl=url)


@pytest.mark.usefixtures("aws")
def test_a_check_costs_one_call(calls: Calls) -> None:
    from chalicelib import wiring

    wiring.guard()
    calls.clear()
    assert not wiring.guard().check("background").allowed
    assert [one.operation for one in calls.seen if one.service == "dynamodb"] == ["GetItem"]


@pytest.mark.usefixtures("aws")
def test_a_message_sent_back_waits_in_its_queue() -> None:
    guard(Gates(), Bus()).hand_back("background", [WORK])
    sqs, url = clients.client("sqs"), connection().queue_url("background")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    counts = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert counts["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
