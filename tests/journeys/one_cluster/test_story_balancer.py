"""Journey: two nodes behind a load balancer without sticky sessions (guide, Load Balancing)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import Client
from tests.journeys.balancer import OWN_ADDRESS, balancer
from tests.journeys.cluster import Cluster, OverHttp, within

pytestmark = pytest.mark.xdist_group("stories of one cluster")

PAUSE = 5.0
HEADER, PROXIES = 1, 2
FORGED = "192.0.2.66"
SOON = 20
"""Seconds until every node goes by a changed setting; it keeps its copy for ten."""


@pytest.fixture
def url(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """The cluster behind nginx, whose address is a trusted proxy; trusted no more afterwards."""
    set_to(cluster, PROXIES, f"{OWN_ADDRESS}/32")
    with balancer(tmp_path, [cluster.base_url("node-a"), cluster.base_url("node-b")]) as found:
        yield found
    set_to(cluster, PROXIES, "")
    set_to(cluster, HEADER, "X-Forwarded-For")


def set_to(cluster: Cluster, setting: int, value: str) -> None:
    body = {"advancedSettingId": setting, "value": value}
    answer = cluster.admin().put("/api/v1/advanced-config-settings", body)
    assert answer.status == 200, answer.message


def logged_in(cluster: Cluster, url: str, **headers: str) -> Client:
    facts = cluster.run.facts
    return Client(OverHttp(url), headers=headers).login(facts["username"], facts["password"])


def audited(cluster: Cluster) -> str:
    """The address from which the last login came, as the trail has it."""
    me = cluster.admin().get("/api/v1/users/current").json["id"]
    lines = cluster.admin().get(f"/api/v1/users/{me}/audit").json["records"]
    return next(str(one["ipAddress"]) for one in lines if one["action"] == "LOGIN")


def test_a_session_goes_on_through_the_other_node(cluster: Cluster, url: str) -> None:
    client = logged_in(cluster, url)
    answers = [client.get("/api/v1/users/current") for _ in range(6)]
    assert {one.status for one in answers} == {200}
    assert len({one.headers["x-answered-by"] for one in answers}) == 2

    # What one node stored, the other one reads at once.
    body = {"folderName": "Balanced", "parentFolderId": -1, "folderTypeId": 1}
    made = client.post("/api/v1/folders", body)
    path = f"/api/v1/folders/{made.json['id']}"
    read = [client.get(path) for _ in range(2)]
    assert [one.json["folderName"] for one in read] == ["Balanced"] * 2
    assert len({one.headers["x-answered-by"] for one in read}) == 2

    # Logging out through one ends the session on both.
    assert client.post("/api/v1/oauth-expiration").status == 200
    assert {client.get(path).status for _ in range(2)} == {401}


def test_the_clients_address_is_audited_and_cannot_be_forged(cluster: Cluster, url: str) -> None:
    def through_both_nodes(wanted: str, **headers: str) -> bool:
        found = set()
        for _ in range(2):
            logged_in(cluster, url, **headers)
            found.add(audited(cluster))
        return found == {wanted}

    # The balancer's word counts: its client is audited, not the balancer.
    within(SOON, lambda: through_both_nodes("127.0.0.1"), "the client behind the balancer", PAUSE)

    # What the client wrote into the header stands left of what the balancer added, and is nothing.
    assert through_both_nodes("127.0.0.1", **{"X-Forwarded-For": FORGED})

    # A client that goes past the balancer is nobody's proxy.
    logged_in(cluster, cluster.base_url("node-a"), **{"X-Forwarded-For": FORGED})
    assert audited(cluster) == "127.0.0.1"

    # Another header, its name in any case; this one the balancer overwrites.
    set_to(cluster, HEADER, "x-REAL-ip")
    within(
        SOON, lambda: through_both_nodes("127.0.0.1", **{"X-Real-IP": FORGED}), "X-Real-IP", PAUSE
    )

    # No header at all: the peer, which is the balancer.
    set_to(cluster, HEADER, "")
    within(SOON, lambda: through_both_nodes(OWN_ADDRESS), "the peer", PAUSE)
