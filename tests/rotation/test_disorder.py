"""Messages twice, late, out of order, expired; workers killed in between; two nodes at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from chalicelib import wiring
from chalicelib.changers.memory import Fault
from chalicelib.core.errors import ConclaveError, Stale
from chalicelib.core.tick import Tally
from chalicelib.rotation.change import Stage
from chalicelib.vault.state import HeartbeatStatus, Where
from tests.counts import FULL

from .world import MINUTE, SITE, USER, Dead, World, make, more

pytestmark = pytest.mark.usefixtures("aws")
SEEDS = 100 if FULL else 3
SITES = pytest.mark.parametrize("site", [1, SITE], ids=["local", "engine"])


def where(world: World) -> Where:
    return Where.LOCAL if world.site_id == 1 else Where.ENGINE


def expire(world: World) -> None:
    world.set_state(expires_at=world.now, change_due_at=world.now, heartbeat_due_at=None)


def is_done(world: World) -> bool:
    change = world.change()
    return change is not None and change.stage is Stage.DONE


@SITES
def test_the_same_item_brought_twice_is_worked_on_once(site: int) -> None:
    world = make(site)
    expire(world)
    world.rotation.offering.changes(where(world), world.now)
    item = world.state.change_item
    _bring(world, item)
    with pytest.raises(Stale):
        _bring(world, item)
    world.take_answers()
    assert is_done(world)
    assert world.host.changes[USER] == 1


def _bring(world: World, item: str) -> None:
    if world.site_id == 1:
        world.local.run(item)
    else:
        world.answers_of_engine(item)


@SITES
def test_an_item_that_comes_after_its_time_is_not_worked_on(site: int) -> None:
    world = make(site)
    expire(world)
    world.rotation.offering.changes(where(world), world.now)
    world.now += 20 * MINUTE
    with pytest.raises(Stale):
        _bring(world, world.state.change_item)
    assert world.host.logins[USER] == 0


@SITES
def test_work_that_nobody_takes_is_offered_again_after_its_time_and_not_before(
    site: int,
) -> None:
    world = make(site)
    world.rotation.offering.heartbeats(where(world), world.now)
    first = world.state.heartbeat_item
    world.now += 9 * MINUTE
    world.rotation.sweeping.sweep(world.now)
    assert world.rotation.offering.heartbeats(where(world), world.now).done == 0
    assert world.state.heartbeat_item == first
    world.now += MINUTE
    world.rotation.sweeping.sweep(world.now)
    assert world.rotation.offering.heartbeats(where(world), world.now).done == 1
    assert world.state.heartbeat_item not in ("", first)


def test_a_worker_killed_after_its_claim_leaves_a_lease_that_ends() -> None:
    world = make(SITE)
    world.engine.before_answer = _dies
    world.round()
    assert world.state.heartbeat is HeartbeatStatus.PROCESSING
    world.engine.before_answer = _lives
    world.rounds(lambda: world.state.heartbeat is HeartbeatStatus.SUCCESS, most=12)


def _dies() -> None:
    raise Dead


def _lives() -> None:
    return None


def test_two_nodes_that_offer_at_once_offer_one_item() -> None:
    """The second read what the first then changed: its write is refused."""
    world = make(SITE)
    stored = world.stored()
    offering = world.rotation.offering
    steps = [offering._heartbeat(stored, world.now) for _ in range(2)]
    sent = [offering._together([step]) for step in steps if step]
    assert sent == [1, 0]


def test_one_secret_that_moved_meanwhile_does_not_hold_up_the_others() -> None:
    world = make(SITE)
    more(world, range(101, 105), due_at=world.now)
    real = world.ports.vault.fetch

    def fetch(ids: list[int]) -> object:
        found = real(ids)
        if len(ids) > 1:
            world.set_state(misses=1)
        return found

    object.__setattr__(world.ports, "vault", _Meanwhile(world.ports.vault, fetch))
    assert world.rotation.offering.heartbeats(Where.ENGINE, world.now).done == 4


class _Meanwhile:
    """The vault, in which something happens between a read and the write based on it."""

    def __init__(self, inner: object, fetch: Callable[..., object]) -> None:
        self._inner, self.fetch = inner, fetch

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def test_a_site_without_queues_holds_up_no_other_site() -> None:
    world = make(SITE)
    more(world, range(101, 105), due_at=world.now, site_id=SITE + 1)
    tally = world.rotation.offering.heartbeats(Where.ENGINE, world.now)
    assert (tally.done, tally.failed) == (5, 0)  # committed: the outbox sweep tries again
    assert wiring.outbox().sweep(world.now + MINUTE) == Tally(4, 0, 4)


@SITES
@pytest.mark.parametrize("seed", range(SEEDS))
def test_in_any_disorder_some_stored_value_logs_in_and_the_change_ends(
    site: int, seed: int
) -> None:
    """Faults of the target, dead engines, repeated and forgotten messages, edits of nothing."""
    world = make(site, lockout=4)
    chance = random.Random(seed)  # noqa: S311 - a simulation
    expire(world)
    for _ in range(25):
        _disturb(world, chance)
        world.engine.before_answer = chance.choice((_dies, _lives, _lives))
        world.step = chance.choice((1, 1, 3, 7)) * MINUTE
        world.round()
        assert world.some_stored_value_opens()
    world.host.faults.clear()
    world.engine.before_answer = _lives
    world.host.unlock(USER)
    world.rounds(lambda: is_done(world), most=120)
    assert world.current_opens()
    assert max(world.runs) <= 1


def _disturb(world: World, chance: random.Random) -> None:
    if chance.random() < 0.4:
        world.host.arm(chance.choice(list(Fault)))
    if chance.random() < 0.3:
        for item in filter(None, (world.state.change_item, world.state.heartbeat_item)):
            before = world.host.wrong_logins[USER]
            with suppress(ConclaveError, Dead):
                _bring(world, item)
            world.runs.append(world.host.wrong_logins[USER] - before)
