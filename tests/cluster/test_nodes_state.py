"""Clustering as a state, the trail of nodes, and who reaches whom: over HTTP, on moto."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.cluster.store import Gates
from tests.calls import recording
from tests.client import Answer, Client

from .conftest import Time
from .test_routes import client, configure, ids

__all__ = ["client"]

STATE = "/api/v1/nodes-state"


def switch(client: Client, on: bool) -> Answer:
    return client.patch(STATE, {"data": {"enableClustering": {"dirty": True, "value": on}}})


def test_clustering_is_shown_and_not_ended_while_more_than_one_node_serves(client: Client) -> None:
    shown = client.get(STATE).json
    assert shown["isClusteringEnabled"] is True
    assert shown["isSqlServerReplicationEnabled"] is False
    configure(client, "node-b", {"inCluster": True})
    refused = switch(client, False)
    assert refused.status == 409
    assert "node-a, node-b serve" in refused.message
    configure(client, "node-b", {"inCluster": False})
    for _ in range(2):  # repeated, it changes nothing
        ended = switch(client, False).json
        assert (ended["isClusteringEnabled"], ended["requiresRestart"]) == (False, False)
    assert configure(client, "node-b", {"inCluster": True}).status == 409
    assert switch(client, True).json["isClusteringEnabled"] is True
    assert Gates().fetch().clustering is True
    assert client.patch(STATE, {"data": {}}).json["isClusteringEnabled"] is True


def test_what_was_done_with_nodes_is_told_newest_first(client: Client, time: Time) -> None:
    for node, level in (("node-b", "Debug"), ("node-a", "Info")):
        configure(client, node, {"logLevel": level})
        time.pass_by(timedelta(seconds=1))
    newest: list[Any] = client.get("/api/v1/nodes/audit").json
    told = [(one["nodeId"], one["itemId"], one["action"], one["notes"]) for one in newest[:2]]
    known = ids(client)
    assert told == [
        (known["node-a"], "node-a", "UPDATE", "Log Level: Info"),
        (known["node-b"], "node-b", "UPDATE", "Log Level: Debug"),
    ]
    with recording() as calls:
        [second] = client.get("/api/v1/nodes/audit?skip=1&take=1").json
    assert second == newest[1]
    assert calls.count() == 7  # the gate of the door, gate and nodes, two keys, a line, who


def test_the_connectivity_report_says_what_answers_and_who_was_seen(client: Client) -> None:
    viewer = client.signed_in("View Configuration")
    with recording() as calls:
        told = viewer.get("/api/v1/diagnostics/connectivity-report").json.splitlines()
    assert calls.count() <= 5  # with the gate of the door
    assert told[0].startswith("From node-a at ")
    assert {"Data table: answers", "Backbone bus: answers"} <= set(told)
    assert [one.split(":")[0] for one in told[-2:]] == ["Node node-a", "Node node-b"]
