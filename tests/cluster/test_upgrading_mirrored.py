"""The guide's mirrored upgrade, step by step; replication is simulated (see tests/mirror.py)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from chalicelib import wiring
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import BAR_TEXT, FIRST, Bar, Wanted, bar_of, may_run, may_write
from chalicelib.cluster.licensing import lapse_text
from chalicelib.cluster.node import code_of, complaint
from chalicelib.cluster.store import Nodes
from chalicelib.cluster.upgrade import Status, Step
from infra.region import RefusedError
from tests import moto_cluster
from tests.conftest import forget
from tests.mirror import HOME, NO_HANDS, THERE, standing

from .mirrored_world import NEW, OLD, Mirrored, make
from .upgrade_world import ADA

pytestmark = pytest.mark.xdist_group("mirror")

VERSION_ERROR = "Conclave version does not match"


@pytest.fixture
def home() -> Iterator[None]:
    with mock_aws(), standing(HOME, "node-a"):
        yield


@pytest.fixture
def world(home: None) -> Mirrored:
    return make(["node-a", "node-b"], ["node-east", "node-west"])


@pytest.fixture
def small(home: None) -> Mirrored:
    """One node in each region."""
    return make(["node-a"], ["node-west"])


def begun(step: Step) -> Mirrored:
    """The small one, its upgrade come that far: walked there once. Needs moto, standing home."""
    made = moto_cluster.kept(f"upgrading: {step}", lambda: _begun(step))
    forget()
    return copy.deepcopy(made)


def _begun(step: Step) -> Mirrored:
    if step is Step.ROLL:
        world = begun(Step.MIGRATE)
    else:
        world = make(["node-a"], ["node-west"])
        world.begin("node-a", NEW)
    is_at(world, step)
    return world


def is_at(world: Mirrored, step: Step) -> None:
    world.until(lambda: world.upgrade.step is step)


def finish(world: Mirrored) -> None:
    world.until(lambda: world.upgrade.status is Status.FINISHED)


def test_the_mirrored_upgrade_is_walked_in_the_guides_order(world: Mirrored) -> None:
    before = dict(world.gate.nodes)
    all_point_to_their_primary_database(world)
    one_is_selected_and_the_others_are_stopped(world)
    it_is_upgraded_while_changes_and_replication_go_on(world)
    the_others_get_the_code_and_come_back(world, before)
    all_are_activated(world, before)
    the_changes_have_been_replicated(world)
    who_pointed_to_the_secondary_points_there_again(world)
    assert world.unserved == []


def all_point_to_their_primary_database(world: Mirrored) -> None:
    assert {world.gate_in(region).writing for region in (HOME, THERE)} == {HOME}


def one_is_selected_and_the_others_are_stopped(world: Mirrored) -> None:
    """Also those of the other region."""
    world.begin("node-a", NEW)
    is_at(world, Step.MIGRATE)
    world.minute()
    nodes = world.gate_in(THERE).nodes.items()
    assert {name for name, one in nodes if one.in_cluster} == {"node-a"}


def it_is_upgraded_while_changes_and_replication_go_on(world: Mirrored) -> None:
    world.wrote.clear()
    is_at(world, Step.ROLL)
    world.minute()
    assert world.wrote == {"node-a"}
    assert [world.codes[name] for name in world.of(THERE)] == [OLD, OLD]
    assert {one.name: code_of(one) for one in Nodes().all()} == world.codes, "each says its version"
    assert world.served(THERE) == world.served(HOME) >= set(world.secrets) - {world.main}


def the_others_get_the_code_and_come_back(world: Mirrored, before: dict[str, Wanted]) -> None:
    """Those of the other region where they are."""
    finish(world)
    assert set(world.codes.values()) == {NEW}
    world.minute()
    for region in (HOME, THERE):
        gate = world.gate_in(region)
        assert (gate.version, gate.schema, gate.upgrading) == (NEW.version, NEW.schema, 0)
        assert dict(gate.nodes) == before
        assert dict(gate.barred) == {}
        with standing(region, world.of(region)[0]):
            assert {complaint(one, gate, world.now) for one in Nodes().all()} == {NO_HANDS}
    assert not any(map(world.works, world.of(THERE)))


def all_are_activated(world: Mirrored, before: dict[str, Wanted]) -> None:
    assert [lapse_text(world.gate.licensing, name, world.now) for name in before] == [""] * 4


def the_changes_have_been_replicated(world: Mirrored) -> None:
    assert wiring.mirror().regions(world.now).shown[0].lag is not None
    both = world.opened(HOME), world.opened(THERE)
    assert both == (world.secrets, world.secrets)


def who_pointed_to_the_secondary_points_there_again(world: Mirrored) -> None:
    """There and back."""
    assert world.mover().move(THERE).startswith(f"the writing region is {THERE}")
    world.wrote.clear()
    with world.at("node-west"):
        world.minute()
    assert world.wrote == set(world.of(THERE))
    assert world.mover().move(HOME).startswith(f"the writing region is {HOME}")
    world.minute()
    assert not any(map(world.works, world.of(THERE)))
    assert all(map(world.works, world.of(HOME)))
    everything = world.secrets, world.secrets
    assert (world.opened(HOME), world.opened(THERE)) == everything
    assert world.served(HOME) == world.served(THERE) == set(world.secrets) - {world.main}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("step", [Step.MIGRATE, Step.ROLL])
def test_from_every_step_there_is_a_way_back_in_both_regions(step: Step) -> None:
    before = dict(make(["node-a"], ["node-west"]).gate.nodes)
    small = begun(step)
    small.service().abort(ADA, small.now)
    small.until(lambda: small.upgrade.status is Status.ABORTED)
    small.minute()
    for region in (HOME, THERE):
        gate = small.gate_in(region)
        assert (gate.version, gate.schema, gate.upgrading) == (OLD.version, OLD.schema, 0)
        assert (dict(gate.nodes), dict(gate.barred)) == (before, {})
        assert small.opened(region) == small.secrets
    assert set(small.codes.values()) == {OLD}
    assert small.unserved == []


def would_work(world: Mirrored, name: str) -> bool:
    """Whether the node would work were its region the writing one, and its boxes ticked."""
    gate = world.gate_in(world.places[name])
    there = replace(gate, writing=world.places[name], nodes={**gate.nodes, name: FIRST})
    code = world.codes[name]
    return may_write(there, name, "vault", code) or any(
        may_run(there, name, role, code) for role in (*Role, None)
    )


def complaints(world: Mirrored, name: str) -> set[str]:
    """What is said of the node, in each region."""
    said = set()
    for region in (HOME, THERE):
        with standing(region, world.of(region)[0]):
            node = next(one for one in Nodes().all() if one.name == name)
            told = complaint(node, world.gate_in(region), world.now)
            said.add(told.removesuffix(NO_HANDS).strip())
    return said


@pytest.mark.usefixtures("home")
def test_a_node_elsewhere_of_older_code_says_so_takes_no_work_and_recovers_by_itself() -> None:
    small = begun(Step.ROLL)
    small.minute()
    assert complaints(small, "node-west") == {BAR_TEXT[Bar.VERSION]}
    assert not would_work(small, "node-west")
    assert small.gate.barred["node-west"] is Bar.VERSION
    finish(small)
    small.minute()
    assert complaints(small, "node-west") == {""}
    assert would_work(small, "node-west")
    assert not small.works("node-west"), "its region does not write"


def test_a_node_elsewhere_of_newer_code_than_the_rows_that_came_says_so_until_they_come(
    small: Mirrored,
) -> None:
    small.deploy(NEW, "node-west")
    small.minute()
    small.replicate()
    assert complaints(small, "node-west") == {BAR_TEXT[Bar.SCHEMA]}
    assert VERSION_ERROR in BAR_TEXT[Bar.SCHEMA]
    assert not would_work(small, "node-west")
    small.begin("node-a", NEW)
    assert bar_of(small.gate, "node-west", NEW) is None, "at home the upgrade is known"
    assert not would_work(small, "node-west"), "and there not yet"
    small.replicate()
    small.minute()
    assert complaints(small, "node-west") == {""}
    assert would_work(small, "node-west")
    finish(small)
    small.minute()
    assert complaints(small, "node-west") == {""}
    assert small.unserved == []


def test_an_upgrade_begins_with_a_node_of_the_writing_region(small: Mirrored) -> None:
    (found,) = small.service().begin(ADA, NEW, "node-west", small.now, check=True)
    assert found == f"node-west is in region {THERE}: choose a node of the writing region, {HOME}"


def test_the_writing_region_stays_while_an_upgrade_is_in_progress(small: Mirrored) -> None:
    small.begin("node-a", NEW)
    with pytest.raises(RefusedError, match="an upgrade is in progress"):
        small.mover().move(THERE)
    assert small.gate.moving == ""
    small.service().abort(ADA, small.now)
    small.replicate()
    assert small.mover().move(THERE).startswith(f"the writing region is {THERE}")


@pytest.mark.usefixtures("home")
def test_a_region_lost_in_the_middle_of_an_upgrade_is_replaced_and_the_upgrade_taken_back() -> None:
    small = begun(Step.MIGRATE)
    small.minute()
    small.unreachable, small.is_cut = HOME, True
    small.mover().move(THERE, force=True)
    with small.at("node-west"):
        assert not small.gate.wanted("node-west").in_cluster
        small.service().abort(ADA, small.now)  # a standby answers it
        small.wrote.clear()
        small.minute()
        assert small.wrote == {"node-west"}
        assert small.opened(THERE) == small.secrets, "what was stored before had come over"
        waits = f"deploy {OLD.version} (schema {OLD.schema}) to node-a"
        assert waits in small.service().look(small.now).waits_for
        assert small.service().clear(ADA, small.now)
        small.minute()
        assert small.works("node-west")
