"""Nodes, health and version over HTTP, on moto."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice

from chalicelib import VERSION, wiring
from chalicelib.access.principal import Principal
from chalicelib.aws import clients
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.aws.connection import connection
from chalicelib.aws.mappings import Mappings
from chalicelib.cluster import routes
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST, STANDBY, Bar, Gate
from chalicelib.cluster.guard import Guard
from chalicelib.cluster.here import Here
from chalicelib.cluster.node import Node
from chalicelib.cluster.service import HealthService
from chalicelib.cluster.service.health import judged
from chalicelib.cluster.store import Gates
from chalicelib.core.errors import Unavailable
from chalicelib.core.log import logger
from chalicelib.web.endpoint import ENDPOINTS
from chalicelib.web.match import Router
from chalicelib.web.mount import mount
from chalicelib.web.pipeline import Pipeline
from tests.client import Client

from .conftest import Time

__all__ = ["routes"]

ALL = frozenset({"View Nodes", "Administer Nodes", "View Licenses", "Administer Licenses"})


@dataclass(frozen=True)
class Found:
    principal: Principal
    gate: Here
    rows: Mapping[tuple[str, str], Any] = field(default_factory=dict)


@dataclass
class Door:
    """Lets everybody in who names his permissions as his token."""

    def authenticate(
        self, token: str, _extra: Sequence[Any], _now: datetime, address: str
    ) -> Found:
        permissions = ALL if token == "all" else frozenset(token.split(","))
        who = Principal(7, "ada", "Ada", permissions, address=address)
        return Found(who, self.gate())

    def gate(self) -> Here:
        return wiring.gate().here(wiring.gate().read())


@dataclass
class Waker:
    """Remembers whose agent was woken; runs it when told how."""

    run: Callable[[str], object] | None = None
    woken: list[str] = field(default_factory=list)

    def wake_agent(self, node: str) -> None:
        self.woken.append(node)
        if self.run is None:
            raise Unavailable("waking the agent failed: Throttled")
        self.run(node)


@pytest.fixture
def client(acting: Callable[[str], Agent], time: Time, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A cluster of node-a, with all boxes, and the standby node-b; the client talks to node-a."""
    time.pass_by(timedelta(seconds=1))
    enabled = replace(wiring.gate().read(), clustering=True)
    wiring.committer()([Gates().rewrite(wiring.gate().read(), enabled)])
    return served(acting, time, monkeypatch)


def served(agent_of: Callable[[str], Agent], time: Time, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of node-a who may do everything; a woken agent runs at once."""
    waker = Waker(lambda node: agent_of(node).run())
    nodes = replace(wiring.nodes(), functions=waker)
    monkeypatch.setattr(wiring, "nodes", lambda: nodes)
    pipeline = Pipeline(Router(ENDPOINTS), Door(), time, logger())
    return Client(mount(Chalice("conclave"), pipeline.answer)).signed_in("all")


def ids(client: Client) -> dict[str, int]:
    return {one["machineName"]: one["nodeId"] for one in client.get("/api/v1/nodes").json}


def configure(client: Client, node: str, body: Mapping[str, Any], **options: Any) -> Any:
    path = f"/api/v1/nodes/{ids(client)[node]}/configuration"
    return client.put(path, body, **options)


def trail() -> list[tuple[str, str, str]]:
    rows = sorted(AuditRow.scan(), key=lambda row: row.sk)
    return [(row.action, row.item, row.detail or "") for row in rows if row.item_kind == "Node"]


def test_nodes_are_a_plain_array(client: Client) -> None:
    found = client.get("/api/v1/nodes").json
    assert [one["machineName"] for one in found] == ["node-a", "node-b"]
    first, second = found
    assert first["inCluster"] and first["isCurrentNode"] and first["enableEngineWorker"]
    assert first["binaryVersion"] == VERSION
    assert first["database"] == "conclave-test-data"
    assert first["readonlyModeStatus"] == "Off"
    assert first["errorMessage"] == ""
    assert not second["inCluster"] and not second["isCurrentNode"]


def test_one_node_by_id(client: Client) -> None:
    known = ids(client)
    assert client.get(f"/api/v1/nodes/{known['node-b']}").json["machineName"] == "node-b"
    assert client.get("/api/v1/nodes/999").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_box_takes_effect_before_the_answer_is_read(client: Client, method: str) -> None:
    """The gate at once; mappings and schedules as soon as the woken agent has run."""
    path = f"/api/v1/nodes/{ids(client)['node-b']}/configuration"
    body = {"inCluster": True, "enableBackgroundWorker": True}
    assert client.request(method, path, json=body).json is True
    wanted = wiring.gate().read().wanted("node-b")
    assert wanted == replace(STANDBY, in_cluster=True, background=True)
    on = {
        one.name
        for one in WORKERS
        if any(found.enabled for found in Mappings().of(one.lambda_name("node-b")))
    }
    assert on == {one.name for one in WORKERS} - {"engine_response", "recording"}
    assert trail()[-1] == ("UPDATE", "node-b", "In Cluster: on, Background Worker: on")


def test_an_unticked_box_bites_on_the_next_batch(client: Client) -> None:
    configure(client, "node-b", {"inCluster": True, "enableBackgroundWorker": True})
    guard = Guard(wiring.gate(), wiring.bus(), "node-a", wiring.clock(), lambda: 0.0)
    assert guard.check("background").allowed
    configure(client, "node-a", {"enableBackgroundWorker": False})
    assert not guard.check("background").allowed
    assert guard.check("web").allowed


def test_what_is_left_out_stays(client: Client) -> None:
    configure(client, "node-a", {"logLevel": "DEBUG"})
    assert wiring.gate().read().wanted("node-a") == FIRST
    found = client.get(f"/api/v1/nodes/{ids(client)['node-a']}").json
    assert found["logLevel"] == "DEBUG"
    configure(client, "node-a", {"logLevel": None, "Unknown": 1})
    assert client.get(f"/api/v1/nodes/{ids(client)['node-a']}").json["logLevel"] is None


def test_unticking_the_last_holder_is_refused_unless_forced(client: Client) -> None:
    refused = configure(client, "node-a", {"enableEngineWorker": False})
    assert refused.status == 409
    assert "engine" in refused.message and "force=true" in refused.message
    assert wiring.gate().read().wanted("node-a") == FIRST
    forced = configure(client, "node-a", {"enableEngineWorker": False}, query={"force": "true"})
    assert forced.json is True
    assert "no node holds engine any more" in trail()[-1][2]
    health = client.get("/api/v1/healthcheck").json
    assert health["rolesWithoutHolder"] == ["engine"]
    assert any("answers of distributed engines" in one for one in health["problems"])
    assert health["Healthy"] is True


def test_two_admins_cannot_untick_the_last_two_holders_at_once(client: Client, time: Time) -> None:
    """The second one's change is judged by what the first one left."""
    configure(client, "node-b", {"inCluster": True, "enableEngineWorker": True})
    service = wiring.nodes()
    known = ids(client)

    @dataclass
    class Racing:
        inner: Any
        raced: bool = False

        def fetch(self) -> Gate:
            gate: Gate = self.inner.fetch()
            if not self.raced:
                self.raced = True
                client.put(
                    f"/api/v1/nodes/{known['node-b']}/configuration", {"enableEngineWorker": False}
                )
            return gate

        def rewrite(self, before: Gate, after: Gate) -> Any:
            return self.inner.rewrite(before, after)

    from chalicelib.cluster.service import Change
    from chalicelib.core.errors import StillUsed

    racing = replace(service, gates=Racing(service.gates))
    who = Principal(7, "ada", "Ada", ALL)
    with pytest.raises(StillUsed):
        racing.configure(who, known["node-a"], Change({"engine": False}), time.now)
    assert wiring.gate().read().wanted("node-a").engine


def test_permissions(client: Client) -> None:
    viewer = client.signed_in("View Nodes")
    assert viewer.get("/api/v1/nodes").status == 200
    assert configure(viewer, "node-a", {}).status == 400
    assert client.signed_in("none").get("/api/v1/nodes").status == 400
    assert client.signed_in("").get("/api/v1/nodes").status == 401


def test_an_agent_that_is_not_woken_does_not_fail_the_change(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = replace(wiring.nodes(), functions=Waker())
    monkeypatch.setattr(wiring, "nodes", lambda: nodes)
    assert configure(client, "node-b", {"inCluster": True}).json is True


def test_maintenance_mode_arms(client: Client, time: Time) -> None:
    configure(client, "node-a", {"readonlyModeEnabled": True})
    path = f"/api/v1/nodes/{ids(client)['node-a']}"
    assert client.get(path).json["readonlyModeStatus"].startswith("Arming")
    time.pass_by(timedelta(seconds=60))
    assert client.get(path).json["readonlyModeStatus"] == "Armed"
    assert client.get("/api/v1/healthcheck").json["readOnlyMode"] is True
    assert configure(client, "node-a", {"readonlyModeEnabled": False}).json is True
    assert client.get(path).json["readonlyModeStatus"] == "Off"


def test_health_needs_no_token_and_is_spelled_for_its_clients(client: Client) -> None:
    anybody = client.signed_in("")
    health = anybody.get("/api/v1/healthcheck").json
    assert health["Healthy"] is True
    assert health["databaseHealthy"] is True and health["serviceBusHealthy"] is True
    assert health["readOnlyMode"] is False and health["databaseMismatch"] is False
    assert anybody.get("/api/v1/healthcheck?noBus=true").json["serviceBusHealthy"] is None
    aspx = anybody.get("/healthcheck.aspx").json
    assert aspx["healthy"] is True
    assert aspx["utcNow"].endswith("Z")


def test_version_is_told_in_both_forms(client: Client) -> None:
    found = client.get("/api/v1/version").json
    assert found["version"] == found["model"]["version"] == VERSION


def test_a_standby_answers_nodes_health_and_its_page_only(client: Client) -> None:
    configure(client, "node-a", {"inCluster": False}, query={"force": "true"})
    browser = replace(client, headers={"accept": "text/html"})
    sent = browser.get("/anything")
    assert (sent.status, sent.headers["location"]) == (302, "/SecretServer/nodes")
    refused = client.get("/api/v1/version")
    assert refused.status == 503
    assert "Server Nodes" in refused.message
    health = client.get("/api/v1/healthcheck").json
    assert health["Healthy"] is False and health["inCluster"] is False
    assert configure(client, "node-a", {"inCluster": True}).json is True
    assert client.get("/api/v1/version").status == 200


GATE = Gate("c1", nodes={"a": FIRST}, version=VERSION)


def test_health_names_what_is_wrong() -> None:
    assert judged(GATE, "a", True).problems == ()
    assert not judged(None, "a", True).healthy
    assert not judged(GATE, "a", False).healthy
    assert judged(GATE, "a", None).healthy
    assert not judged(GATE, "b", True).healthy
    key = judged(replace(GATE, barred={"a": Bar.KEY}), "a", True)
    assert (key.healthy, key.mismatch, key.read_only) == (False, True, True)
    assert "Encryption configurations do not match" in key.problems[0]
    assert not judged(replace(GATE, barred={"a": Bar.CLOCK}), "a", True).healthy


def test_an_older_node_is_read_only_but_may_be_asked() -> None:
    older = judged(replace(GATE, version="99.0.0"), "a", True)
    assert older.healthy and older.mismatch and older.read_only
    assert "version does not match" in older.problems[0]


@dataclass
class Counting:
    calls: int = 0

    def with_gate(self, _name: str) -> tuple[Gate, Node | None]:
        self.calls += 1
        return GATE, None


def test_health_is_kept_for_five_seconds(time: Time) -> None:
    gate = Counting()
    health = HealthService("a", gate, lambda: None, time)
    health.look()
    time.pass_by(timedelta(seconds=4))
    assert health.look().healthy
    assert gate.calls == 1
    time.pass_by(timedelta(seconds=1))
    health.look()
    assert gate.calls == 2


def test_a_bus_that_is_gone_is_told(client: Client) -> None:
    clients.client("sqs").delete_queue(QueueUrl=connection().queue_url("background"))
    health = client.get("/api/v1/healthcheck").json
    assert health["serviceBusHealthy"] is False and health["Healthy"] is False
