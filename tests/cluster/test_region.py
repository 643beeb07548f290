"""Rules of the writing region, as data: who may do what where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import SCHEMA, VERSION
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import (
    FIRST,
    STANDBY,
    Bar,
    Code,
    Gate,
    Wanted,
    holders,
    may_offer_changes,
    may_run,
    why_not,
    write_refusal,
)
from chalicelib.cluster.here import here, web_refusal
from chalicelib.cluster.node import (
    Heard,
    Node,
    Stamp,
    complaint,
    elsewhere,
    entered,
    followed,
    orphaned,
    role_error,
)
from chalicelib.cluster.region import is_away, is_outside, why_away
from chalicelib.cluster.service.health import judged
from chalicelib.cluster.service.mirror import is_news, with_heard
from chalicelib.core.errors import OtherRegion, Unavailable

EAST, WEST = "us-east-1", "eu-west-1"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
OURS = Code(VERSION, SCHEMA)
ROLES = [*Role, None]
GATE = Gate(
    "c1",
    nodes={"east": FIRST, "west": FIRST},
    version=VERSION,
    fingerprint="f",
    schema=SCHEMA,
    writing=EAST,
    regions={"west": WEST},
)
SAID = Stamp(NOON, VERSION, SCHEMA, "f", timedelta(0), "in")
WORD = Heard(WEST, Node(0, "west", SAID))


def at(region: str, gate: Gate = GATE) -> Gate:
    """The gate as a process in that region reads it."""
    return replace(gate, here=region)


@pytest.mark.parametrize("role", ROLES)
def test_roles_work_in_the_writing_region_only(role: Role | None) -> None:
    assert may_run(at(EAST), "east", role, OURS)
    assert not may_run(at(WEST), "west", role, OURS)
    text = "This node is in region eu-west-1; the writing region is us-east-1."
    assert why_not(at(WEST), "west", role, OURS) == text


@pytest.mark.parametrize("role", ROLES)
def test_nobody_works_while_the_writing_region_is_moved(role: Role | None) -> None:
    moving = replace(GATE, moving=WEST)
    assert not may_run(at(EAST, moving), "east", role, OURS)
    assert not may_run(at(WEST, moving), "west", role, OURS)
    assert "being moved from us-east-1 to eu-west-1" in why_not(at(WEST, moving), "west", role)


@pytest.mark.parametrize("role", Role)
def test_only_nodes_of_the_writing_region_hold_roles(role: Role) -> None:
    assert holders(GATE, role) == ["east"]
    assert holders(replace(GATE, writing=WEST, regions={"east": EAST}), role) == ["west"]
    assert role in orphaned(GATE, replace(GATE, nodes={"east": STANDBY, "west": FIRST}))


def test_a_process_goes_by_its_own_region_before_the_gate_knows_its_node() -> None:
    unknown = replace(GATE, regions={})
    assert is_outside(at(WEST, unknown), "west")
    assert not is_away(at(WEST, unknown), "east"), "another node is where the gate says"


def test_without_a_mirror_there_are_no_regions() -> None:
    alone = replace(GATE, writing="", regions={})
    assert not is_outside(at(EAST, alone), "east")
    assert not is_away(alone, "west")
    assert why_away(alone, "west") == ""
    assert alone.epoch("folders") == 0


@pytest.mark.parametrize("writes", ["vault", "cluster"])
def test_writes_are_refused_elsewhere_and_name_the_writing_region(writes: str) -> None:
    refusal = write_refusal(at(WEST), "west", writes, OURS)  # type: ignore[arg-type]
    assert isinstance(refusal, OtherRegion)
    assert "the writing region is us-east-1" in str(refusal)
    assert write_refusal(at(EAST), "east", writes, OURS) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("writes", ["none", "session"])
def test_reading_and_logging_in_go_on_elsewhere(writes: str) -> None:
    assert write_refusal(at(WEST), "west", writes, OURS) is None  # type: ignore[arg-type]
    assert web_refusal(at(WEST), "west") is None


def test_no_password_change_is_offered_or_claimed_elsewhere() -> None:
    assert may_offer_changes(at(EAST), "east", OURS)
    assert not may_offer_changes(at(WEST), "west", OURS)


def test_health_says_read_only_and_why_and_stays_good() -> None:
    health = judged(at(WEST), "west", bus=True)
    assert health.read_only
    assert health.healthy, "it may be sent requests: it reads"
    assert "the writing region is us-east-1" in " ".join(health.problems)
    assert not judged(at(EAST), "east", bus=True).read_only


def test_the_nodes_page_says_why_a_ticked_role_rests_elsewhere() -> None:
    node = Node(2, "west", SAID)
    assert "the writing region is us-east-1" in role_error(node, GATE, Role.ENGINE, NOON)
    assert complaint(node, GATE, NOON) == "", "a node elsewhere is no error"
    assert role_error(Node(1, "east", SAID), GATE, Role.ENGINE, NOON) == ""


def test_mappings_and_schedules_of_a_node_elsewhere_are_off() -> None:
    assert followed(GATE, "west") == "in"
    assert followed(GATE, "east") == "in background engine recording"
    assert here(at(WEST), "west", OURS).in_cluster


def test_a_node_elsewhere_with_newer_code_bars_nobody() -> None:
    newer = Code("99.0.0", 1)
    assert entered(GATE, "west", newer, None).version == VERSION
    assert entered(GATE, "east", newer, None).version == "99.0.0"


def test_copies_are_good_for_a_minute_elsewhere() -> None:
    """Replication may bring an epoch before what it announces."""
    gate = replace(GATE, epochs={"folders": 7})
    minutes = [replace(gate, minute=minute).epoch("folders") for minute in (1, 1, 2)]
    assert minutes[0] == minutes[1] != minutes[2]
    assert gate.epoch("folders") == 7


def test_an_agent_elsewhere_waits_for_the_clusters_rows_and_founds_nothing() -> None:
    with pytest.raises(Unavailable, match="have not come from us-east-1"):
        elsewhere(Gate(writing=EAST, here=WEST), Node(0, "west", SAID))


def test_a_new_node_elsewhere_is_entered_as_a_standby_of_its_region() -> None:
    before = replace(GATE, nodes={"east": FIRST}, regions={})
    after = with_heard(before, WORD, timedelta(seconds=30))
    assert after.nodes == {"east": FIRST, "west": Wanted()}
    assert after.regions == {"west": WEST}


@pytest.mark.parametrize(
    ("stamp", "bar"),
    [
        (SAID, None),
        (replace(SAID, fingerprint=""), Bar.KEY),
        (replace(SAID, version="1.0.0"), Bar.VERSION),
        (replace(SAID, offset=timedelta(minutes=1)), Bar.CLOCK),
    ],
)
def test_what_a_node_elsewhere_disagrees_in_is_entered(stamp: Stamp, bar: Bar | None) -> None:
    heard = replace(WORD, node=replace(WORD.node, stamp=stamp))
    assert with_heard(GATE, heard, timedelta(seconds=30)).barred.get("west") is bar


@pytest.mark.parametrize(
    ("heard", "known", "counts"),
    [
        (WORD, None, True),
        (WORD, Node(2, "west", replace(SAID, seen_at=NOON - timedelta(minutes=1))), True),
        (WORD, Node(2, "west", SAID), False),  # known already
        (replace(WORD, region=EAST), None, False),  # it speaks for itself by now
    ],
)
def test_a_word_from_elsewhere_counts_once(heard: Heard, known: Node | None, counts: bool) -> None:
    rows = {"west": known} if known else {}
    assert is_news(GATE, rows, heard, NOON) is counts


def test_an_old_word_brings_no_undeployed_node_back() -> None:
    assert not is_news(replace(GATE, nodes={}), {}, WORD, NOON + timedelta(minutes=4))


def test_a_node_that_took_a_seen_nodes_name_in_another_region_is_not_heard() -> None:
    heard = replace(WORD, node=replace(WORD.node, name="east"))
    seen = Node(1, "east", replace(SAID, seen_at=NOON - timedelta(minutes=1)))
    unseen = Node(1, "east", replace(SAID, seen_at=NOON - timedelta(hours=1)))
    assert not is_news(GATE, {"east": seen}, heard, NOON)
    assert is_news(GATE, {"east": unseen}, heard, NOON), "the node was moved to another region"
