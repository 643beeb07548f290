"""What an upgrade's steps allow and set: two versions in one cluster, boxes, what to run next."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import (
    FIRST,
    STANDBY,
    Bar,
    Code,
    Gate,
    Wanted,
    bar_of,
    may_run,
    may_write,
)
from chalicelib.cluster.node import Node, Stamp, entered
from chalicelib.cluster.upgrade import STEPS, Mark, Status, Step, Upgrade
from chalicelib.cluster.upgrade_boxes import alone, boxes, gate_for, without
from chalicelib.cluster.upgrade_commands import commands

from .upgrade_world import NEW, NOON, OLD

BOTH = {"node-a": FIRST, "node-b": FIRST}
AT_REST = Gate("c", BOTH, version=OLD.version, fingerprint="f", schema=OLD.schema)
UNDER_WAY = replace(AT_REST, upgrading=NEW.schema)
DONE = replace(AT_REST, version=NEW.version, schema=NEW.schema)
WORKS = {
    "before, the old": (AT_REST, OLD, True),
    "before, the new": (AT_REST, NEW, False),
    "during, the old": (UNDER_WAY, OLD, True),
    "during, the new": (UNDER_WAY, NEW, True),
    "during, one newer still": (UNDER_WAY, Code("13.0.0", 3), False),
    "during, one older still": (UNDER_WAY, Code("10.0.0", 1), False),
    "after, the old": (DONE, OLD, False),
    "after, the new": (DONE, NEW, True),
}


@pytest.mark.parametrize(("gate", "code", "works"), WORKS.values(), ids=WORKS)
def test_which_version_works_in_a_cluster_before_during_and_after(
    gate: Gate, code: Code, works: bool
) -> None:
    assert may_write(gate, "node-a", "vault", code) is works
    assert all(may_run(gate, "node-a", role, code) is works for role in Role)


@pytest.mark.parametrize("codes", list(permutations([OLD, NEW])))
def test_two_versions_work_beside_each_other_in_both_orders_and_back(
    codes: tuple[Code, Code],
) -> None:
    gate = UNDER_WAY
    for code in (*codes, *codes[::-1]):
        for name in BOTH:
            gate = entered(gate, name, code, None)
            assert may_write(gate, name, "vault", code)
    assert (gate.version, gate.schema) == (OLD.version, OLD.schema)  # the end raises it, no node


def test_without_an_upgrade_a_newer_node_that_serves_raises_the_version_as_ever() -> None:
    newer = Code("12.0.0", OLD.schema)
    assert entered(AT_REST, "node-b", newer, None).version == newer.version


def at(step: Step, **more: object) -> Upgrade:
    marks = {one: Mark(NOON) for one in STEPS[: STEPS.index(step) + 1]}
    upgrade = Upgrade("u", OLD, NEW, "node-a", BOTH, 7, NOON, step, marks=marks)
    return replace(upgrade, **more)  # type: ignore[arg-type]


def node(name: str, code: Code) -> Node:
    return Node(1, name, Stamp(NOON, code.version, code.schema, "f", None, ""))


def served(upgrade: Upgrade, *nodes: Node) -> set[str]:
    return {name for name, one in boxes(upgrade, nodes).items() if one.in_cluster}


A_ONLY, B_ONLY, A_AND_B = {"node-a"}, {"node-b"}, {"node-a", "node-b"}
SERVING = {
    Step.BACKUP: A_AND_B,
    Step.DRAIN: B_ONLY,
    Step.DEPLOY: B_ONLY,
    Step.JOIN: A_AND_B,
    Step.STANDBY: A_ONLY,
    Step.MIGRATE: A_ONLY,
    Step.VERIFY: A_ONLY,
    Step.ROLL: A_ONLY,
    Step.FINISH: A_AND_B,
}


@pytest.mark.parametrize(("step", "serving"), SERVING.items())
def test_somebody_serves_at_every_step(step: Step, serving: set[str]) -> None:
    assert served(at(step), node("node-a", OLD), node("node-b", OLD)) == serving


def test_a_node_comes_back_once_it_is_upgraded() -> None:
    assert served(at(Step.ROLL), node("node-a", NEW), node("node-b", NEW)) == A_AND_B


@pytest.mark.parametrize("status", [Status.ABORTING, Status.ABORTED, Status.CLEARED])
def test_whoever_goes_back_puts_the_boxes_back_at_once(status: Status) -> None:
    for step in STEPS:
        assert boxes(at(step, status=status), ()) == BOTH


def test_roles_are_lent_while_their_holder_is_away() -> None:
    before = {"a": FIRST, "b": Wanted(in_cluster=True, engine=True), "c": STANDBY}
    during = without(before, "a")
    assert not during["a"].in_cluster
    assert all(during["b"].runs(role) for role in Role)
    assert during["c"] == STANDBY
    assert without(before, "c") == before  # it serves nobody anyway
    assert without({"a": FIRST, "c": STANDBY}, "a")["a"].in_cluster  # nobody else serves
    assert all(alone(before, "c")["c"].runs(role) for role in Role)


def test_the_gate_says_that_an_upgrade_is_in_progress_until_it_is_over() -> None:
    for step in STEPS:
        during = gate_for(at(step), AT_REST, ())
        rows = NEW if step is Step.ROLL else OLD
        assert (during.schema, during.upgrading) == (rows.schema, NEW.schema)
    over = gate_for(at(Step.FINISH, status=Status.FINISHED), UNDER_WAY, ())
    assert (over.version, over.schema, over.upgrading) == (NEW.version, NEW.schema, 0)
    back = gate_for(at(Step.FINISH, status=Status.ABORTING), over, ())
    assert (back.version, back.schema, back.upgrading) == (OLD.version, OLD.schema, NEW.schema)


def test_once_the_rows_are_migrated_an_older_node_says_so_until_it_is_upgraded_or_all_go_back() -> (
    None
):
    rolling = gate_for(at(Step.ROLL), UNDER_WAY, ())
    assert bar_of(rolling, "node-b", OLD) is Bar.VERSION
    assert bar_of(rolling, "node-b", NEW) is None
    told = replace(rolling, barred={"node-b": Bar.VERSION, "node-z": Bar.CLOCK})
    back = gate_for(at(Step.ROLL, status=Status.ABORTING), told, ())
    assert dict(back.barred) == {"node-z": Bar.CLOCK}, "they may work at once"
    assert bar_of(back, "node-b", OLD) is bar_of(back, "node-b", NEW) is None


EAST, WEST = "us-east-1", "eu-west-1"
MIRRORED = replace(UNDER_WAY, writing=EAST, regions={"node-b": WEST})


@pytest.mark.parametrize("step", [Step.DRAIN, Step.DEPLOY, Step.MIGRATE])
def test_a_node_elsewhere_does_not_stand_in_for_the_one_that_writes(step: Step) -> None:
    wanted = gate_for(at(step), MIRRORED, ()).nodes
    assert wanted["node-a"].in_cluster, "nobody else takes changes"
    assert wanted["node-b"].in_cluster is (step is not Step.MIGRATE)


def test_in_two_regions_each_line_says_where() -> None:
    nodes = [node("node-a", NEW), node("node-b", OLD)]
    lines = [*commands(None, nodes, "main", MIRRORED)]
    assert lines[-1] == f"AWS_REGION={EAST} make upgrade STAGE=node-a CLUSTER=main"
    rolling = [*commands(at(Step.ROLL), nodes, "main", MIRRORED)]
    assert rolling[-1] == f"AWS_REGION={WEST} make deploy STAGE=node-b CLUSTER=main"


def test_a_node_that_joined_meanwhile_is_let_be() -> None:
    joined = replace(UNDER_WAY, nodes={**BOTH, "node-z": STANDBY}, barred={"node-z": Bar.CLOCK})
    assert gate_for(at(Step.MIGRATE), joined, ()).nodes["node-z"] == STANDBY


def test_what_to_run_next_is_said_at_every_step() -> None:
    nodes = [node("node-a", NEW), node("node-b", OLD)]
    assert "make upgrade STAGE=node-a CLUSTER=main" in list(commands(None, nodes, "main"))
    for step in STEPS[1:-1]:
        lines = list(commands(at(step), nodes, "main"))
        assert "12.0.0, schema 2" in lines[0]
        assert "make upgrade STAGE=node-a CLUSTER=main" in lines
    assert "make deploy STAGE=node-a CLUSTER=main" in list(commands(at(Step.DEPLOY), nodes, "main"))
    assert "make deploy STAGE=node-b CLUSTER=main" in list(commands(at(Step.ROLL), nodes, "main"))
    back = list(commands(at(Step.ROLL, status=Status.ABORTING), nodes, "main"))
    assert "11.0.0, schema 1" in back[0]
    assert back[1:] == [
        "make deploy STAGE=node-a CLUSTER=main",
        "make upgrade STAGE=node-a CLUSTER=main STEP=abort",
    ]
