"""A worker that dies between any two of its acts: the rotation ends well, nothing is lost."""

from __future__ import annotations

from chalicelib.keys.rotation import Stage
from tests.conftest import a_cluster
from tests.counts import full_or
from tests.reaper import Reaper

from .world import World, blobs_by_key, make

LEAST_ACTS = 16
STRIDE = full_or(1, 3)


def test_killed_after_any_act_it_goes_on_and_loses_nothing() -> None:
    reaper = Reaper(STRIDE)
    with reaper.copying(), a_cluster():
        world = make(secrets=1, most=4)
        world.request()
        run(world, reaper)
        world.restart()
        assert world.finish().stage is Stage.DONE
        assert set(blobs_by_key()) == {2}
        world.open_everything()
    assert reaper.acts >= LEAST_ACTS


def run(world: World, reaper: Reaper) -> None:
    """Deliver messages until the worker dies or the rotation is over."""
    for _ in range(60):
        if reaper.has_killed or world.newest().is_over:
            return
        with reaper.at_work():
            world.step()
    raise AssertionError("it neither died nor ended")
