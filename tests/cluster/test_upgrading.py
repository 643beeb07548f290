"""An upgrade on its rows: every step, every way back, and a process that dies anywhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.audit_rows import AuditRow
from chalicelib.cluster.gate import FIRST, STANDBY, Code, Gate, Wanted, bar_of, may_write
from chalicelib.cluster.migration import MOST_FAILURES
from chalicelib.cluster.upgrade import Status, Step
from chalicelib.core.errors import Conflict, Invalid, StillUsed, Unavailable
from tests.calls import Killed

from .upgrade_world import ADA, NEW, OLD, World

A_STANDBY = replace(STANDBY, background=True)
CLUSTERS = {
    "two that do all": {"node_a": FIRST, "node_b": FIRST},
    "one alone": {"node_a": FIRST},
    "roles on one only": {"node_a": FIRST, "node_b": Wanted(in_cluster=True)},
    "a standby goes first": {"node_a": A_STANDBY, "node_b": FIRST},
    "three": {"node_a": FIRST, "node_b": FIRST, "node_c": replace(STANDBY, engine=True)},
}


@pytest.fixture
def world() -> World:
    return World.in_memory()


def finished(world: World) -> bool:
    return world.upgrade.status is Status.FINISHED


@pytest.mark.parametrize("boxes", CLUSTERS.values(), ids=CLUSTERS)
def test_an_upgrade_goes_through_every_step_and_nothing_stands_still(
    boxes: dict[str, Wanted],
) -> None:
    goes_through(World.in_memory(**boxes))


def test_the_same_with_real_rows(aws: None) -> None:
    world = World.on_moto(**CLUSTERS["three"])
    goes_through(world)
    actions = {row.action for row in AuditRow.scan() if row.item == world.upgrade.id}
    assert {"BEGIN", "DRAIN", "MIGRATED", "FINISH"} <= actions


def goes_through(world: World) -> None:
    before = dict(world.gate.nodes)
    world.begin()
    world.until(lambda: finished(world))
    gate = world.gate
    assert (gate.version, gate.schema, gate.upgrading) == (NEW.version, NEW.schema, 0)
    assert dict(gate.nodes) == before
    assert gate.clustering is (sum(one.in_cluster for one in before.values()) > 1)
    assert set(world.upgrade.marks) == set(Step)
    assert world.rows == [NEW.schema] * len(world.rows)
    assert world.unserved == []


def test_the_check_names_everything_that_is_in_the_way(world: World) -> None:
    world.taken.clear()
    world.now += timedelta(minutes=10)
    before = world.gate
    found = world.service().begin(ADA, Code("10.0.0", 1), "node-x", world.now, check=True)
    text = " ".join(found)
    for words in ("is older", "no good backup", "run-now", "no node node-x", "node-b is not seen"):
        assert words in text
    with pytest.raises(StillUsed, match="node-a is not seen"):
        world.service().begin(ADA, NEW, "node-a", world.now, check=False)
    assert world.gate == before
    assert world.service().look(world.now).upgrade is None


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (OLD, "already"),
        (Code("10.9.9", 1), "is older"),
        (Code("12.0.0", 0), "is older"),
    ],
)
def test_versions_that_cannot_be_jumped_to_are_refused(
    world: World, target: Code, words: str
) -> None:
    assert words in " ".join(world.service().begin(ADA, target, "node-a", world.now, check=True))


def test_a_backup_that_is_too_old_does_not_count_and_a_failed_one_neither(world: World) -> None:
    world.taken.clear()
    world.good_backup(world.now - timedelta(hours=30))
    world.good_backup(world.now, success=False)
    (found,) = world.service().begin(ADA, NEW, "node-a", world.now, check=True)
    assert "30 hours old, 24 are allowed" in found


def test_nobody_begins_while_one_is_in_progress(world: World) -> None:
    world.begin()
    with pytest.raises(Conflict, match="in progress"):
        world.begin()


def test_a_backup_that_fails_stops_the_step_until_somebody_asks_to_go_on(world: World) -> None:
    world.begin()
    world.advance()
    assert world.asked == 1
    world.asked = 0
    world.now += timedelta(minutes=1)
    world.good_backup(world.now, success=False)
    for _ in range(3):
        world.advance()
    shown = world.service().look(world.now)
    assert "the bucket is full" in shown.error
    assert world.asked == 0
    world.service().advance(ADA, world.now, retry=True)
    assert world.asked == 1
    world.until(lambda: finished(world))


def test_a_migration_that_fails_half_way_stops_and_goes_on_where_it_stopped(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.breaks = [Invalid("row 3 is strange")]
    world.advance()
    world.worker(NEW).run(world.upgrade.id)  # the first batch, then it breaks
    world.breaks = []
    assert "row 3 is strange" in world.progress.error
    for _ in range(3):
        world.step()
    shown = world.service().look(world.now)
    assert world.upgrade.step is Step.MIGRATE
    assert "row 3 is strange" in shown.error
    assert world.unserved == []
    assert all(may_write(world.gate, "node-a", "vault", code) for code in (OLD, NEW))
    world.service().advance(ADA, world.now, retry=True)
    world.until(lambda: finished(world))
    assert set(world.rows) == {NEW.schema}


def test_a_failure_that_passes_by_itself_is_retried_and_one_that_stays_is_named(
    world: World,
) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.breaks = [Unavailable("throttled")] * (MOST_FAILURES - 1)
    for _ in range(MOST_FAILURES - 1):
        world.worker(NEW).run(world.upgrade.id)
        assert world.progress.error == ""
    world.breaks = [Unavailable("throttled")]
    world.worker(NEW).run(world.upgrade.id)
    assert "throttled" in world.progress.error


def test_an_error_that_is_none_of_ours_is_named_by_its_kind_only(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.breaks = [ValueError("the value itself")]
    world.worker(NEW).run(world.upgrade.id)
    assert world.progress.error.endswith(": ValueError")


def test_a_worker_that_dies_is_followed_by_another_at_its_place(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.memory.dies_at = world.memory.calls + 4
    with pytest.raises(Killed):
        world.worker(NEW).run(world.upgrade.id)
    world.memory.dies_at = 0
    assert world.progress.is_live(world.now)
    assert world.worker(NEW).run(world.upgrade.id) == "dropped"
    assert not world.worker(NEW).sweep(world.now)
    world.now += timedelta(minutes=1)
    assert world.worker(NEW).sweep(world.now)
    assert world.sent == [world.upgrade.id]
    world.until(lambda: finished(world))


def test_the_code_of_before_does_not_touch_the_migration(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    before = list(world.rows)
    assert world.worker(OLD).run(world.upgrade.id) == "dropped"
    assert not world.worker(OLD).sweep(world.now)
    assert world.rows == before


def test_rows_that_were_written_late_in_the_old_form_are_found_by_a_further_pass(
    world: World,
) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.VERIFY)
    world.rows[1] = OLD.schema
    world.until(lambda: world.upgrade.step is Step.ROLL)
    assert set(world.rows) == {NEW.schema}
    assert world.progress.passes == 3


@pytest.mark.parametrize("step", [one for one in Step if one is not Step.CHECK])
def test_from_every_step_there_is_a_way_back(world: World, step: Step) -> None:
    before = dict(world.gate.nodes)
    world.begin()
    world.until(lambda: world.upgrade.step is step)
    world.service().abort(ADA, world.now)
    assert dict(world.gate.nodes) == before  # at once
    world.until(lambda: world.upgrade.status is Status.ABORTED)
    gate = world.gate
    assert (gate.version, gate.schema, gate.upgrading) == (OLD.version, OLD.schema, 0)
    assert set(world.codes.values()) == {OLD}
    assert dict(gate.nodes) == before
    assert world.unserved == []
    world.begin()  # and forward again
    world.until(lambda: finished(world))


def test_an_abandoned_upgrade_is_seen_named_and_cleared(world: World) -> None:
    before = dict(world.gate.nodes)
    world.begin()
    world.until(lambda: world.upgrade.step is Step.DEPLOY)
    assert not world.service().look(world.now).is_abandoned
    world.now += timedelta(hours=2)
    assert world.service().look(world.now).is_abandoned
    said = world.service().summary(world.now)
    assert said.is_in_progress
    assert "nobody has gone on with it since" in said.in_progress
    assert world.service().clear(ADA, world.now) is True
    assert world.service().clear(ADA, world.now) is False
    assert dict(world.gate.nodes) == before
    assert world.gate.upgrading == 0
    assert "cleared" in world.service().summary(world.now).last


def told(world: World) -> list[str]:
    return [one.detail for one in world.memory.trail if one.action == "ABANDONED"]


def test_an_abandoned_upgrade_is_an_event_once_until_somebody_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.DEPLOY)
    left_at = world.now
    assert not world.worker(OLD).sweep(world.now) and told(world) == []
    for _ in range(3):
        world.now += timedelta(hours=1, minutes=1)
        world.worker(OLD).sweep(world.now)
    (event,) = told(world)
    assert "begun by user 7 at 2026-01-15 12:00:00 UTC, running, at step deploy" in event
    assert f"nobody has gone on with it since {left_at:%Y-%m-%d %H:%M}" in event
    assert "11.0.0 (schema 1) to 12.0.0 (schema 2)" in event
    assert "upgrade abandoned" in caplog.text
    assert world.service().look(world.now).is_abandoned  # to have told it is not to go on
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.now += timedelta(hours=2)
    world.worker(NEW).sweep(world.now)
    assert "at step migrate" in told(world)[1]


def test_a_migration_that_a_worker_is_at_is_not_abandoned(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.now += timedelta(hours=2)
    lease = world.now + timedelta(minutes=1)
    world.memory.progress = replace(world.progress, fence=1, lease_until=lease)
    world.worker(NEW).sweep(world.now)
    assert told(world) == []


def test_two_that_see_it_at_once_tell_it_once(world: World) -> None:
    world.begin()
    world.now += timedelta(hours=2)
    first, second = world.worker(OLD), world.worker(OLD)
    seen = first.store.both()
    first.sweep(world.now)

    class Late:
        both = staticmethod(lambda: seen)
        put = staticmethod(first.store.put)

    late: Any = Late()
    assert replace(second, store=late).sweep(world.now) is False
    assert len(told(world)) == 1


def test_nodes_that_were_all_deployed_before_are_upgraded_all_the_same(world: World) -> None:
    world.deploy(NEW)
    for name in world.codes:
        world.agent(name)
    assert bar_of(world.gate, "node-a", NEW) is not None
    world.begin()
    world.until(lambda: finished(world))
    assert world.unserved == []


def test_maintenance_mode_that_somebody_ticks_meanwhile_stays(world: World) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.DRAIN)
    gate = world.gate
    ticked = {**gate.nodes, "node-b": replace(gate.nodes["node-b"], maintenance=True)}
    commit(world, replace(gate, nodes=ticked))
    world.until(lambda: finished(world))
    assert world.gate.nodes["node-b"].maintenance
    assert world.gate.nodes["node-b"].in_cluster


def commit(world: World, after: Gate) -> None:
    world.stores.commit([world.stores.gates.rewrite(world.gate, after)])


@pytest.mark.parametrize("number", range(1, 9))
def test_a_command_that_dies_at_any_call_leaves_a_cluster_that_works_and_goes_on(
    world: World, number: int
) -> None:
    world.begin()
    for _ in range(60):
        if not world.upgrade.is_in_progress:
            break
        world.minute()
        world.operator()
        world.memory.dies_at = world.memory.calls + number
        with suppress(Killed, Conflict):
            world.advance()
        world.memory.dies_at = 0
        world.watch()
        if world.upgrade.is_in_progress:
            with suppress(Conflict):
                world.advance()  # the command is called again
    assert finished(world)
    assert world.unserved == []
    assert dict(world.gate.nodes) == dict(world.upgrade.before)


@pytest.mark.parametrize("step", [one for one in Step if one is not Step.CHECK])
def test_going_back_that_dies_at_any_call_leaves_a_cluster_that_works_and_goes_on(
    step: Step,
) -> None:
    """From every step, by a command that dies at each of its calls in turn."""
    for number in range(1, 9):
        world = World.in_memory()
        before = dict(world.gate.nodes)
        world.begin()
        world.until(lambda: world.upgrade.step is step)  # noqa: B023
        die(world, number, lambda: world.service().abort(ADA, world.now))  # noqa: B023
        goes_back(world, number)
        assert world.upgrade.status is Status.ABORTED
        assert (world.gate.version, world.gate.schema, world.gate.upgrading) == (
            OLD.version,
            OLD.schema,
            0,
        )
        assert set(world.codes.values()) == {OLD}
        assert dict(world.gate.nodes) == before
        assert world.unserved == []


def goes_back(world: World, number: int) -> None:
    """The operator calls the command again and again, and each call dies after so many calls."""
    for _ in range(60):
        if world.upgrade.status is Status.ABORTED:
            return
        if world.upgrade.status is not Status.ABORTING:
            world.service().abort(ADA, world.now)
        world.minute()
        world.operator()
        if world.upgrade.is_in_progress:
            die(world, number, world.advance)
        if world.upgrade.is_in_progress:
            with suppress(Conflict):
                world.advance()


def die(world: World, number: int, at: Callable[[], object]) -> None:
    """Begin it and die after so many calls."""
    world.memory.dies_at = world.memory.calls + number
    with suppress(Killed, Conflict):
        at()
    world.memory.dies_at = 0
    world.watch()


@pytest.mark.parametrize("number", range(1, 9))
def test_a_beginning_that_dies_at_any_call_is_begun_again_or_goes_on(
    world: World, number: int
) -> None:
    die(world, number, world.begin)
    with suppress(Conflict):  # it was begun
        world.begin()
    world.until(lambda: finished(world))
    assert world.unserved == []


@pytest.mark.parametrize("number", range(1, 12))
def test_workers_that_die_at_any_call_leave_the_migration_to_others(
    world: World, number: int
) -> None:
    world.begin()
    world.until(lambda: world.upgrade.step is Step.MIGRATE)
    world.memory.dies_at = world.memory.calls + number
    with suppress(Killed):
        world.worker(NEW).run(world.upgrade.id)
    world.memory.dies_at = 0
    world.until(lambda: finished(world))
    assert set(world.rows) == {NEW.schema}
    assert world.unserved == []
