"""Who may begin a run, and when a run changes hands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.tick import Tally
from chalicelib.jobs.run import (
    Job,
    Running,
    State,
    Verdict,
    begun,
    finished,
    slice_ended,
    taken_over,
    verdict,
)

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
IDLE = Job("heartbeat", "cron(* * * * ? *)")
RUNNING = Running(NOON, NOON, "node-a", NOON + MINUTE, 1)
BUSY = begun(IDLE, NOON, NOON, "node-a", NOON + MINUTE)
LEFT = NOON + 2 * MINUTE  # when the lease of BUSY is over
DONE = replace(BUSY, running=None)


@pytest.mark.parametrize(
    ("job", "at", "now", "expected"),
    [
        (IDLE, NOON, NOON, Verdict.BEGIN),
        (DONE, NOON, NOON, Verdict.DROP),
        (DONE, NOON - MINUTE, NOON, Verdict.DROP),
        (DONE, NOON + MINUTE, NOON + MINUTE, Verdict.BEGIN),
        (BUSY, NOON, NOON, Verdict.DROP),
        (BUSY, NOON + MINUTE, NOON + MINUTE / 2, Verdict.DROP),
        (BUSY, NOON, LEFT, Verdict.TAKE_OVER),
        (BUSY, NOON + MINUTE, LEFT, Verdict.TAKE_OVER),
        (replace(IDLE, paused=True), NOON, NOON, Verdict.DROP),
        (replace(BUSY, paused=True), NOON, LEFT, Verdict.TAKE_OVER),
    ],
)
def test_a_tick_is_begun_dropped_or_takes_over(
    job: Job, at: datetime, now: datetime, expected: Verdict
) -> None:
    assert verdict(job, at, now) is expected


def test_a_run_that_changes_hands_keeps_its_tick_and_cursor_and_gets_a_higher_fence() -> None:
    half = replace(BUSY, running=replace(RUNNING, cursor="page 7"))
    taken = taken_over(half, "node-b", LEFT + MINUTE)
    assert taken.running is not None
    assert taken.running.at == NOON
    assert taken.running.cursor == "page 7"
    assert taken.running.node == "node-b"
    assert taken.fence == half.fence + 1


def test_a_slice_that_ends_lets_go_of_its_lease_and_counts_on() -> None:
    ended = slice_ended(RUNNING, Tally(found=3, done=2, failed=1, cursor="x"), NOON)
    assert not ended.is_live(NOON)
    assert ended.cursor == "x"
    whole = finished(ended, Tally(found=1, done=1), NOON + MINUTE)
    assert whole.tally == Tally(found=4, done=3, failed=1)


@pytest.mark.parametrize(
    ("job", "now", "state"),
    [
        (IDLE, NOON, State.WAITING),
        (BUSY, NOON, State.EXECUTING),
        (BUSY, LEFT, State.WAITING),
        (replace(IDLE, error="Unavailable"), NOON, State.ERROR),
        (replace(BUSY, paused=True), NOON, State.PAUSED),
    ],
)
def test_a_job_says_how_it_stands(job: Job, now: datetime, state: State) -> None:
    assert job.state(now) is state
