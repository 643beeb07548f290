"""What every changer promises (`Changer`), on targets in memory and on real servers alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.changers.target import (
    Login,
    NotBegun,
    Outcome,
    PinMismatch,
    Refused,
    Uncertain,
    Unreachable,
)
from chalicelib.changers.work import ChangeStatus, Work, WorkKind, perform
from chalicelib.core.plain import Plain
from tests.canary import canary, is_in
from tests.ports import free_port

from .stage import Stage


def fresh() -> Plain:
    return Plain(canary())


def test_the_right_password_is_a_success_and_shows_the_pin(stage: Stage) -> None:
    password = fresh()
    name = stage.account(password)
    checked = stage.changer.verify(stage.target(), Login(name, password))
    assert checked.outcome is Outcome.SUCCESS
    assert bool(checked.pin) is stage.shows_pins


def test_a_wrong_password_fails_and_costs_exactly_one_refused_login(stage: Stage) -> None:
    name = stage.account(fresh())
    checked = stage.changer.verify(stage.target(), Login(name, fresh()))
    assert checked.outcome is Outcome.FAILED
    assert stage.refused_logins(name) == 1


def test_an_unknown_account_fails(stage: Stage) -> None:
    checked = stage.changer.verify(stage.target(), Login("cvnobody", fresh()))
    assert checked.outcome is Outcome.FAILED


def test_nobody_there_says_nothing_about_the_password(stage: Stage) -> None:
    login = Login("cvnobody", fresh())
    nowhere = replace(stage.target(), machine="127.0.0.1", port=free_port())
    assert stage.changer.verify(nowhere, login).outcome is Outcome.UNREACHABLE
    with pytest.raises(Unreachable):
        stage.changer.change(nowhere, login, fresh())


def test_the_account_changes_its_own_password(stage: Stage) -> None:
    old, new = fresh(), fresh()
    name = stage.account(old)
    pin = stage.changer.change(stage.target(), Login(name, old), new)
    assert bool(pin) is stage.shows_pins
    assert stage.opens(name, new)
    assert not stage.opens(name, old)
    assert stage.changer.verify(stage.target(), Login(name, new)).outcome is Outcome.SUCCESS


def test_a_privileged_account_changes_it_without_the_current_password(stage: Stage) -> None:
    new = fresh()
    name = stage.account(fresh())
    stage.changer.change(stage.target(), Login(name, fresh()), new, stage.administrator())
    assert stage.opens(name, new)
    assert stage.refused_logins(name) == 0


def test_a_privileged_change_may_be_repeated(stage: Stage) -> None:
    new = fresh()
    login = Login(stage.account(fresh()), fresh())
    for _ in range(2):
        stage.changer.change(stage.target(), login, new, stage.administrator())
    assert stage.opens(login.username, new)


def test_a_repeated_change_is_uncertain_and_costs_one_refused_login(stage: Stage) -> None:
    old, new = fresh(), fresh()
    login = Login(stage.account(old), old)
    stage.changer.change(stage.target(), login, new)
    with pytest.raises(Uncertain):
        stage.changer.change(stage.target(), login, new)
    assert stage.refused_logins(login.username) == 1
    assert stage.opens(login.username, new)


def test_a_refused_privileged_account_changes_nothing(stage: Stage) -> None:
    old = fresh()
    name = stage.account(old)
    stranger = replace(stage.administrator(), password=fresh())
    with pytest.raises(NotBegun) as refused:
        stage.changer.change(stage.target(), Login(name, old), fresh(), stranger)
    assert refused.value.outcome is Outcome.DENIED
    assert stage.refused_logins(name) == 0
    assert stage.refused_logins(stranger.username) == 1
    assert stage.opens(name, old)


def test_an_account_without_the_right_cannot_change_another_s(stage: Stage) -> None:
    old, other = fresh(), fresh()
    name, bystander = stage.account(old), stage.account(other)
    with pytest.raises(Refused):
        stage.changer.change(stage.target(), Login(name, old), fresh(), Login(bystander, other))
    assert stage.opens(name, old)


def test_the_target_s_rules_refuse_a_password_and_the_old_one_stands(stage: Stage) -> None:
    old = fresh()
    name = stage.account(old)
    with pytest.raises(Refused) as refused:
        stage.changer.change(stage.target(), Login(name, old), Plain(stage.weak or name))
    assert refused.value.policy
    assert stage.opens(name, old)


def test_a_known_pin_is_accepted(stage: Stage) -> None:
    password = fresh()
    name = stage.account(password)
    pin = stage.changer.verify(stage.target(), Login(name, password)).pin
    assert pin
    again = stage.changer.verify(stage.target("another", pin), Login(name, password))
    assert (again.outcome, again.pin) == (Outcome.SUCCESS, pin)


def test_another_host_gets_no_password(stage: Stage) -> None:
    old = fresh()
    name = stage.account(old)
    pin = stage.changer.verify(stage.target(), Login(name, old)).pin
    assert pin
    stage.rekey()
    checked = stage.changer.verify(stage.target(pin), Login(name, fresh()))
    assert checked.outcome is Outcome.PIN_MISMATCH
    assert checked.pin not in (None, pin)
    for privileged in (None, stage.administrator()):
        with pytest.raises(PinMismatch):
            stage.changer.change(stage.target(pin), Login(name, fresh()), fresh(), privileged)
    assert stage.refused_logins(name) == 0
    assert stage.opens(name, old)


def test_the_whole_work_is_proven_by_a_login_with_the_candidate(stage: Stage) -> None:
    old, new = fresh(), fresh()
    name = stage.account(old)
    work = Work(WorkKind.CHANGE, "any", stage.target(), Login(name, old), new)
    answer = perform(work, lambda: False, lambda kind: stage.changer)
    assert answer.status == ChangeStatus.CHANGED
    assert bool(answer.pin) is stage.shows_pins
    assert stage.refused_logins(name) == 0
    assert not stage.opens(name, old)


def test_a_candidate_against_the_rules_is_answered_as_such(stage: Stage) -> None:
    old = fresh()
    name = stage.account(old)
    work = Work(WorkKind.CHANGE, "any", stage.target(), Login(name, old), Plain(stage.weak or name))
    answer = perform(work, lambda: False, lambda kind: stage.changer)
    assert answer.status == ChangeStatus.REFUSED_BY_POLICY
    assert stage.refused_logins(name) == 0


def test_what_cannot_be_a_target_is_refused_before_any_line(stage: Stage) -> None:
    login = Login("", fresh())
    nameless = replace(stage.target(), machine="")
    for target in (nameless, replace(stage.target(), port=70_000)):
        outcome = stage.changer.verify(target, login).outcome
        assert outcome in (Outcome.ARGUMENT, Outcome.UNREACHABLE)
        with pytest.raises(NotBegun):
            stage.changer.change(target, login, fresh())


def test_the_target_s_log_holds_no_password(stage: Stage) -> None:
    old, new, master = fresh(), fresh(), stage.administrator()
    name = stage.account(old)
    stage.changer.change(stage.target(), Login(name, old), new)
    stage.changer.change(stage.target(), Login(name, fresh()), fresh(), master)
    stage.changer.verify(stage.target(), Login(name, fresh()))
    assert not is_in(stage.written())
