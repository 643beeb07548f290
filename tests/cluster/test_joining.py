"""Enable clustering, then join a node: the guide's story, with the nodes' own agents, on moto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import VERSION, wiring
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import BAR_TEXT, FIRST, STANDBY, Bar, Code, may_run
from chalicelib.cluster.licence import Edition
from chalicelib.cluster.store import Gates
from tests.client import Client

from .conftest import NoTime, Time
from .signer import LicenceSigner, licence, set_signer
from .test_agent import elsewhere
from .test_routes import configure, served

AgentOf = Callable[[str], Agent]
ALL_BOXES = {
    "inCluster": True,
    "enableBackgroundWorker": True,
    "enableEngineWorker": True,
    "enableSessionRecordingWorker": True,
}
ENABLE = "/api/v1/nodes/enable-clustering"
SIGNER = LicenceSigner()


@pytest.fixture
def client(agent_of: AgentOf, time: Time, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A cluster of one node, as the first deployment leaves it."""
    agent_of("node-a").run()
    time.pass_by(timedelta(seconds=1))
    return served(agent_of, time, monkeypatch)


def shown(client: Client, name: str) -> Any:
    return next(one for one in client.get("/api/v1/nodes").json if one["machineName"] == name)


def test_a_node_registers_proves_itself_waits_and_works_once_it_is_ticked(
    client: Client, agent_of: AgentOf
) -> None:
    assert client.post(ENABLE).json == {"clusteringEnabled": True}
    elsewhere(agent_of("node-b")).run()
    joined = shown(client, "node-b")
    assert not joined["inCluster"] and joined["settled"]
    assert (joined["binaryVersion"], joined["errorMessage"]) == (VERSION, "")
    gate = Gates().fetch()
    assert gate.nodes["node-b"] == STANDBY
    assert not may_run(gate, "node-b", Role.BACKGROUND)
    assert configure(client, "node-b", ALL_BOXES).json is True
    assert Gates().fetch().nodes["node-b"] == FIRST
    assert may_run(Gates().fetch(), "node-b", Role.BACKGROUND)


def test_a_second_node_is_ticked_only_once_clustering_is_enabled(
    client: Client, agent_of: AgentOf
) -> None:
    agent_of("node-b").run()
    refused = configure(client, "node-b", ALL_BOXES)
    assert (refused.status, refused.json["errorCode"]) == (409, "API_ClusteringDisabled")
    assert "Enable Clustering" in refused.message and ENABLE in refused.message
    assert Gates().fetch().nodes["node-b"] == STANDBY
    assert configure(client, "node-a", {"logLevel": "DEBUG"}).json is True
    for _ in range(2):
        assert client.post(ENABLE).json == {"clusteringEnabled": True}
    assert configure(client, "node-b", ALL_BOXES).json is True


@pytest.mark.parametrize("bar", [Bar.SCHEMA, Bar.CLOCK, Bar.KEY])
def test_a_node_that_disagrees_shows_in_what_and_works_not_even_ticked(
    begun: AgentOf, time: Time, monkeypatch: pytest.MonkeyPatch, bar: Bar
) -> None:
    odd: dict[Bar, dict[str, Any]] = {
        Bar.SCHEMA: {"code": Code(VERSION, 99)},
        Bar.CLOCK: {"time": NoTime(timedelta(minutes=5))},
        Bar.KEY: {"keys": _OtherKeys()},
    }
    agent = replace(elsewhere(begun("node-b")), **odd[bar])
    client = served(lambda _: agent, time, monkeypatch)
    client.post(ENABLE)
    agent.run()
    assert BAR_TEXT[bar] in shown(client, "node-b")["errorMessage"]
    configure(client, "node-b", ALL_BOXES)
    assert BAR_TEXT[bar] in shown(client, "node-b")["errorMessage"]
    assert BAR_TEXT[bar] in shown(client, "node-b")["backgroundWorkerError"]
    assert not may_run(Gates().fetch(), "node-b", Role.BACKGROUND)
    assert may_run(Gates().fetch(), "node-a", Role.BACKGROUND)


class _OtherKeys:
    """The keys of a node with another KMS key."""

    def ensure(self, _cluster_id: str) -> bool:
        return False

    def cluster_id(self) -> str:
        return "c2"

    def fingerprint(self) -> str:
        return "another"


def add(client: Client, time: Time, **facts: Any) -> None:
    key = SIGNER.sign(licence(time.now.date(), **facts))
    assert client.post("/api/v1/licenses", {"key": key}).status == 200


def test_without_an_edition_or_add_on_for_it_enabling_is_refused_with_the_reason(
    client: Client, time: Time
) -> None:
    set_signer(SIGNER.public)
    add(client, time, edition=Edition.PROFESSIONAL)
    refused = client.post(ENABLE)
    assert (refused.status, refused.json["errorCode"]) == (400, "API_LicenseRequired")
    assert "Enterprise Plus" in refused.message and "Premium" in refused.message
    summary = client.get("/api/v1/licenses/summary").json
    assert not summary["clusteringAllowed"] and not summary["clusteringEnabled"]
    add(client, time, id="L-2", edition=Edition.NONE, add_ons=("Premium",), seats=0)
    assert client.post(ENABLE).json == {"clusteringEnabled": True}


def test_licences_are_activated_for_the_new_node_on_either_node(
    client: Client, agent_of: AgentOf, time: Time
) -> None:
    """Once the evaluation is over its row says so; its workers go on all the same."""
    client.post(ENABLE)
    set_signer(SIGNER.public)
    add(client, time)
    contact = {"name": "Ada", "email": "a@example.org", "phoneNumber": "1"}
    client.post("/api/v1/activations", contact)
    agent_of("node-b").run()
    assert shown(client, "node-b")["errorMessage"] == ""
    time.pass_by(timedelta(days=40))
    for name in ("node-a", "node-b"):
        agent_of(name).run()
    assert "not activated on this node" in shown(client, "node-b")["errorMessage"]
    assert shown(client, "node-a")["errorMessage"] == ""
    configure(client, "node-b", ALL_BOXES)
    assert may_run(Gates().fetch(), "node-b", Role.BACKGROUND)
    assert client.post("/api/v1/activations", contact, query={"node": "node-b"}).json is True
    assert shown(client, "node-b")["errorMessage"] == ""
    assert client.post("/api/v1/activations", contact, query={"node": "node-x"}).status == 404


def test_the_agent_tells_the_gate_of_a_new_signer_and_reads_no_more_than_before(
    client: Client, agent_of: AgentOf, time: Time
) -> None:
    set_signer(SIGNER.public)
    agent_of("node-a").run()
    licensing = Gates().fetch().licensing
    assert licensing.trial == (time.now + timedelta(days=30)).date().isoformat()
    assert wiring.licences().followed(Gates().fetch(), time.now) == Gates().fetch()
