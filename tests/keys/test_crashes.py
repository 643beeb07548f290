"""A worker that dies before or after any of its calls: the rotation ends well, nothing is lost."""

from __future__ import annotations

import pytest

from chalicelib.keys.rotation import Stage
from tests.calls import AwsCall, Killed, watching
from tests.conftest import a_cluster
from tests.counts import full_or

from .world import World, blobs_by_key, make

LEAST_CALLS = 30
STRIDE = full_or(1, 23)


class Reaper:
    """Kills the worker before or after its call of that number."""

    def __init__(self, number: int, when: str) -> None:
        self.number, self.when, self.seen = number, when, 0

    def before(self, call: AwsCall) -> None:
        self.seen += 1
        if self.when == "before":
            self._kill(call)

    def after(self, call: AwsCall) -> None:
        if self.when == "after":
            self._kill(call)

    def _kill(self, call: AwsCall) -> None:
        if self.seen >= self.number:
            raise Killed(f"killed {self.when} call {self.number}: {call}")


def killed(world: World, reaper: Reaper) -> bool:
    """Run until the worker dies; false when the rotation was over before."""
    for _ in range(60):
        if world.newest().is_over:
            return False
        try:
            with watching(reaper.before, reaper.after):
                world.step()
        except Killed:
            return True
    raise AssertionError("it neither died nor ended")


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_it_goes_on_and_loses_nothing(when: str) -> None:
    number, died = 1 if when == "before" else 1 + STRIDE // 2, True
    while died:
        with a_cluster():
            world = make(secrets=1, most=4)
            world.request()
            died = killed(world, Reaper(number, when))
            world.restart()
            assert world.finish().stage is Stage.DONE
            assert set(blobs_by_key()) == {2}
            world.open_everything()
        number += STRIDE
    assert number >= LEAST_CALLS
