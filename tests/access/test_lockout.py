"""When failures lock an account, and when a lock ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.access.lockout import (
    USUAL,
    Allowance,
    Lockout,
    login_allowance,
    network,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failed(
    times: int, every: timedelta = MINUTE, may_lock: bool = True
) -> tuple[Lockout, datetime]:
    lockout, at = Lockout(), NOON
    for turn in range(times):
        at = NOON + turn * every
        lockout = lockout.after_failure(at, may_lock=may_lock)
    return lockout, at


def test_four_failures_do_not_lock() -> None:
    lockout, at = failed(USUAL.most_failures - 1)
    assert not lockout.is_locked(at)


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour() -> None:
    lockout, at = failed(USUAL.most_failures)
    assert lockout.is_locked(at)
    assert lockout.is_locked(at + USUAL.locked_for - timedelta(seconds=1))
    assert not lockout.is_locked(at + USUAL.locked_for)


def test_after_a_lock_five_more_are_needed() -> None:
    lockout, at = failed(USUAL.most_failures)
    later = at + USUAL.locked_for
    for _ in range(USUAL.most_failures - 1):
        lockout = lockout.after_failure(later)
    assert not lockout.is_locked(later)
    assert lockout.after_failure(later).is_locked(later)


def test_failures_far_apart_do_not_lock() -> None:
    lockout, at = failed(20, every=timedelta(minutes=4))
    assert not lockout.is_locked(at)


def test_a_success_clears_them() -> None:
    lockout, at = failed(USUAL.most_failures - 1)
    assert not lockout.after_success().after_failure(at).is_locked(at)


def test_who_must_not_be_locked_is_full_instead() -> None:
    lockout, at = failed(9, may_lock=False)
    assert lockout.is_full(at)
    assert not lockout.is_locked(at)


def test_an_administrators_lock_lasts_until_it_is_opened() -> None:
    lockout = Lockout().closed("Other: left")
    assert lockout.is_locked(NOON + timedelta(days=1000))
    assert not lockout.opened().is_locked(NOON)
    assert lockout.after_success().is_locked(NOON)


def test_each_window_is_counted_by_itself() -> None:
    allowance = Allowance(("x",), 3, MINUTE)
    assert allowance.slot(NOON) == allowance.slot(NOON + timedelta(seconds=59))
    assert allowance.slot(NOON) != allowance.slot(NOON + MINUTE)
    assert allowance.ends(NOON) == int((NOON + MINUTE).timestamp())


def test_what_was_typed_as_a_name_does_not_print() -> None:
    assert "hunter2" not in repr(login_allowance("hunter2", "192.0.2.1"))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_one_ipv6_network_is_one_address(address: str, counted: str) -> None:
    assert network(address) == counted
