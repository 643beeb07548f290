"""What each stage of a password change says of its secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.rotation import progress
from chalicelib.rotation.change import Candidate, PasswordChange, Stage
from chalicelib.rotation.progress import Calendar
from chalicelib.vault.state import ChangeResult, HeartbeatStatus, SecretState

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = NOON + 30 * DAY
OUT = progress.offered(replace(SecretState(12).watched(NOON), heartbeat_due_at=None), "i1")


def shown(stage: Stage, *, proven: bool = False, **parts: object) -> SecretState:
    change = PasswordChange("c1", 12, (Candidate(1, b""),), NOON, NOON + HOUR, stage)
    calendar = Calendar(NOON, HOUR, LATER, changes=True)
    return progress.shown(replace(OUT, **parts), change, calendar, proven=proven)  # type: ignore[arg-type]


STAGES = [
    (Stage.WAITING, ChangeResult.PENDING, NOON + HOUR, False),
    (Stage.RESOLVING, ChangeResult.PENDING, NOON + HOUR, True),
    (Stage.DONE, ChangeResult.SUCCESS, LATER, False),
    (Stage.STOPPED, ChangeResult.FAIL, LATER, False),
    (Stage.GAVE_UP, ChangeResult.FAIL, LATER, False),
    (Stage.OUT_OF_SYNC, ChangeResult.FAIL, None, True),
]


@pytest.mark.parametrize(("stage", "result", "due", "out_of_sync"), STAGES)
def test_each_stage(
    stage: Stage, result: ChangeResult, due: datetime | None, out_of_sync: bool
) -> None:
    state = shown(stage)
    assert (state.change, state.change_due_at) == (result, due)
    assert state.is_out_of_sync is out_of_sync
    assert not state.change_item


@pytest.mark.parametrize("stage", [Stage.RESOLVING, Stage.OUT_OF_SYNC])
def test_no_heartbeat_while_either_password_may_be_in_force(stage: Stage) -> None:
    assert shown(stage, heartbeat_due_at=NOON).heartbeat_due_at is None


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.STOPPED, Stage.GAVE_UP])
def test_a_proof_of_the_old_password_settles_what_was_in_doubt(stage: Stage) -> None:
    failed = HeartbeatStatus.FAILED
    assert shown(stage, is_out_of_sync=True, heartbeat=failed).is_out_of_sync
    state = shown(stage, proven=True, is_out_of_sync=True, heartbeat=failed)
    assert not state.is_out_of_sync
    assert (state.heartbeat, state.heartbeat_due_at) == (HeartbeatStatus.SUCCESS, NOON + HOUR)


def test_a_change_that_is_done_proves_the_new_password() -> None:
    state = shown(Stage.DONE, change_failures=3, is_out_of_sync=True)
    assert (state.heartbeat, state.change_failures) == (HeartbeatStatus.SUCCESS, 0)
    assert not state.is_out_of_sync
    assert state.expires_at == LATER


@pytest.mark.parametrize(
    ("expires", "changes", "due"),
    [(LATER, True, LATER), (LATER, False, None), (NOON, True, None), (None, True, None)],
)
def test_the_next_change_is_never_one_whose_time_has_passed(
    expires: datetime | None, changes: bool, due: datetime | None
) -> None:
    assert Calendar(NOON, HOUR, expires, changes).next_change == due
