"""A process that dies before or after any of its AWS calls: a stored value logs in, always.

The calls of each flow are counted first, then it is run again and killed at each of them. Actors
act again as SQS and the schedules make them, and the flow must come to its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chalicelib.changers.memory import Fault
from chalicelib.rotation.change import Stage
from chalicelib.vault.state import HeartbeatStatus
from tests.calls import AwsCall, Killed, watching
from tests.conftest import a_cluster
from tests.counts import FULL

from .world import SITE, World, make


@dataclass(frozen=True)
class Flow:
    """Something that begins with a tick; `faults` of the target come on top.

    stride: kill at every so many calls only; a flow that waits for long makes idle ticks meanwhile
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
    Flow("untouched-local", 1, True, (Fault.CUT_BEFORE_CHANGE,), stride=24),
    Flow("policy-engine", SITE, True, (Fault.REFUSES_BY_POLICY,), stride=8),
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


@dataclass
class Reaper:
    """Kills the process before or after its call of that number; looks away while a test looks."""

    number: int
    when: str
    seen: int = 0
    away: bool = False

    def before(self, call: AwsCall) -> None:
        self.seen += not self.away
        if self.when == "before":
            self._kill(call)

    def after(self, call: AwsCall) -> None:
        if self.when == "after":
            self._kill(call)

    def _kill(self, call: AwsCall) -> None:
        if not self.away and self.seen >= self.number:
            raise Killed(f"killed {self.when} call {self.number}: {call}")

    def run(self, world: World, flow: Flow) -> bool:
        """Run the flow until it dies; false when it came to its end before."""
        with watching(self.before, self.after):
            try:
                for _ in range(60):
                    world.round()
                    self.away = True
                    if flow.is_over(world):
                        return False
                    self.away = False
            except Killed:
                return True
        raise AssertionError("it neither died nor ended")


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
    stride = 1 if FULL else flow.stride
    number, died = 1 - stride, True
    while died:
        number += stride
        with a_cluster():
            died = _killed_at(number, flow, when)
    assert number >= LEAST_CALLS[name]


def _killed_at(number: int, flow: Flow, when: str) -> bool:
    """Whether the flow has a call of that number; it was killed there and came to its end."""
    world = flow.begun()
    died = Reaper(number, when).run(world, flow)
    assert world.some_stored_value_opens()
    world.rounds(lambda: flow.is_over(world))
    assert world.current_opens()
    assert max(world.runs, default=0) <= 1
    return died
