"""One run a tick, whoever brings it: on the real store, over moto."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import SYSTEM
from chalicelib.aws import keyring
from chalicelib.catalogue import BY_SLUG
from chalicelib.core.errors import Invalid, NotFound, Unavailable
from chalicelib.core.tick import Tally, Tick
from chalicelib.jobs.run import State, UseCase
from chalicelib.jobs.service import JobService, Outcome
from chalicelib.jobs.store import JobStore
from tests.calls import Calls

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEARTBEAT = BY_SLUG["heartbeat"]


class Sent:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    def send(self, queue: str, messages: Any) -> Any:
        self.messages += [(queue, one) for one in messages]


@pytest.fixture
def service(aws: None) -> Any:
    keyring.make_if_absent("c" * 32, wiring.clock())
    commit = wiring.committer()
    kept = partial(timedelta, days=30)
    store = JobStore(commit, kept)
    return JobService(store, commit, Sent(), wiring.ids(), lambda: NOON, "node-a", kept)


def ran(service: Any, at: datetime, case: Any, now: datetime | None = None) -> Any:
    now = now or at
    return service.run(HEARTBEAT, at, now, now + MINUTE, case)


def noting(seen: list[datetime], tally: Tally) -> UseCase:
    def case(tick: Tick) -> Tally:
        seen.append(tick.at)
        return tally

    return case


def nothing(_tick: Any) -> Any:
    return Tally()


def test_a_tick_brought_twice_runs_once(service: Any) -> None:
    seen: list[datetime] = []
    for _ in range(3):
        ran(service, NOON, noting(seen, Tally(found=1, done=1)))
    assert seen == [NOON]
    [run] = service.runs("heartbeat")
    assert (run.at, run.node, run.tally) == (NOON, "node-a", Tally(found=1, done=1))


def test_an_older_tick_after_a_newer_one_is_dropped(service: Any) -> None:
    assert ran(service, NOON + MINUTE, nothing) is Outcome.RAN
    assert ran(service, NOON, nothing, NOON + MINUTE) is Outcome.DROPPED


def test_a_tick_of_the_future_bars_none_of_the_present(service: Any) -> None:
    for ahead in (timedelta(minutes=2), timedelta(days=9999, microseconds=1)):
        with pytest.raises(Invalid):
            ran(service, NOON + ahead, nothing, NOON)
    assert ran(service, NOON + MINUTE, nothing, NOON) is Outcome.RAN, "clocks differ a little"
    assert ran(service, NOON + 2 * MINUTE, nothing) is Outcome.RAN


def test_a_second_worker_meets_the_live_lease_and_drops(service: Any) -> None:
    outcomes: list[Outcome] = []

    def case(_tick: Any) -> Any:
        outcomes.append(ran(service, NOON + MINUTE, nothing, NOON + MINUTE / 2))
        return Tally()

    ran(service, NOON, case)
    assert outcomes == [Outcome.DROPPED]


def test_a_killed_worker_neither_loses_its_tick_nor_blocks_the_job(service: Any) -> None:
    class Died(BaseException):
        pass

    def die(_tick: Any) -> Any:
        raise Died

    with pytest.raises(Died):
        ran(service, NOON, die)
    later = NOON + 2 * MINUTE
    seen: list[datetime] = []
    assert ran(service, later, noting(seen, Tally())) is Outcome.RAN
    assert seen == [NOON, later]
    assert [run.at for run in service.runs("heartbeat")] == [later, NOON]


def test_a_failing_use_case_is_named_raised_and_repeated(service: Any) -> None:
    def fail(_tick: Any) -> Any:
        raise Unavailable("the table does not answer")

    with pytest.raises(Unavailable):
        ran(service, NOON, fail)
    job = service.job("heartbeat")
    assert job.state(NOON) is State.ERROR
    assert "the table does not answer" in job.error
    assert ran(service, NOON, nothing, NOON + MINUTE / 2) is Outcome.RAN
    assert service.job("heartbeat").error == ""


def test_long_work_goes_on_in_slices_from_its_cursor(service: Any) -> None:
    cursors = []

    def case(tick: Any) -> Any:
        cursors.append(tick.cursor)
        return Tally(
            found=2, done=2, cursor="" if tick.cursor == "b" else chr(97 + len(cursors) - 1)
        )

    assert ran(service, NOON, case) is Outcome.SLICED
    [(queue, message)] = service.bus.messages
    assert queue == "background"
    assert message.body["job"] == "HeartbeatMonitor"
    assert ran(service, NOON, case) is Outcome.SLICED
    assert ran(service, NOON, case) is Outcome.RAN
    assert cursors == ["", "a", "b"]
    assert service.runs("heartbeat")[0].tally.found == 6


def test_late_ticks_after_an_outage_are_caught_up_once(service: Any) -> None:
    seen: list[datetime] = []
    now = NOON + timedelta(minutes=30)
    for minute in range(30):
        ran(service, NOON + minute * MINUTE, noting(seen, Tally()), now)
    assert len(seen) <= 2
    assert seen[0] == now


def test_a_paused_job_runs_nothing_until_it_is_resumed(service: Any) -> None:
    service.pause(SYSTEM, "heartbeat", NOON, paused=True)
    assert ran(service, NOON, nothing) is Outcome.DROPPED
    assert service.job("heartbeat").state(NOON) is State.PAUSED
    service.pause(SYSTEM, "heartbeat", NOON, paused=False)
    assert ran(service, NOON, nothing) is Outcome.RAN


def test_run_now_is_a_run_of_its_own_between_two_ticks(service: Any) -> None:
    ran(service, NOON, nothing)
    service.run_now(SYSTEM, "heartbeat", NOON + MINUTE / 2)
    [(queue, message)] = service.bus.messages
    assert queue == "background-now"
    at = NOON + MINUTE / 2 + timedelta(microseconds=1)
    assert ran(service, at, nothing) is Outcome.RAN
    assert ran(service, NOON + MINUTE, nothing) is Outcome.RAN


def test_a_schedule_is_checked_kept_and_shown(service: Any) -> None:
    service.reschedule(SYSTEM, "heartbeat", "cron(0/15 * * * ? *)", NOON)
    assert service.job("heartbeat").schedule == "cron(0/15 * * * ? *)"
    service.reschedule(SYSTEM, "heartbeat", HEARTBEAT.schedule, NOON)
    assert service.job("heartbeat").schedule == HEARTBEAT.schedule
    with pytest.raises(Invalid):
        service.reschedule(SYSTEM, "heartbeat", "rate(1 second)", NOON)
    with pytest.raises(Invalid):
        service.reschedule(SYSTEM, "event-queue", "cron(0/15 * * * ? *)", NOON)
    with pytest.raises(NotFound):
        service.pause(SYSTEM, "no-such-job", NOON, paused=True)


def test_clearing_errors_forgets_them(service: Any) -> None:
    def fail(_tick: Any) -> Any:
        raise Unavailable

    with pytest.raises(Unavailable):
        ran(service, NOON, fail)
    assert service.clear_errors(SYSTEM, NOON) == 1
    assert service.job("heartbeat").error == ""
    assert service.clear_errors(SYSTEM, NOON) == 0


def test_beginning_a_run_and_ending_it_are_two_calls(service: Any, calls: Calls) -> None:
    ran(service, NOON, nothing)
    warm = calls.count()
    calls.clear()
    ran(service, NOON + MINUTE, nothing)
    assert warm >= calls.count() == 2
