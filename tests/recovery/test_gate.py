"""A replica is looked at, and changes nothing: neither the vault nor any target."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import chalicelib
from chalicelib import wiring, worker
from chalicelib.catalogue import OPERATIONS, TASKS
from chalicelib.cluster import gate as gates
from chalicelib.cluster.functions import WORKERS, Role
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.guard import decide
from chalicelib.cluster.service.health import replica_text
from chalicelib.core.clock import stamp
from chalicelib.core.messages import message
from chalicelib.recovery.replica import OWN
from chalicelib.recovery.store import ReplicationTable
from chalicelib.web.areas import all_endpoints
from infra.aws import client
from tests.house import House, open_house

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
ACTS = Gate("c", {"node-a": FIRST})
REPLICA = replace(ACTS, replica="main")
WRITES = [one for one in all_endpoints() if one.writes != "none" and not one.anonymous]
OWN_WRITES = {
    "DELETE /api/v1/licenses/{licenseId}",
    "DELETE /api/v1/nodes/{nodeId}",
    "PATCH /api/v1/disaster-recovery/incoming-configuration",
    "PATCH /api/v1/nodes-state",
    "POST /api/v1/activations",
    "POST /api/v1/disaster-recovery/data-replication/run-now",
    "POST /api/v1/nodes/{nodeId}/configuration",
    "POST /api/v1/licenses",
    "POST /api/v1/diagnostics/clear-upgrade-in-progress",
    "POST /api/v1/upgrade/abort",
    "POST /api/v1/upgrade/advance",
    "POST /api/v1/upgrade/begin",
    "POST /api/v1/nodes/enable-clustering",
    "POST /api/v1/oauth-expiration",
    "POST /api/v1/users/sessions/terminate",
    "PUT /api/v1/nodes/{nodeId}/configuration",
}
"""What a replica takes: tokens, boxes, licences, its own replication."""


KINDS_TAKEN_OVER = {
    "access-request",
    "access-request-last",
    "administrators",
    "api-token",
    "counter",
    "double-lock",
    "double-lock-pair",
    "engine",
    "engine-key",
    "erase-request",
    "factor",
    "favourite",
    "favourites",
    "field-change",
    "folder",
    "former-passwords",
    "group",
    "inbox-message",
    "ip-restriction",
    "item",
    "list",
    "list-name",
    "list-options",
    "login",
    "mail-settings",
    "member",
    "metadata",
    "metadata-field",
    "metadata-past",
    "metadata-section",
    "name",
    "openid-link",
    "openid-provider",
    "password-change",
    "character-set",
    "password-requirement",
    "principal",
    "requirement-check",
    "role",
    "sdk-client",
    "sdk-rule",
    "script",
    "search-index",
    "secret-policy",
    "secret-policy-change",
    "secret-policy-own",
    "workflow-template",
    "seats",
    "secret",
    "secret-file",
    "secret-find",
    "secret-grant",
    "secret-history",
    "secret-indexed",
    "secret-state",
    "secret-template",
    "security-keys",
    "settings",
    "site",
    "user",
}


def test_of_every_kind_of_row_it_is_said_whose_it_is_on_a_replica() -> None:
    """A new kind: is it about the vault, or about one cluster's own work and nodes?"""
    found = {
        kind
        for path in Path(chalicelib.__path__[0]).rglob("*.py")
        for kind in re.findall(r'^class .*discriminator="([a-z-]+)"', path.read_text("utf-8"), re.M)
    }
    undecided = found - KINDS_TAKEN_OVER - OWN
    assert not undecided, f"add to recovery.replica.OWN, or to the kinds here: {undecided}"
    assert found >= KINDS_TAKEN_OVER
    assert not KINDS_TAKEN_OVER & OWN


@pytest.mark.parametrize("worker", WORKERS, ids=lambda one: one.name)
def test_only_the_background_worker_and_the_web_queue_work_on_a_replica(worker: object) -> None:
    name = worker.name  # type: ignore[attr-defined]
    allowed = decide(REPLICA, "node-a", worker).allowed  # type: ignore[arg-type]
    assert allowed is (name in ("background", "background_now", "web"))
    assert decide(ACTS, "node-a", worker).allowed  # type: ignore[arg-type]


def test_no_engine_or_recording_worker_is_fed_and_no_change_is_offered() -> None:
    may = [gates.may_run(REPLICA, "node-a", role) for role in (Role.ENGINE, Role.RECORDING)]
    assert may == [False, False]
    assert gates.may_run(REPLICA, "node-a", Role.BACKGROUND)
    assert gates.may_offer_changes(ACTS, "node-a")
    assert not gates.may_offer_changes(REPLICA, "node-a")


def test_no_job_that_acts_on_targets_or_on_the_vault_is_for_replicas() -> None:
    assert {one.name for one in OPERATIONS if one.on_replica} == {
        "BackgroundWorkerTaskTriggerJob",
        "BackupMonitor",
        "EventQueueMonitor",
        "NodeClusteringMonitor",
        "NodeTaskTriggerJob",
    }


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_no_message_but_a_tick_is_for_replicas(kind: str) -> None:
    sent = message("1" * 32, kind, NOW, timedelta(hours=1), {})
    assert not worker._is_for_replicas(sent)


def test_health_says_whose_replica_it_is_and_how_far_behind() -> None:
    at = stamp(NOW - timedelta(minutes=7))
    assert replica_text(ACTS, NOW) == ""
    assert "no backup was taken over" in replica_text(REPLICA, NOW)
    assert "replica of main, 7 minutes behind" in replica_text(replace(REPLICA, replica_at=at), NOW)


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def become_replica() -> None:
    one = ReplicationTable().read()
    as_of = wiring.clock()() - timedelta(minutes=9)
    wiring.committer()(
        [ReplicationTable().put(replace(one, source="main", bucket="b", applied="x", as_of=as_of))]
    )
    client("dynamodb").update_item(
        TableName="conclave-test-data",
        Key={"pk": {"S": "gate"}, "sk": {"S": "gate"}},
        UpdateExpression="SET replica = :main, replica_at = :at",
        ExpressionAttributeValues={":main": {"S": "main"}, ":at": {"S": stamp(as_of)}},
    )


def test_every_write_is_refused_but_what_is_about_the_replica_itself(house: House) -> None:
    become_replica()
    taken = set()
    for one in WRITES:
        if one.name == "POST /api/v1/oauth-expiration":  # it ends the session
            taken.add(one.name)
            continue
        path = re.sub(r"\{\w+\}", "7", one.path)
        answer = house.admin.request(one.method, path, json={})
        if b"API_Replica" not in answer.body:
            taken.add(one.name)
        else:
            assert answer.status == 503, one.name
    assert taken == OWN_WRITES


def test_people_look_see_the_lag_and_set_the_interval(house: House) -> None:
    become_replica()
    admin = house.admin
    assert admin.get("/api/v1/users/current").status == 200
    diagnostics = admin.get("/api/v1/diagnostics").json
    assert (diagnostics["replicaOf"], diagnostics["replicationLagMinutes"]) == ("main", 9)
    assert diagnostics["readOnlyMode"] == "True"
    health = admin.get("/api/v1/healthcheck?noBus=true").json
    assert any("replica of main, 9 minutes" in text for text in health["problems"])

    incoming = "/api/v1/disaster-recovery/incoming-configuration"
    shown = admin.get(incoming).json
    assert (shown["isReplica"], shown["lagMinutes"], shown["sourceName"]) == (True, 9, "main")
    for minutes, status in ((0, 400), (-1, 400), (10**12, 400), (1, 200)):
        body = {"data": {"replicationIntervalMinutes": {"dirty": True, "value": minutes}}}
        assert admin.patch(incoming, body).status == status, minutes
    assert admin.get(incoming).json["replicationIntervalMinutes"] == 1
    forced = {"data": {"dataSourceUrl": {"dirty": True, "value": "https://elsewhere"}}}
    assert "make standby" in admin.patch(incoming, forced).message
    asked = admin.post("/api/v1/disaster-recovery/data-replication/run-now")
    assert asked.json["success"] is True


def test_a_cluster_that_is_no_replica_says_so(house: House) -> None:
    admin = house.admin
    shown = admin.get("/api/v1/disaster-recovery/incoming-configuration").json
    assert shown["isReplica"] is False
    assert admin.get("/api/v1/disaster-recovery/outgoing-configuration").json["dataSourceUrl"]
    asked = admin.post("/api/v1/disaster-recovery/data-replication/run-now")
    assert (asked.status, "no replica" in asked.message) == (400, True)
    body = {"data": {"replicationIntervalMinutes": {"dirty": True, "value": 5}}}
    answer = admin.patch("/api/v1/disaster-recovery/incoming-configuration", body)
    assert "make standby" in answer.message
    assert admin.get("/api/v1/diagnostics").json["replicaOf"] == ""
