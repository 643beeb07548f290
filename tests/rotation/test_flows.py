"""Heartbeats and password changes from tick to result, through the local worker and an engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.changers.memory import Fault
from chalicelib.core.errors import Throttled
from chalicelib.core.plain import Plain
from chalicelib.mail.service import FORSAKEN
from chalicelib.mail.store import MailRow
from chalicelib.rotation.change import Stage
from chalicelib.rotation.service import Asker
from chalicelib.settings.mail import MailChange
from chalicelib.vault.state import ChangeResult, HeartbeatStatus
from chalicelib.vault.watching import Happening
from tests.canary import canary
from tests.vault.conftest import ANN

from .world import MINUTE, NOON, SITE, USER, World, make

pytestmark = pytest.mark.usefixtures("aws")
SITES = pytest.mark.parametrize("site", [1, SITE], ids=["local", "engine"])


def is_checked(world: World) -> bool:
    return world.state.heartbeat is HeartbeatStatus.SUCCESS


def is_settled(world: World) -> bool:
    change = world.change()
    return change is not None and not change.is_open


def expire(world: World) -> None:
    """Let the password be too old from now on."""
    world.set_state(expires_at=world.now, change_due_at=world.now, heartbeat_due_at=None)


@SITES
def test_a_due_heartbeat_finds_that_the_password_logs_in(site: int) -> None:
    world = make(site)
    world.round()
    state = world.state
    assert state.heartbeat is HeartbeatStatus.SUCCESS
    assert state.heartbeat_due_at == world.now - MINUTE + timedelta(hours=1)
    assert not state.heartbeat_item
    assert world.host.logins[USER] == 1
    assert world.stored().secret.pins == (world.host.pin,)


@SITES
def test_a_failed_heartbeat_is_out_of_sync_and_not_repeated_until_an_edit(site: int) -> None:
    world = make(site)
    world.host.accounts[USER] = Plain(canary())
    world.pass_time(timedelta(hours=3))
    assert world.state.heartbeat is HeartbeatStatus.FAILED
    assert world.state.is_out_of_sync
    assert world.host.wrong_logins[USER] == 1
    for wrong in (2, 3):  # people may have it tried again, and not so often that it locks
        world.rotation.asking.heartbeat(Asker(4), world.stored(), world.now)
        world.pass_time(MINUTE)
        assert world.state.heartbeat is HeartbeatStatus.FAILED
        with pytest.raises(Throttled, match="5 minutes"):
            world.rotation.asking.heartbeat(Asker(4), world.stored(), world.now)
        assert world.host.wrong_logins[USER] == wrong
        world.pass_time(timedelta(minutes=5))
    world.edit_password(world.host.accounts[USER])
    world.rounds(lambda: is_checked(world))
    assert not world.state.is_out_of_sync


@SITES
def test_who_asked_is_mailed_once_that_it_fails_and_when_it_is_changed(site: int) -> None:
    on = MailChange({"sender": "conclave@example.com"})
    world, wishes = make(site), frozenset({Happening.HEARTBEAT_FAILED, Happening.CHANGED})
    wiring.mail_configuration().change(ANN, lambda _: on, NOON)
    known = world.stored()
    world.put(replace(known, secret=replace(known.secret, watchers={5: wishes})))
    world.host.arm(Fault.UNREACHABLE, Fault.UNREACHABLE)
    world.rounds(lambda: is_checked(world))
    (mail,) = MailRow.scan()
    assert (mail.mail_kind, mail.facts["secret"]) == ("secret-heartbeat-failed", "app on host-1")
    assert "UnableToConnect" in mail.facts["what"]
    assert mail.pk.partition("#")[2] in {
        one.id for one in wiring.postman().store.open_since(world.now - FORSAKEN, 9)
    }, "a sweep sends word of it"
    expire(world)
    world.rounds(lambda: is_settled(world))
    assert sorted(one.mail_kind for one in MailRow.scan())[0] == "secret-changed"


@SITES
def test_an_expired_password_is_changed_and_the_old_one_kept_in_history(site: int) -> None:
    world = make(site)
    old = world.current()
    expire(world)
    world.rounds(lambda: is_settled(world))
    change = world.change()
    assert change is not None
    assert change.stage is Stage.DONE
    assert world.current_opens()
    assert not world.host.opens(USER, old)
    assert world.state.change is ChangeResult.SUCCESS
    assert world.state.heartbeat is HeartbeatStatus.SUCCESS
    assert world.host.wrong_logins[USER] == 0
    former, _ = world.secrets.history(12, "password")[0]
    assert world.values.open(12, former).same(old)


FAULTS = [
    (Fault.UNREACHABLE, Stage.DONE),
    (Fault.CUT_AFTER_LOGIN, Stage.DONE),
    (Fault.REFUSES, Stage.DONE),
    (Fault.REFUSES_BY_POLICY, Stage.DONE),
    (Fault.CHANGED_BUT_SAYS_NO, Stage.DONE),
    (Fault.SAYS_YES_BUT_DID_NOT, Stage.DONE),
    (Fault.CUT_BEFORE_CHANGE, Stage.DONE),
    (Fault.CUT_AFTER_CHANGE, Stage.DONE),
]


@SITES
@pytest.mark.parametrize(("fault", "end"), FAULTS, ids=[one.name for one, _ in FAULTS])
def test_a_change_gets_over_each_fault_of_a_target(site: int, fault: Fault, end: Stage) -> None:
    world = make(site)
    world.host.arm(fault)
    expire(world)
    world.rounds(lambda: is_settled(world))
    change = world.change()
    assert change is not None
    assert change.stage is end
    assert world.current_opens()
    assert max(world.runs) <= 1
    assert world.state.heartbeat is HeartbeatStatus.SUCCESS
    assert not world.state.is_out_of_sync


@SITES
def test_when_no_value_opens_all_are_kept_and_a_person_decides(site: int) -> None:
    world = make(site)
    expire(world)
    elsewhere = Plain(canary())
    world.host.accounts[USER] = elsewhere  # somebody else changed it there
    world.pass_time(timedelta(hours=3))
    change = world.change()
    assert change is not None
    assert change.stage is Stage.OUT_OF_SYNC
    assert len(change.candidates) == 1
    assert world.state.is_out_of_sync
    assert world.state.change_due_at is None
    assert max(world.runs) <= 1
    assert world.host.wrong_logins[USER] == 3  # the change, the candidate, the current one
    world.edit_password(elsewhere)
    world.rounds(lambda: is_checked(world))
    settled = world.change()
    assert settled is not None
    assert settled.stage is Stage.STOPPED


@SITES
def test_an_engine_that_dies_after_the_change_loses_nothing(site: int) -> None:
    world = make(site)
    world.host.arm(Fault.CUT_AFTER_CHANGE)
    world.ports.vault.due  # noqa: B018
    expire(world)
    world.rounds(lambda: is_settled(world))
    assert world.current_opens()


@SITES
def test_a_person_changes_the_password_to_a_given_one(site: int) -> None:
    world = make(site)
    world.rounds(lambda: is_checked(world))
    wanted = Plain(canary())
    world.rotation.asking.change(Asker(4), world.stored(), wanted, world.now)
    assert world.state.change is ChangeResult.PENDING
    world.rounds(lambda: is_settled(world))
    assert world.current().same(wanted)
    assert world.current_opens()


@SITES
def test_a_person_asks_for_a_heartbeat_and_sees_it_pending(site: int) -> None:
    world = make(site)
    world.rounds(lambda: is_checked(world))
    world.rotation.asking.heartbeat(Asker(4), world.stored(), world.now)
    assert world.state.heartbeat is HeartbeatStatus.PENDING
    world.rotation.asking.heartbeat(Asker(4), world.stored(), world.now)
    world.round()
    assert is_checked(world)
    assert world.host.logins[USER] == 2


def test_a_change_that_waits_for_a_heartbeat_comes_after_it() -> None:
    world = make(1)
    world.rotation.asking.heartbeat(Asker(4), world.stored(), world.now)
    world.rotation.asking.change(Asker(4), world.stored(), None, world.now)
    assert world.state.change is ChangeResult.PENDING
    world.rounds(lambda: is_settled(world))
    assert world.current_opens()
    assert world.host.wrong_logins[USER] == 0


def test_a_stopped_change_is_not_made() -> None:
    world = make(SITE)
    old = world.current()
    world.rotation.asking.change(Asker(4), world.stored(), None, world.now)
    assert world.rotation.asking.stop(Asker(4), world.stored(), world.now)
    world.pass_time(timedelta(hours=1))
    assert world.current().same(old)
    assert world.current_opens()
    assert not world.rotation.asking.stop(Asker(4), world.stored(), world.now)
