"""What the gate allows."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from chalicelib.cluster.functions import WORKERS, Role
from chalicelib.cluster.gate import (
    FIRST,
    NO_GATE,
    STANDBY,
    Bar,
    Code,
    Gate,
    Wanted,
    bar_of,
    holders,
    is_older,
    may_offer_changes,
    may_run,
    may_write,
    why_not,
)
from chalicelib.cluster.here import here, web_refusal
from chalicelib.core.errors import NotInCluster

V = "11.7.0"
OURS = Code(V, 1)
ROLES = [*Role, None]


def gate(wanted: Wanted = FIRST, **changes: object) -> Gate:
    return replace(Gate(nodes={"a": wanted, "b": FIRST}, version=V), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
def test_a_node_with_all_boxes_runs_every_role(role: Role | None) -> None:
    assert may_run(gate(), "a", role, OURS)


@pytest.mark.parametrize("role", ROLES)
def test_a_node_that_is_not_in_the_cluster_runs_nothing(role: Role | None) -> None:
    assert not may_run(gate(replace(FIRST, in_cluster=False)), "a", role, OURS)
    assert not may_run(gate(), "unknown", role, OURS)
    assert not may_run(NO_GATE, "a", role, OURS)


@pytest.mark.parametrize("role", Role)
def test_an_unticked_box_stops_its_role_and_no_other(role: Role) -> None:
    unticked = gate(replace(FIRST, **{role.value: False}))
    assert {one for one in ROLES if not may_run(unticked, "a", one, OURS)} == {role}
    assert role.value in why_not(unticked, "a", role, OURS)
    assert may_run(unticked, "b", role, OURS)


def test_background_off_leaves_what_the_guide_names_to_the_web_queue() -> None:
    unticked = gate(Wanted(in_cluster=True))
    assert [one.name for one in WORKERS if may_run(unticked, "a", one.role, OURS)] == ["web"]


@pytest.mark.parametrize("bar", Bar)
def test_a_barred_node_takes_no_work_and_is_read_only_but_others_go_on(bar: Bar) -> None:
    barred = gate(barred={"a": bar})
    assert not any(may_run(barred, "a", role, OURS) for role in ROLES)
    assert all(may_run(barred, "b", role, OURS) for role in ROLES)
    assert not may_write(barred, "a", "vault", OURS)
    assert may_write(barred, "a", "cluster", OURS)
    assert here(barred, "a", OURS).maintenance
    assert not may_offer_changes(barred, "a", OURS)


def test_an_older_version_counts_before_its_agent_has_said_so() -> None:
    assert bar_of(gate(), "a", Code("11.6.9", 1)) is Bar.VERSION
    assert not may_run(gate(), "a", None, Code("11.6.9", 1))
    assert may_run(gate(), "a", None, Code("11.8.0", 1))


def test_maintenance_refuses_writes_to_the_vault_only() -> None:
    kept = gate(replace(FIRST, maintenance=True))
    assert not may_write(kept, "a", "vault", OURS)
    assert may_write(kept, "a", "cluster", OURS)
    assert may_write(kept, "a", "none", OURS)
    assert may_write(kept, "b", "vault", OURS)


def test_maintenance_offers_no_password_change_but_stores_answers() -> None:
    kept = gate(replace(FIRST, maintenance=True))
    assert not may_offer_changes(kept, "a", OURS)
    assert may_run(kept, "a", Role.ENGINE, OURS)


def test_in_maintenance_mode_the_recording_worker_rests_and_nobody_else() -> None:
    kept = gate(replace(FIRST, maintenance=True))
    assert {one for one in ROLES if not may_run(kept, "a", one, OURS)} == {Role.RECORDING}
    assert "aintenance" in why_not(kept, "a", Role.RECORDING, OURS)
    assert may_run(kept, "b", Role.RECORDING, OURS)


def test_a_standby_refuses_the_web() -> None:
    assert isinstance(web_refusal(gate(STANDBY), "a"), NotInCluster)
    assert web_refusal(gate(), "a") is None


def test_holders_are_ticked_in_the_cluster_and_not_barred() -> None:
    assert holders(gate(), Role.ENGINE) == ["a", "b"]
    assert holders(gate(barred={"a": Bar.KEY}), Role.ENGINE) == ["b"]
    assert holders(gate(replace(FIRST, engine=False)), Role.ENGINE) == ["b"]


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [("11.6.0", "11.7.0", True), ("11.7.0", "11.7.0", False), ("11.10.0", "11.9.0", False)]
    + [("", "11.7.0", False), ("11.7.0", "", False)],
)
def test_versions_compare_by_number(version: str, than: str, older: bool) -> None:
    assert is_older(version, than) is older


def test_every_box_has_a_letter() -> None:
    from chalicelib.cluster.store import LETTERS

    assert set(LETTERS.values()) == {one.name for one in fields(Wanted)}
