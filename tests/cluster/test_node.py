"""Rules about nodes: what they disagree in, who holds roles, what is shown and raised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import VERSION
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import FIRST, STANDBY, Bar, Code, Gate, Wanted
from chalicelib.cluster.node import (
    Facts,
    Node,
    Stamp,
    complaint,
    entered,
    examined,
    followed,
    joined,
    lags,
    maintenance_status,
    orphaned,
    role_error,
    state,
    ticked,
    unheld,
)

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TOLERANCE = timedelta(seconds=30)
GATE = Gate("c1", nodes={"a": FIRST, "b": STANDBY}, version=VERSION, fingerprint="f", schema=1)
OURS, NEWER = Code(VERSION, 1), Code("99.0.0", 1)
GOOD = Facts(Code(VERSION, 1), "f", timedelta(seconds=1))
NODE = Node(1, "a", Stamp(NOON, VERSION, 1, "f", timedelta(0), followed(GATE, "a")))


@pytest.mark.parametrize(
    ("facts", "bar"),
    [
        (GOOD, None),
        (replace(GOOD, code=Code("1.0.0", 1)), Bar.VERSION),
        (replace(GOOD, code=Code("99.0.0", 1)), None),
        (replace(GOOD, code=Code(VERSION, 2)), Bar.SCHEMA),
        (replace(GOOD, code=Code(VERSION, 0)), Bar.VERSION),
        (replace(GOOD, fingerprint="g"), Bar.KEY),
        (replace(GOOD, fingerprint=""), Bar.KEY),
        (replace(GOOD, offset=timedelta(seconds=31)), Bar.CLOCK),
        (replace(GOOD, offset=timedelta(seconds=-31)), Bar.CLOCK),
        (replace(GOOD, offset=timedelta(seconds=30)), None),
        (replace(GOOD, offset=None), None),
    ],
)
def test_what_a_node_disagrees_in(facts: Facts, bar: Bar | None) -> None:
    assert examined(GATE, "a", facts, TOLERANCE) is bar


def test_a_bar_is_written_and_taken_away() -> None:
    barred = entered(GATE, "a", OURS, Bar.KEY)
    assert barred.barred == {"a": Bar.KEY}
    assert entered(barred, "a", OURS, None) == GATE
    assert entered(GATE, "a", OURS, None) == GATE


def test_a_newer_node_raises_the_version_once_it_serves() -> None:
    assert entered(GATE, "a", NEWER, None).version == "99.0.0"
    assert entered(GATE, "b", NEWER, None).version == VERSION
    assert entered(GATE, "a", NEWER, Bar.KEY).version == VERSION


def test_a_node_joins_as_a_standby() -> None:
    assert joined(GATE, "c").wanted("c") == STANDBY


@pytest.mark.parametrize(
    ("wanted", "lost"),
    [
        (replace(FIRST, background=False), [Role.BACKGROUND]),
        (replace(FIRST, engine=False, recording=False), [Role.ENGINE, Role.RECORDING]),
        (replace(FIRST, in_cluster=False), list(Role)),
        (replace(FIRST, maintenance=True), []),
        (FIRST, []),
    ],
)
def test_the_last_holder_of_a_role(wanted: Wanted, lost: list[Role]) -> None:
    assert orphaned(GATE, ticked(GATE, "a", wanted)) == lost
    two = ticked(GATE, "b", FIRST)
    assert orphaned(two, ticked(two, "a", wanted)) == []


def test_a_barred_node_is_no_other_holder() -> None:
    two = replace(ticked(GATE, "b", FIRST), barred={"b": Bar.CLOCK})
    assert orphaned(two, ticked(two, "a", STANDBY)) == list(Role)


def test_a_node_that_nobody_has_seen_lately_is_no_other_holder() -> None:
    two = ticked(GATE, "b", FIRST)
    after = ticked(two, "a", replace(FIRST, engine=False))
    assert orphaned(two, after, ["b"]) == [Role.ENGINE]
    assert orphaned(two, ticked(two, "b", STANDBY), ["b"]) == []


def test_a_role_that_nobody_held_cannot_be_lost() -> None:
    none = ticked(GATE, "a", replace(FIRST, engine=False))
    assert orphaned(none, ticked(none, "a", replace(FIRST, engine=False, maintenance=True))) == []
    assert unheld(none) == [Role.ENGINE]


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (0, "Arming: writes that had begun end within 60 s"),
        (59, "Arming: writes that had begun end within 1 s"),
        (60, "Armed"),
    ],
)
def test_maintenance_arms_when_the_longest_write_has_ended(seconds: int, status: str) -> None:
    kept = replace(FIRST, maintenance=True)
    assert maintenance_status(kept, NOON, NOON + timedelta(seconds=seconds)) == status


def test_maintenance_off_says_so() -> None:
    assert maintenance_status(FIRST, NOON, NOON) == "Off"


def test_a_good_node_has_no_complaint() -> None:
    assert complaint(NODE, GATE, NOON) == ""
    assert all(role_error(NODE, GATE, role, NOON) == "" for role in Role)
    assert state(NODE, GATE, NOON) == ""


def test_an_unseen_node_is_named() -> None:
    late = NOON + timedelta(minutes=3, seconds=1)
    assert "Not seen since 2026-01-15 12:00:00 UTC." in complaint(NODE, GATE, late)
    assert state(NODE, GATE, late) == "unseen"
    assert state(NODE, GATE, NOON + timedelta(minutes=3)) == ""


@pytest.mark.parametrize(
    ("bar", "words"),
    [
        (Bar.VERSION, "version does not match"),
        (Bar.SCHEMA, "version does not match"),
        (Bar.KEY, "Encryption configurations do not match"),
        (Bar.CLOCK, "Server dates do not match"),
    ],
)
def test_a_node_that_disagrees_says_it_in_the_guides_words(bar: Bar, words: str) -> None:
    barred = replace(GATE, barred={"a": bar})
    assert words in complaint(NODE, barred, NOON)
    assert words in role_error(NODE, barred, Role.ENGINE, NOON)
    assert state(NODE, barred, NOON) == f"barred: {bar}"


def test_a_ticked_role_of_a_standby_says_why_it_rests() -> None:
    standby = ticked(GATE, "a", replace(FIRST, in_cluster=False))
    assert role_error(NODE, standby, Role.ENGINE, NOON) == "The node is not in the cluster."
    unticked = ticked(GATE, "a", Wanted(in_cluster=True))
    held = ticked(unticked, "b", FIRST)
    assert role_error(NODE, held, Role.ENGINE, NOON) == ""
    assert role_error(NODE, unticked, Role.ENGINE, NOON).startswith("No node holds engine: ")


def test_a_node_lags_when_it_follows_other_boxes_or_missed_two_ticks() -> None:
    assert not lags(NODE, GATE, NOON)
    assert lags(NODE, ticked(GATE, "a", replace(FIRST, engine=False)), NOON)
    assert lags(NODE, replace(GATE, barred={"a": Bar.CLOCK}), NOON)
    assert lags(NODE, GATE, NOON + timedelta(minutes=2, seconds=1))
    assert lags(NODE, ticked(GATE, "a", replace(FIRST, maintenance=True)), NOON)
