"""The rules of the backbone bus as tables: where a node sends, what feeds it, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import VERSION
from chalicelib.cluster.backbone import (
    APART,
    QUEUES,
    STALE,
    WARNING,
    Heard,
    base,
    is_drained,
    left,
    lines,
    orphans,
    own,
    own_names,
    queue_of,
    quiet_after,
    warning,
    without_own,
)
from chalicelib.cluster.functions import WORKERS
from chalicelib.cluster.gate import FIRST, NO_GATE, STANDBY, Gate
from chalicelib.cluster.node import Made, Node, Stamp
from chalicelib.cluster.service.health import judged

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
NEVER = Gate("c1", nodes={"node-a": FIRST, "node-b": FIRST}, version=VERSION)
INTERNAL = replace(NEVER, internal_bus=True, bus_since=NOON)
BACK = replace(NEVER, bus_since=NOON)
SHARED_NAMES = [one.queue for one in WORKERS]
SAFE = NOON + STALE


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def node(name: str, seen: datetime, quiet: datetime | None = None, made: bool = True) -> Node:
    stamp = Stamp(seen, VERSION, 1, "", None, "")
    queues = frozenset(own_names(name)) if made else frozenset[str]()
    return Node(1, name, stamp, Made(queues=queues, quiet=quiet))


@pytest.mark.parametrize("queue", [one.queue for one in WORKERS])
def test_a_node_sends_to_its_own_queues_only_what_is_on_an_internal_bus(queue: str) -> None:
    assert queue_of(NEVER, "node-a", queue) == queue
    assert queue_of(BACK, "node-a", queue) == queue
    on_the_bus = queue in QUEUES
    assert queue_of(INTERNAL, "node-a", queue) == (f"node-a-{queue}" if on_the_bus else queue)


def test_a_nodes_own_queue_stands_for_one_of_the_bus() -> None:
    for queue in QUEUES:
        assert base(own("node-a", queue)) == queue == base(queue)
        assert base(own("web", queue)) == queue  # a node may have any name
    for other in ("site-1", "site-1-now", "engine-response"):
        assert base(other) == other


def fed(gate: Gate, made: Made, now: datetime) -> set[str]:
    return {one.queue for one in lines(gate, "node-a", made, now)}


def test_a_switch_leaves_both_sets_on_until_the_old_one_was_found_empty_twice() -> None:
    """From the first second to the last, in both directions."""
    rest = set(SHARED_NAMES) - set(QUEUES)
    for gate, used, unused in (
        (INTERNAL, set(own_names("node-a")), set(QUEUES)),
        (BACK, set(QUEUES), set(own_names("node-a"))),
    ):
        assert set(left(gate, "node-a")) == unused
        both, alone = rest | used | unused, rest | used
        made = Made()
        story = [  # seconds since the switch, whether it was empty, what feeds the node then
            (0, True, both),  # somebody who read the gate before may still send
            (60, True, both),
            (119, True, both),
            (120, False, both),
            (180, True, both),  # for the first time
            (200, True, both),  # too soon to be sure
            (240, True, alone),
            (300, True, alone),
        ]
        for after, empty, expected in story:
            now = NOON + seconds(after)
            if not is_drained(gate, made, now):
                made = replace(made, quiet=quiet_after(gate, made, empty, now))
            assert fed(gate, made, now) == expected, (gate.internal_bus, after)


@pytest.mark.parametrize(
    ("quiet", "now", "drained"),
    [
        (None, SAFE + seconds(3600), False),
        (NOON - seconds(60), SAFE + seconds(3600), False),  # of an earlier switch
        (SAFE - seconds(1), SAFE + seconds(3600), False),
        (SAFE, SAFE + APART - seconds(1), False),
        (SAFE, SAFE + APART, True),
    ],
)
def test_what_was_found_before_a_switch_says_nothing_after_it(
    quiet: datetime | None, now: datetime, drained: bool
) -> None:
    assert is_drained(INTERNAL, Made(quiet=quiet), now) is drained


def test_a_bus_that_was_never_switched_has_one_set_and_nothing_to_drain() -> None:
    assert fed(NEVER, Made(), NOON) == set(SHARED_NAMES)
    assert quiet_after(NEVER, Made(), True, NOON) is None


LATER = NOON + timedelta(hours=1)
MINE = node("node-a", LATER)
B = "node-b"
GONE, SILENT, THERE = (LATER - timedelta(minutes=one) for one in (6, 5, 1))


@pytest.mark.parametrize(
    ("gate", "other", "helped"),
    [
        pytest.param(INTERNAL, node(B, GONE), set(QUEUES), id="unseen for more than 5 minutes"),
        pytest.param(INTERNAL, node(B, SILENT), set(), id="unseen for 5 minutes"),
        pytest.param(INTERNAL, node(B, THERE), set(), id="seen"),
        pytest.param(INTERNAL, node(B, GONE, made=False), set(), id="it never had any"),
        pytest.param(BACK, node(B, GONE), set(QUEUES), id="it died before it had drained"),
        pytest.param(BACK, node(B, GONE, quiet=SAFE), set(), id="it had drained"),
        pytest.param(NEVER, node(B, GONE), set(), id="the bus was always shared"),
        pytest.param(
            replace(INTERNAL, nodes={"node-a": FIRST, B: replace(FIRST, background=False)}),
            node(B, THERE),
            {"background", "background-now"},
            id="its box is not ticked",
        ),
        pytest.param(
            replace(INTERNAL, nodes={"node-a": FIRST, B: STANDBY}),
            node(B, THERE),
            set(QUEUES),
            id="a standby",
        ),
    ],
)
def test_the_queues_that_their_node_does_not_serve_are_adopted(
    gate: Gate, other: Node, helped: set[str]
) -> None:
    found = {one.queue for one in orphans(gate, "node-a", [MINE, other], LATER)}
    assert found == {own(B, queue) for queue in helped}


def test_every_other_node_adopts_and_its_own_function_of_that_queue_works_on_it() -> None:
    gate = replace(INTERNAL, nodes=dict.fromkeys(["node-a", B, "node-c"], FIRST))
    all_nodes = [MINE, node(B, GONE), node("node-c", LATER)]
    for me in ("node-a", "node-c"):
        for line in orphans(gate, me, all_nodes, LATER):
            assert line.function.queue == base(line.queue)
            assert line.queue.startswith(B)


def test_nodes_without_queues_of_their_own_are_named() -> None:
    nodes = [MINE, node(B, LATER, made=False)]
    assert without_own(nodes, ["node-a", B, "node-c"]) == [B, "node-c"]
    assert without_own(nodes, ["node-a"]) == []


def test_health_warns_of_an_internal_bus_with_several_nodes_and_stays_healthy() -> None:
    warned = judged(INTERNAL, "node-a", True)
    assert warned.healthy and warned.problems == (WARNING,)
    assert judged(NEVER, "node-a", True).problems == ()
    alone = replace(INTERNAL, nodes={"node-a": FIRST, B: STANDBY})
    assert warning(alone) == "" and judged(alone, "node-a", True).problems == ()


def test_a_process_sends_by_the_gate_it_heard_last_and_asks_only_if_it_heard_none() -> None:
    asked: list[int] = []

    def read() -> Gate:
        asked.append(1)
        return INTERNAL

    heard = Heard("node-a", read)
    assert heard.queue("engine-response") == "engine-response" and asked == []
    assert heard.last("web") == "web" and asked == []
    heard.hear(BACK)
    assert heard.queue("web") == "web" and asked == []
    heard.hear(NO_GATE)  # a row that was not read says nothing
    heard.hear(INTERNAL)
    assert heard.queue("web") == "node-a-web" == heard.last("web") and asked == []
    assert heard.own_queues() == own_names("node-a") + own_names("node-b")
    cold = Heard("node-a", read)
    assert [cold.queue("web"), cold.queue("web")] == ["node-a-web"] * 2 and asked == [1]
