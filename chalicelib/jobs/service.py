"""Use cases of trigger jobs: run a tick once, show how jobs stand, and let admins steer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.catalogue import BY_SLUG, Operation
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import ConclaveError, Conflict, Invalid, NotFound
from chalicelib.core.ids import Ids
from chalicelib.core.messages import Message, message
from chalicelib.core.tick import Tick

from . import run as rules
from .cleaning import is_over
from .run import LEASE_SLACK, Finished, Job, UseCase, Verdict
from .schedule import LATE, checked, floor, slot

TICK = "job.tick"
TICK_LIFE = timedelta(days=1)  # MaximumEventAge and catching up decide sooner
MOST_RUNS = 200


class JobStore(Protocol):
    def job(self, slug: str) -> Job: ...
    def jobs(self) -> list[Job]: ...
    def runs(self, slug: str, most: int) -> list[Finished]: ...
    def begin(self, job: Job) -> Job: ...
    def take_over(self, job: Job, fence: int) -> Job: ...
    def release(self, job: Job, error: str = "") -> None: ...
    def finish(self, job: Job, run: Finished) -> None: ...
    def changed(self, slug: str, **what: Any) -> list[Any]: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


class Send(Protocol):
    def send(self, queue: str, messages: Sequence[Message]) -> None: ...


class Who(Protocol):
    """Who steers a job: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


class Outcome(StrEnum):
    """What became of a tick's message."""

    RAN = "ran"
    SLICED = "sliced"
    DROPPED = "dropped"


@dataclass(frozen=True)
class JobService:
    """kept: how long the runs of jobs are history"""

    store: JobStore
    commit: Commit
    bus: Send
    ids: Ids
    clock: Clock
    node: str
    kept: Callable[[], timedelta]

    def run(
        self,
        operation: Operation,
        brought: datetime,
        now: datetime,
        deadline: datetime,
        case: UseCase,
    ) -> Outcome:
        """Run a tick unless it is another's, past, or paused. May be repeated: it then drops.

        A run that its owner left is ended first. What the use case raises is noted on the job, and
        raised: SQS brings the message again, and the run goes on at its cursor.
        Invalid for a tick further ahead than clocks differ.
        """
        at = self._slot(operation, brought, now)
        while True:
            job = self._claim(operation.slug, at, now, deadline)
            if job is None or job.running is None:
                return Outcome.DROPPED
            outcome = self._slice(operation, job, now, deadline, case)
            if outcome is Outcome.SLICED or job.running.at >= at:
                return outcome

    def jobs(self) -> list[Job]:
        """How every job of the catalogue stands. One call."""
        return self.store.jobs()

    def job(self, slug: str) -> Job:
        """How one job stands. Raises NotFound."""
        return self.store.job(self._operation(slug).slug)

    def runs(self, slug: str, most: int = 50) -> list[Finished]:
        """The newest runs of a job, none older than runs are kept. Raises NotFound."""
        found = self.store.runs(self._operation(slug).slug, min(most, MOST_RUNS))
        now, kept = self.clock(), self.kept()
        return [one for one in found if not is_over(one.finished_at, kept, now)]

    def run_now(self, who: Who, slug: str, now: datetime) -> None:
        """Put a tick of this very moment on the `-now` queue. Repeated, it runs again."""
        operation = self._operation(slug)
        self.commit([], [_audit(who, "RUN NOW", slug, now)])
        self.bus.send("background-now", [self._message(operation, _exactly(now), now)])

    def pause(self, who: Who, slug: str, now: datetime, *, paused: bool) -> None:
        """Stop or resume beginning runs; one under way ends. At once in the whole cluster."""
        self._operation(slug)
        action = "PAUSE" if paused else "RESUME"
        self.commit(self.store.changed(slug, paused=paused), [_audit(who, action, slug, now)])

    def reschedule(self, who: Who, slug: str, expression: str, now: datetime) -> None:
        """Change when a job ticks; agents bring their schedules in line. Raises Invalid."""
        operation = self._operation(slug)
        if not operation.adjustable:
            raise Invalid(f"the schedule of {operation.name} is fixed")
        chosen = checked(expression)
        kept = None if chosen == operation.schedule else chosen
        record = _audit(who, "SCHEDULE", slug, now, chosen)
        self.commit(self.store.changed(slug, schedule=kept), [record])

    def clear_errors(self, who: Who, now: datetime) -> int:
        """Forget the errors that jobs show; how many there were. Jobs never stop for an error."""
        faulty = [job for job in self.store.jobs() if job.error]
        for job in faulty:
            record = _audit(who, "CLEAR ERROR", job.slug, now)
            self.commit(self.store.changed(job.slug, error=None), [record])
        return len(faulty)

    def _slot(self, operation: Operation, brought: datetime, now: datetime) -> datetime:
        if brought - now > LATE:  # it would bar every tick until then
            raise Invalid("a tick of the future is no tick of a schedule")
        if brought.microsecond:  # a run-now carries its exact time, which no schedule has
            return brought
        if now - brought < LATE:
            return floor(brought)
        return slot(self.store.job(operation.slug).schedule, brought, now)

    def _claim(self, slug: str, at: datetime, now: datetime, deadline: datetime) -> Job | None:
        lease = deadline + LEASE_SLACK
        try:
            return self.store.begin(rules.begun(Job(slug, ""), at, now, self.node, lease))
        except Conflict:
            job = self.store.job(slug)
        if rules.verdict(job, at, now) is not Verdict.TAKE_OVER:
            return None
        try:
            return self.store.take_over(rules.taken_over(job, self.node, lease), job.fence)
        except Conflict:
            return None

    def _slice(
        self, operation: Operation, job: Job, now: datetime, deadline: datetime, case: UseCase
    ) -> Outcome:
        running = job.running
        assert running is not None  # noqa: S101
        tick = Tick(operation.name, running.at, now, deadline, self.node, running.cursor)
        try:
            tally = case(tick)
        except Exception as error:
            left = replace(running, lease_until=self.clock())
            self.store.release(replace(job, running=left), _said(error))
            raise
        if not tally.cursor:
            self.store.finish(job, rules.finished(running, tally, self.clock()))
            return Outcome.RAN
        self.store.release(replace(job, running=rules.slice_ended(running, tally, self.clock())))
        self.bus.send(operation.queue, [self._message(operation, running.at, now)])
        return Outcome.SLICED

    def _message(self, operation: Operation, at: datetime, now: datetime) -> Message:
        body = {"job": operation.name, "at": stamp(at)}
        return message(self.ids(), TICK, now, TICK_LIFE, body)

    def _operation(self, slug: str) -> Operation:
        if slug not in BY_SLUG:
            raise NotFound(f"job {slug} was not found")
        return BY_SLUG[slug]


def _exactly(now: datetime) -> datetime:
    """A moment that no schedule has: ticks are whole minutes."""
    return now if now.microsecond else now.replace(microsecond=1)


def _said(error: Exception) -> str:
    """What may be shown of an error: ours hold no value, another's text might."""
    kind = type(error).__name__
    return f"{kind}: {error}"[:500] if isinstance(error, ConclaveError) else kind


def _audit(who: Who, action: str, slug: str, now: datetime, detail: str = "") -> AuditRecord:
    return AuditRecord(who.user_id, action, "Job", slug, now, detail, who.address)
