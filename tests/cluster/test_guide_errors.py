"""The guide's clustering errors, each brought about, and seen wherever an operator may look.

That is the node's row, its health answer, the audit trail (where events are) and the log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

import app
from chalicelib import VERSION, wiring
from chalicelib.aws import clients, connection
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.aws.commit import Committer
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.mappings import Mappings
from chalicelib.cluster import tasks
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.backbone import own_names
from chalicelib.cluster.functions import WORKERS, Role
from chalicelib.cluster.gate import FIRST, OWN, Code, Gate, may_run, may_write
from chalicelib.cluster.hands import Keys
from chalicelib.cluster.service.health import HealthService
from chalicelib.cluster.store import Gates, Nodes
from chalicelib.core.errors import ConclaveError
from chalicelib.core.tick import Tick
from tests.calls import AwsCall, watching
from tests.client import Client

from .conftest import NoTime, Time, turn_of

AgentOf = Callable[[str], Agent]
NEW_SCHEMA = Code("12.0.0", OWN.schema + 1)


@dataclass(frozen=True)
class Place:
    """Two nodes in a cluster, both with all boxes, and everything an operator looks at."""

    agent_of: AgentOf
    time: Time
    log: pytest.LogCaptureFixture

    def text(self, node: str) -> str:
        shown = wiring.nodes().all(self.time.now)
        return next(one.error for one in shown if one.node.name == node)

    def health(self, node: str) -> dict[str, Any]:
        """The health answer of a node, as its own process gives it."""
        service = HealthService(node, Nodes(), lambda: None, self.time)
        return {"ok": service.look().healthy, "problems": " ".join(service.look().problems)}

    def events(self, node: str) -> list[str]:
        rows = sorted(AuditRow.scan(), key=lambda row: row.sk)
        return [f"{row.action}: {row.detail}" for row in rows if row.item == node]

    def monitor(self) -> None:
        """NodeClusteringMonitor, on the other node."""
        now = self.time.now
        tasks.watch_nodes(Tick("job", now, now, now + timedelta(seconds=50), "node-a", ""))

    def logged(self) -> str:
        return " ".join(str(getattr(one, "facts", "")) for one in self.log.records)

    def seen_everywhere(self, node: str, words: str) -> None:
        assert words in self.text(node)
        assert words in self.health(node)["problems"]
        assert any(words in one for one in self.events(node))
        assert words in self.logged()


@pytest.fixture
def place(acting: AgentOf, time: Time, caplog: pytest.LogCaptureFixture) -> Place:
    caplog.set_level(logging.INFO)
    rewrite(nodes={"node-a": FIRST, "node-b": FIRST})
    acting("node-b").run()
    return Place(acting, time, caplog)


def rewrite(**changes: Any) -> None:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, **changes))])


def works(node: str) -> bool:
    """Whether any of the node's mappings feeds it."""
    return any(found.enabled for one in WORKERS for found in Mappings().of(one.lambda_name(node)))


def takes_no_work(node: str, gate: Gate) -> bool:
    return not works(node) and not any(may_run(gate, node, role) for role in (*Role, None))


def own_keys(agent: Agent) -> Agent:
    """The agent in a process of its own, that has not opened the keys yet."""
    ring = Keyring(wiring.clock())
    commit = Committer(ring, wiring.bus(), wiring.clock(), wiring.ids())
    return replace(agent, keys=Keys(ring, wiring.clock()), commit=commit)


@contextmanager
def refused(operation: str, code: str) -> Iterator[None]:
    """AWS answers one operation with an error, as IAM does to a role without that right."""

    def refuse(call: AwsCall) -> None:
        if call.operation == operation:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, operation)

    with watching(before=refuse):
        yield


@contextmanager
def other_key() -> Iterator[None]:
    """The connection that the node finds names another KMS key than the cluster's."""
    other = clients.client("kms").create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    name = connection.parameter_name(connection.cluster_name())
    right = clients.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    _connect(name, json.dumps({**json.loads(right), "key_arn": other}))
    try:
        yield
    finally:
        _connect(name, right)


def _connect(name: str, value: str) -> None:
    clients.client("ssm").put_parameter(Name=name, Value=value, Overwrite=True)
    connection.reset()


KEY_WORDS = "Encryption configurations do not match"


def test_a_node_that_may_not_use_the_key_rests_until_it_may(place: Place) -> None:
    with refused("Decrypt", "AccessDeniedException"):
        own_keys(place.agent_of("node-b")).run()
    assert takes_no_work("node-b", Gates().fetch())
    assert not may_write(Gates().fetch(), "node-b")
    place.monitor()
    place.seen_everywhere("node-b", KEY_WORDS)
    assert place.health("node-b")["ok"] is False
    assert works("node-a") and place.health("node-a")["ok"]
    own_keys(place.agent_of("node-b")).run()
    assert works("node-b") and place.text("node-b") == ""
    assert "WELL: well again" in place.events("node-b")


def test_a_node_with_another_kms_key_changes_nothing_and_recovers(place: Place) -> None:
    before = Keyring(wiring.clock()).fingerprint()
    with other_key():
        own_keys(place.agent_of("node-b")).run()
    assert takes_no_work("node-b", Gates().fetch())
    place.monitor()
    place.seen_everywhere("node-b", KEY_WORDS)
    assert Keyring(wiring.clock()).fingerprint() == before
    assert Gates().fetch().fingerprint == before
    own_keys(place.agent_of("node-b")).run()
    assert works("node-b") and place.text("node-b") == ""


def test_a_clock_that_is_off_is_told_by_the_node_itself(place: Place) -> None:
    """Also where no other node is left that could raise the event."""
    off = NoTime(timedelta(seconds=31))
    replace(place.agent_of("node-b"), time=off).run()
    assert takes_no_work("node-b", Gates().fetch())
    place.seen_everywhere("node-b", "Server dates do not match")
    place.monitor()
    assert len([one for one in place.events("node-b") if one.startswith("DISAGREES")]) == 1
    place.agent_of("node-b").run()
    assert works("node-b") and "WELL: well again" in place.events("node-b")


def test_the_clocks_tolerance_is_a_setting(place: Place) -> None:
    wiring.settings().change(1, {"clock_tolerance": timedelta(seconds=5)})
    replace(place.agent_of("node-b"), time=NoTime(timedelta(seconds=6))).run()
    assert "Server dates do not match" in place.text("node-b")


def test_an_older_node_stands_back_when_a_newer_one_serves(place: Place) -> None:
    replace(place.agent_of("node-a"), code=Code("99.0.0", OWN.schema)).run()
    assert Gates().fetch().version == "99.0.0"
    place.agent_of("node-b").run()
    assert takes_no_work("node-b", Gates().fetch())
    place.seen_everywhere("node-b", "version does not match")
    assert works("node-a")


def test_a_node_newer_than_the_clusters_rows_stands_back(place: Place) -> None:
    replace(place.agent_of("node-b"), code=NEW_SCHEMA).run()
    gate = Gates().fetch()
    assert not works("node-b") and gate.version == VERSION
    assert not may_run(gate, "node-b", None, NEW_SCHEMA)
    assert "newer than the cluster's data" in place.text("node-b")
    place.seen_everywhere("node-b", "version does not match")
    assert works("node-a")
    rewrite(schema=NEW_SCHEMA.schema)
    replace(place.agent_of("node-b"), code=NEW_SCHEMA).run()
    assert works("node-b")


def test_other_code_works_in_maintenance_mode_where_an_admin_allows_it(place: Place) -> None:
    wiring.settings().change(1, {"allow_version_mismatch": True})
    replace(place.agent_of("node-b"), code=NEW_SCHEMA).run()
    assert not works("node-b"), "not without maintenance mode"
    rewrite(nodes={"node-a": FIRST, "node-b": replace(FIRST, maintenance=True)})
    replace(place.agent_of("node-b"), code=NEW_SCHEMA).run()
    assert works("node-b")
    gate = Gates().fetch()
    assert (gate.version, gate.schema) == (VERSION, OWN.schema), "it does not raise the version"
    assert not may_write(gate, "node-b", "vault", NEW_SCHEMA)
    wiring.settings().change(1, {"allow_version_mismatch": False})
    assert not may_run(Gates().fetch(), "node-b", None, NEW_SCHEMA)


def test_a_role_without_a_holder_is_told_once(place: Place) -> None:
    idle = replace(FIRST, engine=False)
    rewrite(nodes={"node-a": idle, "node-b": idle})
    place.agent_of("node-a").run()
    place.agent_of("node-b").run()
    words = "No node holds engine: answers of distributed engines"
    assert words in place.health("node-a")["problems"]
    shown = wiring.nodes().all(place.time.now)
    assert all(words in one.errors[Role.ENGINE] for one in shown)
    assert [one for one in place.events("roles") if words in one] == [f"ROLE UNHELD: {words}."]
    assert words in place.logged()
    rewrite(nodes={"node-a": FIRST, "node-b": idle})
    place.agent_of("node-a").run()
    assert any(one.startswith("ROLES HELD") for one in place.events("roles"))


def test_health_says_that_the_tables_do_not_answer(place: Place) -> None:
    with refused("BatchGetItem", "AccessDeniedException"), refused("GetItem", "AccessDenied"):
        answer = Client(app.app).get("/api/v1/healthcheck")
    assert (answer.status, answer.json["databaseHealthy"]) == (200, False)
    assert answer.json["Healthy"] is False
    assert answer.json["problems"] == ["The data table does not answer."]


def test_health_says_so_too_when_the_tables_or_the_connection_are_gone(place: Place) -> None:
    clients.client("dynamodb").update_table(
        TableName="conclave-test-data", DeletionProtectionEnabled=False
    )
    clients.client("dynamodb").delete_table(TableName="conclave-test-data")
    assert Client(app.app).get("/api/v1/healthcheck").json["databaseHealthy"] is False
    clients.client("ssm").delete_parameter(Name="/conclave/test/connection")
    connection.reset()
    wiring.reset()
    assert Client(app.app).get("/api/v1/healthcheck").json["databaseHealthy"] is False
    assert Client(app.app).get("/healthcheck.aspx").json["healthy"] is False


def test_a_node_that_cannot_reach_the_tables_is_seen_as_gone_by_the_others(place: Place) -> None:
    with refused("BatchGetItem", "AccessDeniedException"), pytest.raises(ConclaveError):
        place.agent_of("node-b").run()
    place.time.pass_by(timedelta(minutes=4))
    place.agent_of("node-a").run()
    place.monitor()
    assert "Not seen since" in place.text("node-b")
    assert any(one.startswith("UNSEEN: Not seen since") for one in place.events("node-b"))
    assert "Not seen since" in place.logged()


def test_a_missing_queue_is_named_until_it_is_there(place: Place) -> None:
    sqs, url = clients.client("sqs"), connection.connection().queue_url("web")
    sqs.delete_queue(QueueUrl=url)
    for _ in (*WORKERS, *own_names("node-b")):  # one queue in turn each minute
        place.time.pass_by(timedelta(minutes=1))
        place.agent_of("node-b").run()
    place.seen_everywhere("node-b", "web")
    assert "Queues are missing: web" in place.text("node-b")
    assert any(one.startswith("QUEUE MISSING") for one in place.events("node-b"))
    sqs.create_queue(QueueName="conclave-test-web")
    place.agent_of("node-b").run()
    assert place.text("node-b") == ""
    assert "QUEUE BACK: The queue web is there." in place.events("node-b")


def test_a_missing_queue_of_the_nodes_own_bus_is_named_and_made_again(place: Place) -> None:
    sqs, url = clients.client("sqs"), connection.connection().queue_url("node-b-web")
    sqs.delete_queue(QueueUrl=url)
    place.time.now = place.time.now.replace(minute=turn_of("node-b", "node-b-web"))
    place.agent_of("node-b").run()
    place.seen_everywhere("node-b", "Queues are missing: node-b-web")
    assert any(one.startswith("QUEUE MISSING") for one in place.events("node-b"))
    place.time.pass_by(timedelta(seconds=30))
    place.agent_of("node-b").run()
    assert place.text("node-b") == ""
    assert "QUEUE BACK: The queue node-b-web is there." in place.events("node-b")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert "node-b-web-dead" in attributes["Attributes"]["RedrivePolicy"]


def test_a_mapping_without_batch_item_responses_is_healed_and_named(place: Place) -> None:
    (found,) = Mappings().of("conclave-node-b-web")
    clients.client("lambda").update_event_source_mapping(UUID=found.id, FunctionResponseTypes=[])
    place.agent_of("node-b").run()
    (healed,) = Mappings().of("conclave-node-b-web")
    assert healed.partial and healed.enabled
    place.seen_everywhere("node-b", "conclave-node-b-web lacked batch item responses")
    place.agent_of("node-b").run()
    assert place.text("node-b") == ""


def test_an_undeployed_node_is_removed_and_one_that_is_seen_is_not(place: Place) -> None:
    who = _Who()
    node = next(one.node for one in wiring.nodes().all(place.time.now) if one.node.name == "node-b")
    with pytest.raises(ConclaveError, match="undeploy it first"):
        wiring.nodes().remove(who, node.id, place.time.now)
    place.time.pass_by(timedelta(minutes=4))
    wiring.nodes().remove(who, node.id, place.time.now)
    assert list(Gates().fetch().nodes) == ["node-a"] == [one.name for one in Nodes().all()]
    assert any(one.startswith("DELETE") for one in place.events("node-b"))


@dataclass(frozen=True)
class _Who:
    user_id: int = 1
    address: str = ""
