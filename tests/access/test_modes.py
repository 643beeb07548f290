"""What of access works on a standby, and in maintenance mode."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.cluster.gate import FIRST, STANDBY, Wanted
from chalicelib.cluster.store import Gates
from tests.access.conftest import Cluster
from tests.calls import Calls


def tick(boxes: Wanted) -> None:
    before = Gates().fetch()
    after = replace(before, nodes={"node-a": boxes})
    wiring.committer()([Gates().rewrite(before, after)])


def test_a_standby_lets_people_in_but_not_about(cluster: Cluster) -> None:
    tick(STANDBY)
    client = cluster.admin()
    assert client.get("/api/v1/users/current").status == 200
    assert client.get("/api/v1/users").json["errorCode"] == "API_NodeNotInCluster"
    assert client.post("/api/v1/oauth-expiration").json is True


def test_maintenance_locks_people_out_but_changes_no_roles(cluster: Cluster) -> None:
    id, password = cluster.make_user("bob")
    tick(replace(FIRST, maintenance=True))
    client = cluster.admin()
    refused = client.post(f"/api/v1/users/{id}/roles", {"roleIds": [3]})
    assert (refused.status, refused.json["errorCode"]) == (503, "API_MaintenanceMode")
    assert client.post(f"/api/v1/users/{id}/lock-out", {}).status == 200
    assert cluster.token("bob", password).status == 400


def test_a_log_in_costs_four_calls(cluster: Cluster, calls: Calls) -> None:
    cluster.sign_in()
    calls.clear()
    cluster.sign_in()
    assert [one.operation for one in calls.seen] == [
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
        "TransactWriteItems",
    ]
