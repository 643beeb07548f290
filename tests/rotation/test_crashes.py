"""A process that dies before or after any of its AWS calls: a stored value logs in, always.

Each flow is run once and killed at each of its calls, in copies that go on from there: actors act
again as SQS and the schedules make them, and the flow must come to its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chalicelib.changers.memory import Fault
from chalicelib.rotation.change import Stage
from chalicelib.vault.state import HeartbeatStatus
from tests.conftest import a_cluster
from tests.counts import FULL
from tests.reaper import Reaper

from .world import SITE, World, make


@dataclass(frozen=True)
class Flow:
    """Something that begins with a tick; `faults` of the target come on top.

    stride: kill at one call of so many only
    """

    name: str
    site: int
    change: bool
    faults: tuple[Fault, ...] = ()
    stride: int = 1

    def begun(self) -> World:
        world = make(self.site)
        world.host.arm(*self.faults)
        if self.change:
            world.set_state(expires_at=world.now, change_due_at=world.now, heartbeat_due_at=None)
        return world

    def is_over(self, world: World) -> bool:
        if not self.change:
            return world.state.heartbeat is HeartbeatStatus.SUCCESS
        change = world.change()
        return change is not None and change.stage is Stage.DONE


FLOWS = [
    Flow("heartbeat-local", 1, change=False),
    Flow("heartbeat-engine", SITE, change=False),
    Flow("change-local", 1, change=True),
    Flow("change-engine", SITE, change=True),
    Flow("uncertain-engine", SITE, True, (Fault.CUT_AFTER_CHANGE,), stride=4),
    Flow("untouched-local", 1, True, (Fault.CUT_BEFORE_CHANGE,), stride=6),
    Flow("policy-engine", SITE, True, (Fault.REFUSES_BY_POLICY,), stride=3),
]
BY_NAME = {one.name: one for one in FLOWS}
LEAST_CALLS = {
    "heartbeat-local": 15,
    "heartbeat-engine": 20,
    "change-local": 15,
    "change-engine": 20,
    "uncertain-engine": 25,
    "untouched-local": 25,
    "policy-engine": 25,
}
"""So many calls each flow surely makes; fewer kills would mean that the test saw none."""


CASES = [
    (one.name, when)
    for one in FLOWS
    for when in ("after", "before")
    if when == "after" or not one.faults or FULL
]
"""Of flows with a fault, `make prove` kills before and after each call; here, after some."""


@pytest.mark.parametrize(("name", "when"), CASES)
def test_killed_at_each_call_a_flow_still_ends_well(name: str, when: str) -> None:
    flow = BY_NAME[name]
    reaper = Reaper(when, 1 if FULL else flow.stride)
    with reaper.copying(), a_cluster():
        world = flow.begun()
        _run(world, flow, reaper)
        assert world.some_stored_value_opens()
        if reaper.has_killed:
            world.rounds(lambda: flow.is_over(world))
        assert world.current_opens()
        assert max(world.runs, default=0) <= 1
    assert reaper.calls >= LEAST_CALLS[name]


def _run(world: World, flow: Flow, reaper: Reaper) -> None:
    """Run the flow until it is over, or dies."""
    for _ in range(60):
        with reaper.at_work():
            world.turn()
        if reaper.has_killed or flow.is_over(world):
            return
    raise AssertionError("it neither died nor ended")
