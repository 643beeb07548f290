"""The bus is switched while work goes on: no message is lost, each takes effect once.

Real agents, bus, guard and worker on moto. Senders know the gate as it was up to a minute ago;
consumers poll what the mappings name; agents are killed on the way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from moto.sqs.models import Queue

from chalicelib import catalogue, wiring, worker
from chalicelib.aws import clients
from chalicelib.aws.bus import Bus
from chalicelib.aws.connection import connection
from chalicelib.aws.mappings import Mappings
from chalicelib.aws.queues import Queues
from chalicelib.aws.schedules import Schedules
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.backbone import QUEUES, Heard, own, own_names
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.guard import Guard
from chalicelib.cluster.service import BackboneService
from chalicelib.cluster.store import Gates, Nodes
from chalicelib.core.errors import ConclaveError, StillUsed
from chalicelib.core.messages import Message, message
from tests.calls import Killed, killing_after
from tests.client import Context
from tests.counts import full_or

from .conftest import NODES, Time, turn_of

STEP = timedelta(seconds=20)
SENT = ("background", "background-now")
ROUNDS = full_or(20, 2)  # of sending before each switch, and after
STALEST = 3  # steps: a minute
FUNCTIONS = {one.queue: one for one in WORKERS}
LIFE = timedelta(hours=1)


@dataclass
class Load:
    """Two nodes with all boxes, and people who ask them for work."""

    agent_of: Callable[[str], Agent]
    time: Time
    patch: pytest.MonkeyPatch
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    gates: list[Gate] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    # -- what people and admins do

    def send(self) -> None:
        """Each node sends a message on each queue, by the gate as it read it lately."""
        self.gates.append(Gates().fetch())
        for node in NODES:
            heard = Heard(node, Gates().fetch)
            heard.hear(self.gates[-1 - self.chance.randrange(min(STALEST, len(self.gates)))])
            for queue in SENT:
                self.sent.append(f"m{len(self.sent):031}")
                Bus(heard.queue).send(queue, [self._message(self.sent[-1])])

    def service(self) -> BackboneService:
        return replace(wiring.backbone_bus(), wake=lambda _: None)

    def switch(self, internal: bool) -> None:
        self.service().switch(_Who(), internal, self.time.now)

    # -- what goes on by itself

    def agents(self, *nodes: str) -> None:
        for node in nodes or NODES:
            self.agent_of(node).run()

    def killed_agents(self) -> None:
        """Each agent dies after one of its first calls; its next run comes with the next step."""
        for node in NODES:
            try:
                with killing_after(self.chance.randrange(2, 30)):
                    self.agent_of(node).run()
            except (Killed, ConclaveError):
                """A minute later it runs again."""

    def consume(self, *nodes: str) -> None:
        """What Lambda does: for each mapping that is on, a batch or none."""
        for node in nodes or NODES:
            for queue in SENT:
                for mapping in Mappings().of(FUNCTIONS[queue].lambda_name(node)):
                    if mapping.enabled:
                        self._batch(node, FUNCTIONS[queue].name, mapping.queue_arn, mapping.batch)

    def pass_by(self, work: bool = True) -> None:
        self.time.pass_by(STEP)
        if work:
            self.consume()

    def settle(self) -> None:
        """Nobody sends: agents look each minute, and work is done."""
        for _ in range(3):
            self.time.pass_by(timedelta(minutes=1))
            while self.left():
                self.consume()
            self.agents()

    # -- what can be seen

    def fed(self, node: str) -> set[str]:
        """The queues of the bus whose mappings are on."""
        return {
            connection().short_name(one.queue_arn)
            for queue in QUEUES
            for one in Mappings().of(FUNCTIONS[queue].lambda_name(node))
            if one.enabled
        }

    def left(self) -> int:
        names = [*QUEUES, *(name for node in NODES for name in own_names(node))]
        return sum(Queues().held(name) or 0 for name in names)

    def task(self, arrived: Message) -> None:
        """An effect that a condition makes happen once."""
        self.handled.append(arrived.id)
        self.effects.add(arrived.id)

    def _batch(self, node: str, function: str, arn: str, size: int) -> None:
        sqs, url = clients.client("sqs"), connection().queue_url(connection().short_name(arn))
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=size).get("Messages", [])
        if not found:
            return
        records = [
            {"messageId": one["MessageId"], "body": one["Body"], "eventSourceARN": arn}
            for one in found
        ]
        with self._process_of(node):
            answer = worker.run(function, {"Records": records}, Context())
        assert answer == {"batchItemFailures": []}
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    @contextmanager
    def _process_of(self, node: str) -> Iterator[None]:
        heard = Heard(node, Gates().fetch)
        gate = replace(wiring.gate(), node=node, hear=heard.hear)
        guard = Guard(gate, Bus(heard.queue), node, wiring.clock(), lambda: 0.0)
        with self.patch.context() as patched:
            patched.setattr(wiring, "guard", lambda: guard)
            yield

    def _message(self, id: str) -> Message:
        return message(id, "test.effect", wiring.clock()(), LIFE, {})


@pytest.fixture
def load(agent_of: Callable[[str], Agent], time: Time, monkeypatch: pytest.MonkeyPatch) -> Load:
    no_mappings = property(
        lambda _: {}, lambda *_: None
    )  # moto would poll by itself: `consume` does
    monkeypatch.setattr(Queue, "lambda_event_source_mappings", no_mappings, raising=False)
    made = Load(agent_of, time, monkeypatch)
    made.agents()
    before = Gates().fetch()
    after = replace(before, nodes=dict.fromkeys(NODES, FIRST))
    wiring.committer()([Gates().rewrite(before, after)])
    made.agents("node-b")
    monkeypatch.setattr("tests.cluster.test_bus_switch.DO", made.task)
    monkeypatch.setitem(catalogue.TASKS, "test.effect", "tests.cluster.test_bus_switch:do")
    return made


DO: Callable[[Message], None] | None = None


def do(arrived: Message) -> None:
    assert DO is not None
    DO(arrived)


def test_switching_to_and_fro_under_load_loses_no_message(load: Load) -> None:
    """Senders go by old gates, agents die, and at the end each message was done, and once."""
    for internal in (True, False, True, False):
        for _ in range(ROUNDS):
            load.send()
            load.pass_by()
        load.switch(internal)
        load.send()
        load.killed_agents()
        for _ in range(ROUNDS):
            load.send()
            load.pass_by(work=load.chance.random() < 0.5)
        load.agents()
    load.settle()
    assert sorted(load.handled) == sorted(load.sent), "each was done, and none twice"
    assert load.left() == 0
    assert load.service().state(load.time.now).settled
    assert load.fed("node-a") == set(QUEUES) == load.fed("node-b")


def test_an_internal_bus_keeps_a_nodes_work_on_that_node(load: Load) -> None:
    load.switch(True)
    load.agents()
    load.settle()
    for node in NODES:
        assert load.fed(node) == set(own_names(node))
        queue = Schedules().get(f"conclave-test-{node}", "heartbeat").queue_arn
        assert connection().short_name(queue) == own(node, "background")
    load.gates.clear()
    load.send()
    assert Queues().held("background") == 0
    load.consume("node-b")
    assert len(load.handled) == len(SENT)
    load.consume("node-a")
    assert sorted(load.handled) == sorted(load.sent)

    # What strays onto the bus that was left is found in turn, and done.
    Bus().send("background", [load._message("m" * 32)])  # of a process that AWS had frozen
    load.time.now = load.time.now.replace(minute=turn_of("node-a", "background"))
    load.agents("node-a")
    load.time.pass_by(timedelta(minutes=1))
    load.agents("node-a")
    load.consume("node-a")
    assert load.handled[-1] == "m" * 32


def test_a_message_on_its_way_back_keeps_its_queue_on(load: Load) -> None:
    """It is delayed, which counts as much as waiting does."""
    load.switch(True)
    Bus().put_back("background", [load._message("m" * 32)], timedelta(minutes=1))
    for _ in range(4):
        load.time.pass_by(timedelta(minutes=1))
        load.agents("node-a")
    assert "background" in load.fed("node-a")
    state = load.service().state(load.time.now)
    assert not state.settled and {
        one.queue: one.messages for one in state.leftovers if one.messages
    } == {"background": 1}


def test_the_queues_of_a_node_unseen_for_five_minutes_are_adopted_until_it_is_back(
    load: Load,
) -> None:
    load.switch(True)
    load.agents()
    load.settle()
    load.gates.clear()
    load.send()  # and now node-b dies
    load.consume("node-a")
    assert len(load.handled) == len(SENT)
    load.time.pass_by(timedelta(minutes=5))
    load.agents("node-a")
    assert load.fed("node-a") == set(own_names("node-a"))
    dead = next(one for one in Nodes().all() if one.name == "node-b")
    with pytest.raises(StillUsed, match="node-b-background still holds messages"):
        wiring.nodes().remove(_Who(), dead.id, load.time.now)
    load.time.pass_by(timedelta(minutes=1))
    load.agents("node-a")
    assert load.fed("node-a") == {*own_names("node-a"), *own_names("node-b")}
    load.consume("node-a")
    assert sorted(load.handled) == sorted(load.sent)
    load.agents("node-b")  # it is back
    load.agents("node-a")
    assert load.fed("node-a") == set(own_names("node-a"))
    assert load.fed("node-b") == set(own_names("node-b"))


@dataclass(frozen=True)
class _Who:
    user_id: int = 1
    address: str = ""
