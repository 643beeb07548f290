"""The rules of a run: who may begin it, when it is taken over, what its row says afterwards.

A tick has one name in the whole cluster, (job, at). The first worker to write it owns the run, with
a lease and a fence. A live lease or a finished run refuses; an expired lease is taken over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core.tick import Tally, Tick

LEASE_SLACK = timedelta(seconds=10)


class State(StrEnum):
    """What diagnostics call a job; Quartz's words, because clients know them."""

    WAITING = "WAITING"
    EXECUTING = "EXECUTING"
    PAUSED = "PAUSED"
    ERROR = "ERROR"


UseCase = Callable[[Tick], Tally]


@dataclass(frozen=True, slots=True)
class Running:
    """A run under way: since when, by whom, until when it is theirs, and how far it is."""

    at: datetime
    started_at: datetime
    node: str
    lease_until: datetime
    fence: int
    cursor: str = ""
    tally: Tally = Tally()

    def is_live(self, now: datetime) -> bool:
        return now < self.lease_until


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is over, as history keeps it. `error` never quotes a value."""

    at: datetime
    started_at: datetime
    finished_at: datetime
    node: str
    tally: Tally
    error: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One trigger job of the catalogue, as the table knows it."""

    slug: str
    schedule: str
    paused: bool = False
    last_at: datetime | None = None  # the newest tick that was begun
    running: Running | None = None
    last: Finished | None = None
    error: str = ""
    fence: int = 0

    def state(self, now: datetime) -> State:
        if self.paused:
            return State.PAUSED
        if self.running is not None and self.running.is_live(now):
            return State.EXECUTING
        return State.ERROR if self.error else State.WAITING


class Verdict(StrEnum):
    BEGIN = "begin"
    TAKE_OVER = "take over"
    DROP = "drop"


def verdict(job: Job, at: datetime, now: datetime) -> Verdict:
    """What the bringer of a tick does.

    A run that somebody left, its lease expired, is taken over first, whichever tick is brought.
    """
    if job.running is not None:
        return Verdict.DROP if job.running.is_live(now) else Verdict.TAKE_OVER
    if job.paused or (job.last_at is not None and at <= job.last_at):
        return Verdict.DROP
    return Verdict.BEGIN


def begun(job: Job, at: datetime, now: datetime, node: str, lease_until: datetime) -> Job:
    """The job with that tick's run begun."""
    fence = job.fence + 1
    running = Running(at, now, node, lease_until, fence)
    return replace(job, last_at=at, running=running, fence=fence)


def taken_over(job: Job, node: str, lease_until: datetime) -> Job:
    """The job with its abandoned run in new hands, at the same tick and cursor."""
    assert job.running is not None  # noqa: S101 - the verdict said so
    fence = job.fence + 1
    running = replace(job.running, node=node, lease_until=lease_until, fence=fence)
    return replace(job, running=running, fence=fence)


def slice_ended(running: Running, tally: Tally, now: datetime) -> Running:
    """A slice is over, more is to do: the lease ends now, so whoever brings the next goes on."""
    return replace(
        running,
        cursor=tally.cursor,
        tally=replace(running.tally + tally, cursor=""),
        lease_until=now,
    )


def finished(running: Running, tally: Tally, now: datetime, error: str = "") -> Finished:
    """The run as history keeps it."""
    whole = replace(running.tally + tally, cursor="")
    return Finished(running.at, running.started_at, now, running.node, whole, error)
