"""A cluster in two regions on moto; replication is simulated (see tests/mirror.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

import app
from chalicelib import wiring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.cluster.gate import FIRST, STANDBY, Wanted
from chalicelib.cluster.store import Gates, Nodes
from chalicelib.core.errors import Unavailable
from chalicelib.core.tick import Tick
from tests.canary import canary
from tests.client import Client
from tests.founding import found
from tests.house import House, opened
from tests.mirror import HOME, THERE, Mirror, agent, build, items, standing

pytestmark = pytest.mark.xdist_group("mirror")


@dataclass
class Both:
    """Both regions, a house at home with one secret, and its people."""

    mirror: Mirror
    house: House
    password: str


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with mock_aws():
        mirror = build()
        with standing(HOME, "node-a"):
            house, password = opened(), canary()
            body = {"userName": "eve", "displayName": "Eve", "password": password}
            house.admin.post("/api/v1/users", body)
            tick("node-west", replace(FIRST))
            mirror.replicate()
            yield Both(mirror, house, password)


@pytest.fixture
def new() -> Iterator[Mirror]:
    """Both regions, and a cluster that was just founded at home."""
    with mock_aws():
        mirror = build()
        with standing(HOME, "node-a"):
            found()
            yield mirror


def monitor() -> None:
    from chalicelib.cluster import tasks

    now = datetime.now(UTC)
    tasks.watch_nodes(Tick("NodeClusteringMonitor", now, now, now + timedelta(minutes=1), "node-a"))


def stranger() -> Client:
    return Client(app.app, check=False)


def tick(node: str, wanted: Wanted) -> None:
    gate = Gates().fetch()
    after = replace(gate, nodes={**gate.nodes, node: wanted})
    wiring.committer()([Gates().rewrite(gate, after)])


def test_a_node_of_another_region_joins_by_its_own_word_and_writes_nothing_shared(
    new: Mirror,
) -> None:
    with standing(THERE, "node-west"), pytest.raises(Unavailable, match=f"from {HOME} yet"):
        agent("node-west")  # the rows have not come: it founds no cluster of its own
    new.replicate()
    before = items(THERE)
    with standing(THERE, "node-west"):
        agent("node-west")
    after = items(THERE)
    written = {key for key in after if before.get(key) != after[key]}
    assert {pk for _, pk, sk in written} == {"nodes"}
    assert {sk for _, pk, sk in written} == {"@node-west"}
    new.replicate()
    monitor()
    gate = Gates().fetch()
    assert gate.nodes == {"node-a": FIRST, "node-west": STANDBY}
    assert gate.regions == {"node-west": THERE}
    west = next(one for one in Nodes().all() if one.name == "node-west")
    assert west.id > 0
    assert west.stamp.fingerprint == gate.fingerprint
    joined = [row.detail for row in AuditRow.scan() if row.item == "node-west"]
    assert joined == [f"joined as a standby from region {THERE}"]
    monitor()  # may be repeated
    before = items(HOME)
    agent("node-a")  # in the writing region agents write what their policy lets them, and no lists
    after = items(HOME)
    agents_own = {pk for (_, pk, sk), item in after.items() if before.get((_, pk, sk)) != item}
    assert {pk.partition("#")[0] for pk in agents_own} <= {"gate", "nodes", "counter", "audit"}
    assert [one.name for one in Nodes().all()] == ["node-a", "node-west"], "and no second row"


def test_elsewhere_people_read_and_log_in_and_change_nothing(both: Both) -> None:
    made = both.house.admin.post("/api/v1/folders", _folder("before"))
    assert made.status == 200
    both.mirror.replicate()
    with standing(THERE, "node-west"):
        eve = stranger().login("eve", both.password)
        before = items(THERE)
        assert eve.get("/api/v1/users/current").status == 200
        assert both.house.admin.get(f"/api/v1/folders/{made.json['id']}").status == 200
        refusals = [
            both.house.admin.post("/api/v1/folders", _folder("after"), check=False),
            both.house.admin.post("/api/v1/users", {"userName": "x"}, check=False),
            stranger().post("/api/v1/setup", {"code": "x", "userName": "x", "password": "x"}),
        ]
        for refused in refusals:
            assert (refused.status, refused.json["errorCode"]) == (503, "API_NotWritingRegion")
            assert f"the writing region is {HOME}" in refused.json["message"]
        assert items(THERE) == before
        health = stranger().get("/api/v1/healthcheck").json
        assert health["readOnlyMode"] is True
        assert f"the writing region is {HOME}" in " ".join(health["problems"])


def test_a_session_is_changed_in_its_own_region_only(both: Both) -> None:
    form = {"grant_type": "password", "username": "eve", "password": both.password}
    at_home = stranger().post("/oauth2/token", form=form).json
    both.mirror.replicate()
    with standing(THERE, "node-west"):
        guest = stranger().signed_in(at_home["access_token"])
        assert guest.get("/api/v1/users/current").status == 200, "known in both"
        renewal = {"grant_type": "refresh_token", "refresh_token": at_home["refresh_token"]}
        assert stranger().post("/oauth2/token", form=renewal).status == 400
        out = guest.post("/api/v1/oauth-expiration")
        assert (out.status, out.json["errorCode"]) == (503, "API_NotWritingRegion")
        own = stranger().post("/oauth2/token", form=form).json
        renewal = {"grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
        renewed = stranger().post("/oauth2/token", form=renewal)
        assert renewed.status == 200
        mine = stranger().signed_in(renewed.json["access_token"])
        assert mine.post("/api/v1/oauth-expiration").status == 200
        assert mine.get("/api/v1/users/current").status == 401
    renewal = {"grant_type": "refresh_token", "refresh_token": at_home["refresh_token"]}
    assert stranger().post("/oauth2/token", form=renewal).status == 200, "its own goes on"


def test_guessing_elsewhere_is_counted_there_and_ends(both: Both) -> None:
    both.mirror.replicate()
    with standing(THERE, "node-west"):
        before = {key: item for key, item in items(THERE).items() if "login" in key[1]}
        wrong = {"grant_type": "password", "username": "eve", "password": canary()}
        right = {**wrong, "password": both.password}
        for _ in range(5):
            assert stranger().post("/oauth2/token", form=wrong).status == 400
        assert stranger().post("/oauth2/token", form=right).status == 400, "too many failures"
        after = {key: item for key, item in items(THERE).items() if "login" in key[1]}
        assert before == after, "the account's row is the writing region's"
    assert stranger().post("/oauth2/token", form=right).status == 200, "and no lock at home"


def _folder(name: str) -> dict[str, object]:
    return {"folderName": name, "folderTypeId": 1, "parentFolderId": -1}
