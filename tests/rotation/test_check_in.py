"""A check-in that has the password changed: until it is, nobody has it; then somebody may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.changers.memory import Fault
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.rotation.change import Stage
from chalicelib.rotation.service import Asker
from chalicelib.vault.change import next_state
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.secret import Expiry, ExpiryKind
from chalicelib.vault.service import CheckoutService
from chalicelib.vault.state import AfterCheckIn, Checkout, Where
from tests.canary import canary
from tests.conftest import a_cluster
from tests.reaper import Reaper

from .world import MINUTE, SECRET, SITE, USER, World, make

SITES = pytest.mark.parametrize("site", [1, SITE], ids=["local", "engine"])
TERMS = CheckoutTerms(required=True, minutes=30, changes_password=True)
ANN = Asker(11)
LEAST_ACTS = {1: 13, SITE: 15}


def held(site: int, terms: CheckoutTerms = TERMS) -> World:
    """A secret that Ann has checked out for one minute from now."""
    world = make(site)
    stored = world.stored()
    checkout = Checkout("c1", ANN.user_id, "Ann", world.now, world.now + MINUTE)
    state = replace(stored.state, checkout=checkout, heartbeat_due_at=None)
    world.put(replace(stored, secret=replace(stored.secret, checkout=terms), state=state))
    return world


def monitor(world: World) -> Tally:
    """CheckOutMonitor."""
    service = CheckoutService(
        wiring.secret_finder(),
        world.secrets,
        world.committer,
        wiring.ids(),
        world.rotation.hooks,
        lambda: 30,
        lambda: None,
    )
    return service.check_in_what_is_over(world.now)


def checked_in(world: World) -> World:
    world.pass_time(MINUTE)
    assert monitor(world) == Tally(1, 1)
    return world


def is_free(world: World) -> bool:
    return world.state.checkout is None and not world.state.after_check_in


@SITES
def test_the_password_is_changed_and_then_somebody_may_have_it(aws: None, site: int) -> None:
    world = held(site)
    old = world.current()
    checked_in(world)
    assert world.state.after_check_in is AfterCheckIn.WANTED
    world.rounds(lambda: is_free(world))
    change = world.change()
    assert change is not None
    assert change.stage is Stage.DONE
    assert world.current_opens()
    assert not world.host.opens(USER, old)


def test_while_the_target_cannot_be_reached_nobody_has_it(aws: None) -> None:
    world = held(SITE)
    world.host.arm(*[Fault.UNREACHABLE] * 3)
    checked_in(world)
    world.pass_time(timedelta(minutes=30))
    assert world.state.after_check_in is AfterCheckIn.BEGUN
    world.rounds(lambda: is_free(world))
    assert world.current_opens()


@pytest.mark.parametrize("rounds", [0, 1], ids=["before it is begun", "before it is tried again"])
def test_a_person_may_stop_it(aws: None, rounds: int) -> None:
    world = held(SITE)
    world.host.arm(Fault.UNREACHABLE)
    checked_in(world)
    for _ in range(rounds):
        world.round()
    assert not is_free(world)
    assert world.rotation.asking.stop(ANN, world.stored(), world.now)
    assert is_free(world)
    assert not world.rotation.asking.stop(ANN, world.stored(), world.now)
    assert world.current_opens()


def test_a_change_that_the_holder_had_begun_is_not_the_one_that_was_asked_for(aws: None) -> None:
    """He knows the password that he gave: it does not stay."""
    world = held(SITE)
    given = Plain(canary())
    world.rotation.asking.change(ANN, world.stored(), given, world.now)
    world.now += MINUTE
    assert monitor(world) == Tally(1, 1)
    world.rounds(lambda: is_free(world))
    assert world.current_opens()
    assert not world.host.opens(USER, given)
    assert len(world.ports.store.past(SECRET, world.now)) == 1


def test_what_cannot_be_changed_for_it_is_out_of_sync_is_left_to_a_person(aws: None) -> None:
    world = make(SITE)
    world.host.accounts[USER] = Plain(canary())
    world.set_state(expires_at=world.now, change_due_at=world.now, heartbeat_due_at=None)
    world.pass_time(timedelta(hours=3))
    change = world.change()
    assert change is not None
    assert change.stage is Stage.OUT_OF_SYNC
    world.set_state(after_check_in=AfterCheckIn.WANTED, change_due_at=world.now)
    world.rotation.offering.changes(Where.ENGINE, world.now)
    assert is_free(world)
    assert world.change() == change


def test_an_expired_password_is_not_changed_in_its_holders_hands(aws: None) -> None:
    world = held(SITE, replace(TERMS, changes_password=False))
    world.set_state(expires_at=world.now, change_due_at=world.now)
    world.rotation.offering.changes(Where.ENGINE, world.now)
    assert world.change() is None
    assert world.state.change_due_at == world.now + MINUTE
    checked_in(world)
    world.rounds(lambda: world.change() is not None)


def test_the_change_stays_due_when_another_expiry_is_set(aws: None) -> None:
    world = checked_in(held(SITE))
    stored = world.stored()
    after = replace(stored.secret, expiry=Expiry(ExpiryKind.DAYS, days=9))
    state = next_state(stored.state, stored.secret, after, (), world.now)
    assert state.change_due_at == stored.state.change_due_at
    assert state.expires_at != stored.state.expires_at


@SITES
def test_killed_after_each_act_it_still_ends_well(site: int) -> None:
    """The monitor's acts, and those of the change that follows."""
    reaper = Reaper()
    with reaper.copying(), a_cluster():
        world = held(site)
        old = world.current()
        world.now += MINUTE
        for _ in range(60):
            with reaper.at_work():
                monitor(world)
                world.turn()
            if reaper.has_killed or is_free(world):
                break
        if reaper.has_killed:
            monitor(world)
            world.rounds(lambda: is_free(world))
        assert world.current_opens()
        assert not world.host.opens(USER, old)
    assert reaper.acts >= LEAST_ACTS[site]
