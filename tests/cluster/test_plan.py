"""Plans as data: what is wanted and what there is in, steps out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.cluster.plan import (
    Actual,
    CreateMapping,
    CreateSchedule,
    DeleteMapping,
    DeleteSchedule,
    Feed,
    Found,
    MakeQueue,
    OwnQueue,
    Step,
    SwitchMapping,
    Target,
    Timed,
    WriteSchedule,
    digest,
    plan,
)

FEED = Feed("conclave-a-web", "arn:web", on=True)
OFF = replace(FEED, on=False)
GOOD = Found("m1", FEED.function, FEED.queue_arn, on=True, partial=True, batch=1)
TICK = Timed("heartbeat", "HeartbeatMonitor", "cron(* * * * ? *)", True, "q", "r", timedelta(0, 60))
QUIET = replace(TICK, on=False)
QUEUE = OwnQueue("site-7", timedelta(seconds=360))


@pytest.mark.parametrize(
    ("feed", "found", "steps"),
    [
        pytest.param(FEED, [], [CreateMapping(FEED)], id="missing: made, switched off"),
        pytest.param(OFF, [], [CreateMapping(OFF)], id="missing and unticked: made all the same"),
        pytest.param(FEED, [GOOD], [], id="as it should be"),
        pytest.param(
            FEED,
            [replace(GOOD, on=False)],
            [SwitchMapping("m1", FEED.function, True)],
            id="ticked: on",
        ),
        pytest.param(OFF, [GOOD], [SwitchMapping("m1", FEED.function, False)], id="unticked: off"),
        pytest.param(
            FEED,
            [replace(GOOD, partial=False)],
            [SwitchMapping("m1", FEED.function, True, False)],
            id="partial answers lost: set again",
        ),
        pytest.param(
            OFF, [replace(GOOD, settled=False)], [], id="AWS is still changing it: next tick"
        ),
        pytest.param(
            FEED,
            [replace(GOOD, queue_arn="arn:other")],
            [DeleteMapping("m1", FEED.function), CreateMapping(FEED)],
            id="another queue: another mapping",
        ),
        pytest.param(
            FEED,
            [replace(GOOD, batch=10)],
            [DeleteMapping("m1", FEED.function), CreateMapping(FEED)],
            id="another batch size: another mapping",
        ),
        pytest.param(
            FEED,
            [GOOD, replace(GOOD, id="m2")],
            [DeleteMapping("m2", FEED.function)],
            id="two of a kind: one goes",
        ),
        pytest.param(
            FEED,
            [replace(GOOD, function="conclave-b-web")],
            [CreateMapping(FEED)],
            id="another node's is left alone",
        ),
    ],
)
def test_mappings(feed: Feed, found: list[Found], steps: list[Step]) -> None:
    assert plan(Target(feeds=(feed,)), Actual(mappings=tuple(found))) == tuple(steps)


WRITTEN = digest([TICK])


@pytest.mark.parametrize(
    ("wanted", "actual", "steps"),
    [
        pytest.param([TICK], Actual(), [CreateSchedule(TICK)], id="missing"),
        pytest.param([TICK], Actual(schedules={"heartbeat": True}, digest=WRITTEN), [], id="as is"),
        pytest.param(
            [QUIET],
            Actual(schedules={"heartbeat": True}, digest=WRITTEN),
            [WriteSchedule(QUIET)],
            id="background worker unticked, or job paused",
        ),
        pytest.param(
            [TICK],
            Actual(schedules={"heartbeat": False}, digest=WRITTEN),
            [WriteSchedule(TICK)],
            id="switched off by hand",
        ),
        pytest.param(
            [TICK],
            Actual(schedules={"heartbeat": True}, digest="older"),
            [WriteSchedule(TICK)],
            id="the interval was changed",
        ),
        pytest.param(
            [TICK],
            Actual(
                schedules={"heartbeat": True},
                digest=WRITTEN,
                read={"heartbeat": replace(TICK, cron="cron(0 0 * * ? *)")},
            ),
            [WriteSchedule(TICK)],
            id="its text was changed by hand",
        ),
        pytest.param(
            [TICK],
            Actual(schedules={"heartbeat": True}, digest=WRITTEN, read={"heartbeat": TICK}),
            [],
            id="read whole and right",
        ),
        pytest.param(
            [],
            Actual(schedules={"heartbeat": True}, digest=digest([])),
            [DeleteSchedule("heartbeat")],
            id="no longer in the catalogue",
        ),
    ],
)
def test_schedules(wanted: list[Timed], actual: Actual, steps: list[Step]) -> None:
    assert plan(Target(schedules=tuple(wanted)), actual) == tuple(steps)


def test_a_function_has_one_mapping_for_each_of_its_queues() -> None:
    """As while the bus is switched: the old queue stays on, the new one comes, a third goes."""
    new, third = replace(FEED, queue_arn="arn:new"), replace(GOOD, id="m3", queue_arn="arn:third")
    both = Target(feeds=(FEED, new))
    assert plan(both, Actual(mappings=(GOOD, third))) == (
        DeleteMapping("m3", FEED.function),
        CreateMapping(new),
    )
    made = replace(GOOD, id="m2", queue_arn="arn:new", on=False)
    assert plan(both, Actual(mappings=(GOOD, made))) == (SwitchMapping("m2", FEED.function, True),)
    settled = Actual(mappings=(GOOD, replace(made, on=True)))
    assert plan(both, settled) == ()
    assert plan(Target(feeds=(new,)), settled) == (DeleteMapping("m1", FEED.function),)


def test_a_digest_tells_texts_apart_but_not_on_from_off() -> None:
    assert digest([TICK]) == digest([QUIET])
    assert digest([TICK]) != digest([replace(TICK, cron="cron(0 0 * * ? *)")])


def test_queues_of_sites_are_made_once() -> None:
    assert plan(Target(queues=(QUEUE,)), Actual()) == (MakeQueue(QUEUE),)
    assert plan(Target(queues=(QUEUE,)), Actual(queues=frozenset({"site-7"}))) == ()


def test_what_stops_work_comes_first() -> None:
    other = replace(FEED, function="conclave-a-background", on=False)
    wanted = Target(feeds=(FEED, other), schedules=(QUIET,), queues=(QUEUE,))
    actual = Actual(
        mappings=(replace(GOOD, id="m2", function=other.function),),
        schedules={"heartbeat": True, "gone": True},
        digest=WRITTEN,
    )
    assert plan(wanted, actual) == (
        SwitchMapping("m2", other.function, False),
        DeleteSchedule("gone"),
        WriteSchedule(QUIET),
        MakeQueue(QUEUE),
        CreateMapping(FEED),
    )


def test_nothing_wanted_and_nothing_there_is_nothing_to_do() -> None:
    assert plan(Target(), Actual()) == ()
