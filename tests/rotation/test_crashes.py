"""A process that dies between any two of its acts: a stored value logs in, always.

Each flow is run once and killed after each of its acts, on AWS or on the target, in copies that go
on from there: actors act again as SQS and the schedules make them, and the flow must come to its
end.
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

    stride: kill after one act of so many only
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
    Flow("heartbeat-local", 1, change=False, stride=2),
    Flow("heartbeat-engine", SITE, change=False, stride=2),
    Flow("change-local", 1, change=True),
    Flow("change-engine", SITE, change=True),
    Flow("uncertain-engine", SITE, True, (Fault.CUT_AFTER_CHANGE,), stride=3),
    Flow("untouched-local", 1, True, (Fault.CUT_BEFORE_CHANGE,), stride=7),
    Flow("policy-engine", SITE, True, (Fault.REFUSES_BY_POLICY,), stride=5),
]
BY_NAME = {one.name: one for one in FLOWS}
LEAST_ACTS = {
    "heartbeat-local": 10,
    "heartbeat-engine": 12,
    "change-local": 12,
    "change-engine": 14,
    "uncertain-engine": 25,
    "untouched-local": 40,
    "policy-engine": 25,
}
"""So much each flow surely does; fewer kills would mean that the test saw none."""


@pytest.mark.parametrize("name", BY_NAME)
def test_killed_after_each_act_a_flow_still_ends_well(name: str) -> None:
    """Of checks and of flows with a fault, `make prove` kills after each act; here, after some."""
    flow = BY_NAME[name]
    reaper = Reaper(1 if FULL else flow.stride)
    with reaper.copying(), a_cluster():
        world = flow.begun()
        _run(world, flow, reaper)
        assert world.some_stored_value_opens()
        if reaper.has_killed:
            world.rounds(lambda: flow.is_over(world))
        assert world.current_opens()
        assert max(world.runs, default=0) <= 1
    assert reaper.acts >= LEAST_ACTS[name]


def _run(world: World, flow: Flow, reaper: Reaper) -> None:
    """Run the flow until it is over, or dies."""
    for _ in range(60):
        with reaper.at_work():
            world.turn()
        if reaper.has_killed or flow.is_over(world):
            return
    raise AssertionError("it neither died nor ended")
