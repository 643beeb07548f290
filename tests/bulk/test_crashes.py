"""A worker that dies at any of its calls: the operation ends, and each item was done once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib import wiring
from tests.bulk.world import AFTER_A_CRASH, World, bare, cluster, routes, time, told, world
from tests.counts import full_or
from tests.reaper import Reaper

__all__ = ["bare", "cluster", "routes", "time", "world"]

LINES = {"deactivate": "DELETE", "change-password-remotely": "PASSWORD CHANGE"}


def after_a_crash(world: World, id: str) -> None:
    """SQS shows the message again, and what was committed and not sent is swept."""
    world.cluster.time.pass_by(seconds=AFTER_A_CRASH.total_seconds())
    wiring.outbox().sweep(world.cluster.time() + timedelta(minutes=1))
    world.deliver(id)
    world.work()


@pytest.mark.parametrize("what", LINES)
def test_killed_at_any_call_each_item_is_done_once(world: World, what: str) -> None:
    ids = world.secrets(3)
    id = world.ask(what, secretIds=[ids[0], 999_999, *ids[1:]])
    reaper = Reaper(stride=full_or(1, 4))
    with reaper.copying():
        with reaper.at_work():
            world.deliver(id)
        if reaper.has_killed:
            after_a_crash(world, id)
        found = world.progress(id)
        assert found["statusMessage"] == "Finished: 3 of 4 done, 1 failed."
        assert [one["itemName"] for one in found["errors"]] == ["secret 999999"]
        assert told(ids, LINES[what]) == [1, 1, 1]
    assert reaper.acts >= 5


def test_killed_as_it_is_asked_for_it_is_begun_whole_or_not_at_all(world: World) -> None:
    ids = world.secrets(2)
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            world.ask("deactivate", secretIds=ids)
        world.cluster.time.pass_by(minutes=1)
        wiring.outbox().sweep(world.cluster.time() + timedelta(minutes=1))
        world.work()
        if reaper.has_killed:
            world.finished("deactivate", secretIds=ids)
        assert told(ids, "DELETE") == [1, 1]
        assert wiring.bulk_worker().store.open() == []
    assert reaper.acts >= 3
