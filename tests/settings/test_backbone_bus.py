"""The backbone bus as an admin sees and switches it, over HTTP on moto."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.queues import Queues
from chalicelib.cluster.backbone import QUEUES, WARNING, own_names
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST
from chalicelib.cluster.node import Made, Node, Stamp
from chalicelib.cluster.store import Gates, Nodes
from chalicelib.core.messages import encode, message
from tests.calls import recording
from tests.house import House, open_house

PATH = "/api/v1/configuration/backbone-bus"
NODES = ("node-a", "node-b")


@pytest.fixture
def house(aws: None, monkeypatch: pytest.MonkeyPatch) -> House:
    """A cluster of two nodes whose agents have made their queues, and nothing else."""
    found = open_house()
    bus = replace(wiring.backbone_bus(), wake=lambda _: None)
    monkeypatch.setattr(wiring, "backbone_bus", lambda: bus)
    before = Gates().fetch()
    after = replace(before, nodes=dict.fromkeys(NODES, FIRST))
    now = datetime.now(UTC)
    rows = [
        Nodes().create(
            Node(number, name, Stamp(now, "", 1, "", None, ""), Made(queues=_made(name)))
        )
        for number, name in enumerate(NODES, 1)
    ]
    wiring.committer()([Gates().rewrite(before, after), *rows])
    return found


def _made(node: str) -> frozenset[str]:
    functions = {one.queue: one for one in WORKERS}
    for name, queue in zip(own_names(node), QUEUES, strict=True):
        Queues().ensure(name, functions[queue].visibility)
    return frozenset(own_names(node))


def held() -> dict[str, int]:
    """The queues of the bus that hold messages."""
    names = [*QUEUES, *(name for node in NODES for name in own_names(node))]
    counts = {name: Queues().held(name) or 0 for name in names}
    return {name: count for name, count in counts.items() if count}


def test_a_switch_counts_for_the_next_message_and_costs_senders_no_call(house: House) -> None:
    """It is seen where admins look: the setting, the trail, Diagnostics, the queues, health."""
    admin = house.admin
    admin.post("/api/v1/jobs/heartbeat/run-now", {})  # what a process reads once, it has read
    before = admin.get(PATH).json
    assert (before["type"], before["state"], before["since"]) == ("Shared", "Settled", None)
    with recording() as shared:
        assert admin.post("/api/v1/jobs/heartbeat/run-now", {}).status == 200
    assert held() == {"background-now": 2}
    assert len(admin.get("/api/v1/queues").json) == len(WORKERS)

    switched = admin.request("PATCH", PATH, json={"type": "Internal"}).json
    assert (switched["type"], switched["state"]) == ("Internal", "Draining")
    assert switched["nodes"] == list(NODES) == switched["late"]
    assert {"queue": "background-now", "messages": 2} in switched["draining"]
    assert switched["warning"] == WARNING
    with recording() as internal:
        assert admin.post("/api/v1/jobs/heartbeat/run-now", {}).status == 200
    assert held() == {"background-now": 2, "node-a-background-now": 1}
    assert internal.seen == shared.seen, "sending by the setting costs no call"

    names = {one["name"] for one in admin.get("/api/v1/queues").json}
    assert names >= {*own_names("node-a"), *own_names("node-b"), *QUEUES}
    summary = admin.get("/api/v1/diagnostics").json
    assert (summary["backboneType"], summary["backboneClass"]) == ("Internal", "AmazonSqs")
    health = admin.get("/api/v1/healthcheck").json
    assert health["Healthy"] is True and WARNING in health["problems"]
    assert all(WARNING in one["errorMessage"] for one in admin.get("/api/v1/nodes").json)
    trail = str(admin.get("/api/v1/configuration/audit").json)
    assert "Backbone Bus: internal" in trail

    since = switched["since"]
    again = admin.request("PATCH", PATH, json={"type": "Internal"}).json
    assert again["since"] == since, "repeated, it changes nothing"
    assert admin.request("PATCH", PATH, json={"type": "Shared"}).json["type"] == "Shared"


def test_a_dead_letter_of_a_nodes_own_queue_is_replayed_onto_the_bus_as_it_is(
    house: House,
) -> None:
    admin = house.admin
    admin.request("PATCH", PATH, json={"type": "Internal"})
    now = datetime.now(UTC)
    dead = message("d" * 32, "job.tick", now, timedelta(hours=1), {})
    url = connection().queue_url("node-b-web-dead")
    clients.client("sqs").send_message(QueueUrl=url, MessageBody=encode(dead))
    shown = {one["name"]: one["deadLetters"] for one in admin.get("/api/v1/queues").json}
    assert shown["node-b-web"] == 1
    path = f"/api/v1/queues/node-b-web/dead-letters/{dead.id}/replay"
    assert admin.post(path).json is True
    assert held() == {"node-a-web": 1}, "the node that was asked sends on its own queue"


def test_a_node_without_queues_of_its_own_keeps_the_bus_shared(house: House) -> None:
    before = Gates().fetch()
    after = replace(before, nodes={**before.nodes, "node-c": FIRST})
    wiring.committer()([Gates().rewrite(before, after)])
    refused = house.admin.request("PATCH", PATH, json={"type": "Internal"})
    assert refused.status == 409 and "node-c has no queues of its own yet" in refused.message
    assert house.admin.get(PATH).json["type"] == "Shared"


def test_who_may_not_administer_the_configuration_switches_nothing(house: House) -> None:
    assert house.nobody.get(PATH).status == 400
    assert house.nobody.request("PATCH", PATH, json={"type": "Internal"}).status == 400
    assert house.admin.request("PATCH", PATH, json={"type": "Both"}).status == 400
