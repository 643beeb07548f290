"""The drill: two regions, the writing region moved there and back, by force, and at every crash.

Replication is simulated between two regions of moto: see tests/mirror.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

import app
from chalicelib import wiring
from chalicelib.access.store.rows import SessionRow
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.cluster import tasks
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import FIRST, may_run
from chalicelib.cluster.store import Gates
from chalicelib.core.tick import Tick
from infra.aws import client
from infra.checks import read_connection
from infra.region import RefusedError
from infra.region_rows import COUNTED, Rows
from tests.calls import Killed, killing_after
from tests.canary import canary
from tests.client import Answer, Client
from tests.counts import full_or
from tests.house import opened
from tests.mirror import HOME, THERE, TwoRegions, agent, build, items, standing

pytestmark = pytest.mark.xdist_group("mirror")

NODES = {HOME: "node-a", THERE: "node-west"}


@dataclass
class World(TwoRegions):
    """A cluster in both regions, with a node in each and an administrator who knows both."""

    password: str = field(repr=False)

    def add(self, region: str, name: str) -> Answer:
        """An administrator makes a folder through that region's node."""
        with standing(region, NODES[region]):
            signed_in = Client(app.app, check=False).login("eve", self.password)
            body = {"folderName": name, "folderTypeId": 1, "parentFolderId": -1}
            return signed_in.post("/api/v1/folders", body)

    def get(self, region: str, path: str) -> Any:
        with standing(region, NODES[region]):
            return Client(app.app).login("eve", self.password).get(path).json

    def names(self, region: str) -> set[str]:
        found = self.get(region, "/api/v1/folders")["records"]
        return {one["folderName"] for one in found}

    def workers(self) -> set[str]:
        """The nodes that may do some role's work, each asked where it is."""
        return {node for region, node in NODES.items() if self._works(region, node)}

    def _works(self, region: str, node: str) -> bool:
        with standing(region, node):
            return any(may_run(Gates().fetch(), node, role) for role in (*Role, None))

    def monitor(self, region: str) -> int:
        """SqlReplicationConflictMonitor on that region's node; how many it found."""
        now = datetime.now(UTC)
        with standing(region, NODES[region]):
            tick = Tick("job", now, now, now + timedelta(minutes=1), NODES[region])
            return tasks.find_conflicts(tick).found


@pytest.fixture(scope="module")
def founded() -> Iterator[World]:
    with mock_aws():
        mirror, password = build(), canary()
        with standing(HOME, "node-a"):
            admin = opened().admin
            body = {"userName": "eve", "displayName": "Eve", "password": password}
            user = admin.post("/api/v1/users", body).json["id"]
            assert admin.post(f"/api/v1/users/{user}/roles", {"roleIds": [1]}).status == 200
            gate = Gates().fetch()
            nodes = {**gate.nodes, "node-west": FIRST}
            after = replace(gate, nodes=nodes, regions={"node-west": THERE})
            wiring.committer()([Gates().rewrite(gate, after)])
            mirror.replicate()
            yield World(password, mirror=mirror)


@pytest.fixture
def world(founded: World) -> World:
    """The same world for every test, with the writing region at home again."""
    founded.unreachable, founded.is_cut = "", False
    founded.mirror.replicate()
    founded.mover().move(HOME)
    founded.mirror.replicate()
    return founded


def refused(answer: Answer) -> bool:
    return (answer.status, answer.json.get("errorCode")) == (503, "API_NotWritingRegion")


def test_the_writing_region_is_moved_there_and_back_and_nothing_is_lost(world: World) -> None:
    assert world.add(HOME, "one").status == 200
    assert refused(world.add(THERE, "never"))
    assert world.workers() == {"node-a"}
    assert "would move" in world.mover().move(THERE, only_say=True)
    assert world.workers() == {"node-a"}, "a dry run changes nothing"
    began = world.now
    said = world.mover().move(THERE)
    assert said.startswith(f"the writing region is {THERE}")
    assert world.now - began >= timedelta(seconds=60), "writes that had begun could end"
    assert world.workers() == {"node-west"}
    assert refused(world.add(HOME, "never"))
    assert world.add(THERE, "two").status == 200
    assert world.mover().move(THERE).startswith(f"the writing region is {THERE}"), "repeatable"
    world.mirror.replicate()
    assert world.mover().move(HOME).startswith(f"the writing region is {HOME}")
    assert world.add(HOME, "three").status == 200
    assert world.names(HOME) >= {"one", "two", "three"}
    assert "never" not in world.names(HOME)
    trail = [row.detail for row in AuditRow.scan() if row.action == "WRITING REGION"]
    assert len(trail) == 2, "each move is on the trail"
    world.mirror.replicate()
    assert world.monitor(HOME) == 0, "an orderly move leaves no conflict"


def test_a_move_that_was_interrupted_anywhere_goes_on(world: World) -> None:
    """Killed after each of its calls in turn: nobody writes twice, and it ends where it should."""
    there = {HOME: THERE, THERE: HOME}
    writing = HOME
    for number in full_or(range(2, 48), (7, 19)):
        target = there[writing]
        with pytest.raises(Killed), killing_after(number):
            world.mover().move(target)
        assert len(world.workers()) <= 1
        world.mirror.replicate()
        assert len(world.workers()) <= 1
        assert world.mover().move(target).startswith(f"the writing region is {target}")
        assert world.workers() == {NODES[target]}
        world.mirror.replicate()
        writing = target


def test_a_move_is_called_off_before_the_hand_over(world: World) -> None:
    with pytest.raises(Killed), killing_after(6):
        world.mover().move(THERE)
    assert world.workers() == set()
    assert refused(world.add(HOME, "meanwhile"))
    assert "called off" in world.mover().move(HOME)
    assert world.workers() == {"node-a"}
    assert world.add(HOME, "again").status == 200


def test_replication_that_is_behind_keeps_the_old_region_until_called_again(world: World) -> None:
    world.is_cut = True
    with pytest.raises(TimeoutError, match="to have all changes"):
        replace(world.mover(), patience=timedelta(seconds=2)).move(THERE)
    assert world.workers() == set(), "nobody writes, and nobody has to guess"
    world.is_cut = False
    assert world.mover().move(THERE).startswith(f"the writing region is {THERE}")


def test_a_region_without_holders_is_refused_and_so_is_force_without_need(world: World) -> None:
    with pytest.raises(RefusedError, match="move without FORCE"):
        world.mover().move(THERE, force=True)
    gate = Gates().fetch()
    nodes = {**gate.nodes, "node-west": replace(FIRST, engine=False)}
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes=nodes))])
    world.mirror.replicate()
    with pytest.raises(RefusedError, match="would hold engine: deploy one there"):
        world.mover().move(THERE)
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes={**nodes, "node-west": FIRST}))])
    alone = replace(world.mover(), connection={**world.mover().connection, "home": ""})
    with pytest.raises(RefusedError, match="has no mirror"):
        alone.move(THERE)


def test_rows_say_who_wrote_them_and_sessions_are_their_regions_own(world: World) -> None:
    made = world.add(HOME, "signed").json["id"]
    rows = items(HOME)
    written = {pk: item for (_, pk, _), item in rows.items()}
    folder = rows["conclave-test-data", "folders", f"folder#{made:010d}"]
    assert folder["writer"]["S"] == HOME
    sessions = [item for pk, item in written.items() if pk.startswith("session#")]
    assert HOME in {one["region"]["S"] for one in sessions} <= {HOME, THERE}
    assert not any("writer" in one for one in sessions)
    assert SessionRow.REGIONAL
    counted = {pk.partition("#")[2] for pk in written if pk.startswith("counter#")}
    assert counted <= set(COUNTED)
    listed = [item for pk, item in written.items() if pk.startswith("written#")]
    assert listed
    placed = [one for one in listed if "i3pk" in one]  # until somebody looked at it
    assert all(one["i3pk"]["S"].startswith(f"written#{one['region']['S']}#") for one in placed)
    assert HOME in {one["region"]["S"] for one in placed}


def test_regions_are_shown_with_their_lag(world: World) -> None:
    shown = world.get(THERE, "/api/v1/diagnostics/regions")
    assert shown["mirrored"] is True
    assert (shown["thisRegion"], shown["writingRegion"]) == (THERE, HOME)
    assert f"the writing region is {HOME}" in shown["readOnlyReason"]
    at_home = world.get(HOME, "/api/v1/diagnostics/regions")
    assert at_home["readOnlyReason"] == ""


def test_the_rows_of_a_move_are_read_as_they_are(world: World) -> None:
    state = Rows(client, HOME, read_connection("test")).state()
    assert (state.writing, state.moving, state.since) == (HOME, "", None)
    assert state.regions["node-west"] == THERE


def test_a_lost_region_is_replaced_by_force_and_its_late_writes_are_named(world: World) -> None:
    assert world.add(HOME, "came over").status == 200
    world.mirror.replicate()
    lost = world.add(HOME, "lost")  # never came over before the region was gone
    world.unreachable = HOME
    with pytest.raises(RefusedError, match="FORCE=1 takes over"):
        world.mover().move(THERE)
    said = world.mover().move(THERE, force=True)
    assert "may then overwrite newer ones" in said
    assert world.workers() >= {"node-west"}
    new = world.add(THERE, "new")
    assert new.status == 200
    assert new.json["id"] > lost.json["id"], "ids that were given out are not given again"
    assert world.monitor(THERE) == 0, "what had come before is no conflict"

    world.unreachable = ""
    world.mirror.replicate_from(HOME)  # the region is back, and its writes are taken for newer
    assert world.workers() == {"node-a"}, "its gate came over with them"
    with standing(THERE, "node-west"):
        agent("node-west")  # the agent knows what was decided
    world.mirror.replicate()
    assert world.workers() == {"node-west"}
    assert refused(world.add(HOME, "never"))
    found = world.monitor(THERE)
    assert found > 0
    assert world.monitor(THERE) == 0, "each is reported once"
    told = world.get(THERE, "/api/v1/diagnostics/replication-conflicts")
    assert len(told) == found
    folder = next(one for one in told if one["itemKind"] == "folder")
    assert (folder["region"], folder["standing"]) == (HOME, "stands")
    assert f"written in {HOME}" in folder["message"]
    with standing(THERE, "node-west"):
        trail = [row for row in AuditRow.scan() if row.action == "REPLICATION CONFLICT"]
    assert len(trail) == found
