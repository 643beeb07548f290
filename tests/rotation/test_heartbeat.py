"""What each outcome of a heartbeat does to what is known of a secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.changers.target import Outcome
from chalicelib.rotation import heartbeat
from chalicelib.vault.state import HeartbeatStatus, SecretState

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KNOWN = replace(SecretState(12).watched(NOON), heartbeat=HeartbeatStatus.SUCCESS)

OUTCOMES = [
    (Outcome.SUCCESS, "Success", 60, False),
    (Outcome.FAILED, "Failed", None, True),
    (Outcome.UNREACHABLE, "UnableToConnect", 2, False),
    (Outcome.LOCKED_OUT, "AccountLockedOut", 2, False),
    (Outcome.DENIED, "AccessDenied", 2, False),
    (Outcome.PIN_MISMATCH, "UnableToValidateServerPublicKey", 2, False),
    (Outcome.INCOMPATIBLE, "IncompatibleHost", 2, False),
    (Outcome.ARGUMENT, "ArgumentError", 2, False),
    (Outcome.UNKNOWN, "UnknownError", 2, False),
    ("a word we do not know", "UnknownError", 2, False),
]


@pytest.mark.parametrize(("outcome", "status", "minutes", "out_of_sync"), OUTCOMES)
def test_each_outcome(outcome: str, status: str, minutes: int | None, out_of_sync: bool) -> None:
    after = heartbeat.found(heartbeat.offered(KNOWN, "i1"), outcome, "", NOON, HOUR)
    due = None if minutes is None else NOON + minutes * MINUTE
    assert (after.heartbeat, after.heartbeat_due_at) == (status, due)
    assert after.is_out_of_sync is out_of_sync
    assert not after.heartbeat_item


def test_every_outcome_of_a_login_has_its_status() -> None:
    assert set(heartbeat.STATUS) == set(Outcome)


def test_an_unreachable_target_is_tried_soon_and_at_last_as_often_as_others() -> None:
    state, waits = KNOWN, []
    for _ in range(8):
        state = heartbeat.found(state, Outcome.UNREACHABLE, "", NOON, HOUR)
        waits.append(((state.heartbeat_due_at or NOON) - NOON) / MINUTE)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert heartbeat.found(state, Outcome.SUCCESS, "", NOON, HOUR).misses == 0


def test_an_unreachable_target_does_not_settle_what_was_out_of_sync() -> None:
    failed = heartbeat.found(KNOWN, Outcome.FAILED, "", NOON, HOUR)
    after = heartbeat.found(failed, Outcome.UNREACHABLE, "", NOON, HOUR)
    assert after.is_out_of_sync
    assert not heartbeat.found(after, Outcome.SUCCESS, "", NOON, HOUR).is_out_of_sync


@pytest.mark.parametrize(
    ("minutes", "wait"), [(-6, None), (-5, None), (-4, 1), (0, 5), (4, 9), (5, None), (6, None)]
)
def test_no_heartbeat_around_the_time_of_a_change(minutes: int, wait: int | None) -> None:
    state = replace(KNOWN, change_due_at=NOON + minutes * MINUTE)
    expected = None if wait is None else NOON + wait * MINUTE
    assert heartbeat.later(state, NOON) == expected


@pytest.mark.parametrize(
    "state", [replace(KNOWN, heartbeat_item="i1"), replace(KNOWN, change_item="i1")]
)
def test_no_heartbeat_while_other_work_is_out(state: SecretState) -> None:
    assert heartbeat.later(state, NOON) == NOON + MINUTE


def test_what_nobody_took_leaves_what_was_known() -> None:
    offered = heartbeat.offered(KNOWN, "i1")
    assert (offered.heartbeat, offered.heartbeat_due_at) == ("Pending", None)
    assert heartbeat.claimed(offered).heartbeat == "Processing"
    after = heartbeat.over(offered, KNOWN.heartbeat, NOON)
    assert (after.heartbeat, after.heartbeat_due_at) == ("Success", NOON)
