"""What rotation costs in AWS calls (DESIGN 12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.vault.state import HeartbeatStatus, Where
from tests.calls import recording
from tests.counts import full_or

from .world import NOON, SITE, World, make, more

pytestmark = pytest.mark.usefixtures("aws")

MANY = full_or(2_000, 150)  # of 2,000 in each run: tests/test_budgets.py
DUE = range(101, 120)
BUDGET = 10


def tick(world: World) -> None:
    """Every job of rotation, once."""
    for where in Where:
        world.rotation.offering.heartbeats(where, world.now)
        world.rotation.offering.changes(where, world.now)
    world.rotation.sweeping.sweep(world.now)


def test_a_tick_with_nothing_due_costs_one_query_whatever_the_number_of_secrets() -> None:
    world = make(SITE)
    world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.SUCCESS)
    with recording() as few:
        tick(world)
    more(world, range(100, 100 + MANY), due_at=NOON + timedelta(days=1))
    with recording() as many:
        tick(world)
    assert few.seen == many.seen
    assert [call.operation for call in few.seen] == ["Query"] * 5


@pytest.mark.parametrize("site", [1, SITE], ids=["local", "engine"])
def test_a_due_heartbeat_costs_at_most_ten_calls_from_tick_to_result(site: int) -> None:
    world = make(site)
    more(world, DUE, due_at=NOON)
    where = Where.LOCAL if site == 1 else Where.ENGINE
    with recording() as calls:
        tally = world.rotation.offering.heartbeats(where, world.now)
    spent = len(calls.seen)
    assert tally.done == len(DUE) + 1
    for _ in range(3):
        with recording() as calls:
            world.work()
            world.take_answers()
        spent += len([call for call in calls.seen if call.service != "sqs"])
    stored = world.secrets.fetch([12, *DUE]).values()
    assert {one.state.heartbeat for one in stored} == {HeartbeatStatus.SUCCESS}
    assert spent / tally.done <= BUDGET
