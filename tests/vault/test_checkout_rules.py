"""What checkout keeps from whom: deeds x situations, written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core.errors import Invalid, MaintenanceMode
from chalicelib.vault.checkout import (
    ChangePending,
    CheckedOut,
    CheckoutTerms,
    RequiresCheckout,
    checked_in,
    extended,
    minutes_left,
    refusal,
)
from chalicelib.vault.grants import Deed
from chalicelib.vault.state import AfterCheckIn, ChangeResult, Checkout, SecretState
from chalicelib.vault.visit import Visit
from tests.vault.conftest import ANN, BEN, NOON

TERMS = CheckoutTerms(required=True)
VISIT = Visit(ANN, NOON)
FROZEN = replace(VISIT, refusal=MaintenanceMode())
FREE = SecretState(1)


def held(by: int, minutes: int) -> SecretState:
    since = NOON - timedelta(hours=1)
    until = NOON + timedelta(minutes=minutes)
    return replace(FREE, checkout=Checkout("c", by, "somebody", since, until))


PENDING = replace(FREE, after_check_in=AfterCheckIn.WANTED)
SITUATIONS = {
    "free": (FREE, VISIT),
    "mine": (held(ANN.user_id, 1), VISIT),
    "mine, over": (held(ANN.user_id, 0), VISIT),
    "mine, over in maintenance": (held(ANN.user_id, 0), FROZEN),
    "another's": (held(BEN.user_id, 1), VISIT),
    "another's, over": (held(BEN.user_id, 0), VISIT),
    "another's, over in maintenance": (held(BEN.user_id, 0), FROZEN),
    "being changed": (PENDING, VISIT),
}
N, O, P = RequiresCheckout, CheckedOut, ChangePending  # noqa: E741 - names of cells
A = None
#                          free  mine  over  maint another over maint changed
KEPT = {
    Deed.REVEAL:          (N,    A,    N,    A,    O,     N,   O,    P),
    Deed.HISTORY:         (N,    A,    N,    A,    O,     N,   O,    P),
    Deed.COPY:            (N,    A,    N,    A,    O,     N,   O,    P),
    Deed.CONVERT:         (N,    A,    N,    A,    O,     N,   O,    P),
    Deed.EDIT:            (A,    A,    A,    A,    O,     A,   O,    A),
    Deed.DELETE:          (A,    A,    A,    A,    O,     A,   O,    A),
    Deed.CHANGE_PASSWORD: (A,    A,    A,    A,    O,     A,   O,    A),
}  # fmt: skip
NOTHING = (None,) * len(SITUATIONS)


@pytest.mark.parametrize("deed", Deed)
def test_what_checkout_keeps_from_whom(deed: Deed) -> None:
    found = [refusal(deed, TERMS, state, visit) for state, visit in SITUATIONS.values()]
    assert tuple(type(one) if one else None for one in found) == KEPT.get(deed, NOTHING)


@pytest.mark.parametrize("deed", Deed)
def test_where_nothing_is_to_be_checked_out_it_keeps_nothing(deed: Deed) -> None:
    found = [refusal(deed, CheckoutTerms(), state, visit) for state, visit in SITUATIONS.values()]
    assert tuple(found) == NOTHING


def test_a_check_in_asks_for_a_change_where_the_terms_do() -> None:
    state = held(ANN.user_id, 1)
    assert checked_in(state, TERMS, NOON) == FREE
    asked = checked_in(state, replace(TERMS, changes_password=True), NOON)
    assert (asked.after_check_in, asked.change_due_at) == (AfterCheckIn.WANTED, NOON)


def test_a_change_under_way_keeps_its_own_time() -> None:
    """It may be waiting for the target to forget a wrong login."""
    later = NOON + timedelta(minutes=20)
    state = replace(held(1, 1), change=ChangeResult.PENDING, change_due_at=later)
    asked = checked_in(state, replace(TERMS, changes_password=True), NOON)
    assert asked.change_due_at == later


def test_an_extension_ends_within_two_intervals_from_now() -> None:
    known = held(ANN.user_id, 10).checkout
    assert known is not None
    interval = timedelta(minutes=10)
    assert extended(known, 10, interval, NOON).until == NOON + timedelta(minutes=20)
    for minutes in (11, 0, -5):
        with pytest.raises(Invalid, match="1 to 10"):
            extended(known, minutes, interval, NOON)
    with pytest.raises(Invalid, match="yet"):
        extended(replace(known, until=NOON + 2 * interval), 1, interval, NOON)


@pytest.mark.parametrize(("minutes", "left"), [(-1, 0), (0, 0), (0.5, 1), (1, 1), (1.5, 2)])
def test_minutes_that_are_left_count_from_their_begin(minutes: float, left: int) -> None:
    state = held(1, 0)
    assert state.checkout is not None
    until = NOON + timedelta(minutes=minutes)
    assert minutes_left(replace(state, checkout=replace(state.checkout, until=until)), NOON) == left
    assert minutes_left(FREE, NOON) == 0
