"""The API of trigger jobs: the contract's diagnostics, and our own /jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import UNSET, UnsetType

from chalicelib import wiring
from chalicelib.catalogue import BY_SLUG, LATER
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.tick import Tally
from chalicelib.jobs.run import Finished, Job
from chalicelib.jobs.schedule import every, next_after
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, PagedQuery, Struct

VIEW, ADMINISTER = "View Configuration", "Administer Configuration"
NOT_HERE = "NONE"
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


class QuartzTrigger(Struct):
    """The contract's row of Admin > Diagnostics. Ticks are 100 ns since the year 1."""

    job_name: str
    next_fire_ticks: int
    next_fire_time: ApiDate | None
    previous_fire_ticks: int
    previous_fire_time: ApiDate | None
    trigger_state: str


class RunModel(Struct):
    """One finished run of a job. Times in UTC, duration in seconds."""

    at: ApiDate
    started: ApiDate
    finished: ApiDate
    duration_seconds: float
    node: str
    found: int
    done: int
    failed: int
    error: str


class JobModel(Struct):
    """One trigger job: how it stands, what it does next, what it did last."""

    name: str
    slug: str
    description: str
    schedule: str
    adjustable: bool
    state: str
    next_run: ApiDate | None
    seconds_until_next_run: float | None
    last_run: RunModel | None
    error: str


class ScheduleArgs(Struct):
    """Either an interval that divides a day, or an AWS cron expression in UTC."""

    every_minutes: int | UnsetType = UNSET
    schedule: str | UnsetType = UNSET


class RunsQuery(PagedQuery):
    """How many of the newest runs; `take` is at most 200."""


@endpoint("GET", "/api/v1/diagnostics/quartz-jobs", returns=list[QuartzTrigger], permission=VIEW)
def quartz_jobs(call: Call[None]) -> list[QuartzTrigger]:
    """Those of features that are not in this version have the scheduler's word for none."""
    none = [QuartzTrigger(name, 0, None, 0, None, NOT_HERE) for name in LATER]
    return [_trigger(job, call.now) for job in wiring.jobs().jobs()] + none


@endpoint(
    "POST",
    "/api/v1/diagnostics/clear-quartz-job-errors",
    returns=bool,
    permission=ADMINISTER,
    or_permission="Administer System Log",
    writes="cluster",
)
def clear_errors(call: Call[None]) -> bool:
    wiring.jobs().clear_errors(call.principal, call.now)
    return True


@endpoint("GET", "/api/v1/jobs", returns=list[JobModel], permission=VIEW)
def list_jobs(call: Call[None]) -> list[JobModel]:
    return [_job(job, call.now) for job in wiring.jobs().jobs()]


@endpoint("GET", "/api/v1/jobs/{slug}", returns=JobModel, permission=VIEW, errors=[NotFound])
def read_job(call: Call[None]) -> JobModel:
    return _job(wiring.jobs().job(call.path["slug"]), call.now)


@endpoint(
    "GET",
    "/api/v1/jobs/{slug}/runs",
    query=RunsQuery,
    returns=list[RunModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_runs(call: Call[None]) -> list[RunModel]:
    runs = wiring.jobs().runs(call.path["slug"], call.query.take)
    return [_run(one) for one in runs]


@endpoint(
    "POST",
    "/api/v1/jobs/{slug}/run-now",
    returns=JobModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound],
)
def run_now(call: Call[None]) -> JobModel:
    wiring.jobs().run_now(call.principal, call.path["slug"], call.now)
    return read_job(call)


@endpoint(
    "POST",
    "/api/v1/jobs/{slug}/pause",
    returns=JobModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound],
)
def pause(call: Call[None]) -> JobModel:
    wiring.jobs().pause(call.principal, call.path["slug"], call.now, paused=True)
    return read_job(call)


@endpoint(
    "POST",
    "/api/v1/jobs/{slug}/resume",
    returns=JobModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound],
)
def resume(call: Call[None]) -> JobModel:
    wiring.jobs().pause(call.principal, call.path["slug"], call.now, paused=False)
    return read_job(call)


@endpoint(
    "PUT",
    "/api/v1/jobs/{slug}/schedule",
    body=ScheduleArgs,
    returns=JobModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, Invalid],
)
def reschedule(call: Call[ScheduleArgs]) -> JobModel:
    chosen = _expression(call.body)
    wiring.jobs().reschedule(call.principal, call.path["slug"], chosen, call.now)
    return _job(wiring.jobs().job(call.path["slug"]), call.now)


def _expression(args: ScheduleArgs) -> str:
    if isinstance(args.every_minutes, int):
        return every(args.every_minutes)
    if isinstance(args.schedule, str):
        return args.schedule
    raise Invalid("give everyMinutes or schedule")


def _trigger(job: Job, now: datetime) -> QuartzTrigger:
    upcoming = None if job.paused else next_after(job.schedule, now)
    return QuartzTrigger(
        BY_SLUG[job.slug].name,
        _ticks(upcoming),
        upcoming,
        _ticks(job.last_at),
        job.last_at,
        job.state(now),
    )


def _ticks(at: datetime | None) -> int:
    if at is None:
        return 0
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10


def _job(job: Job, now: datetime) -> JobModel:
    operation = BY_SLUG[job.slug]
    upcoming = None if job.paused else next_after(job.schedule, now)
    return JobModel(
        name=operation.name,
        slug=job.slug,
        description=operation.sentence,
        schedule=job.schedule,
        adjustable=operation.adjustable,
        state=job.state(now),
        next_run=upcoming,
        seconds_until_next_run=(upcoming - now).total_seconds() if upcoming else None,
        last_run=_run(job.last) if job.last else None,
        error=job.error,
    )


def _run(one: Finished) -> RunModel:
    tally: Tally = one.tally
    return RunModel(
        at=one.at,
        started=one.started_at,
        finished=one.finished_at,
        duration_seconds=(one.finished_at - one.started_at).total_seconds(),
        node=one.node,
        found=tally.found,
        done=tally.done,
        failed=tally.failed,
        error=one.error,
    )
