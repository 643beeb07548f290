"""Jobs and their runs in the data table: one row a job, one a finished run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.aws.commit import Commit, Put, Update, Write
from chalicelib.aws.ends import ending, partition_of
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, Key, fetch, index, partition, read, typed
from chalicelib.catalogue import BY_SLUG, OPERATIONS
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.tick import Tally
from chalicelib.jobs.log import Entry
from chalicelib.jobs.run import Finished, Job, Running


class JobRow(DataRow, discriminator="job"):
    schedule = UnicodeAttribute(null=True)  # null: the catalogue's
    paused = BooleanAttribute(default=False)
    last_at = UnicodeAttribute(null=True)
    fence = NumberAttribute(default=0)
    lease_until = UnicodeAttribute(null=True)
    running = JSONAttribute(null=True)
    last = JSONAttribute(null=True)
    error = UnicodeAttribute(null=True)


class RunRow(DataRow, discriminator="run"):
    run = JSONAttribute()


@dataclass(frozen=True)
class JobStore:
    """kept: for how long the runs that end now stay in the history"""

    commit: Commit
    kept: Callable[[], timedelta]

    def job(self, slug: str) -> Job:
        """A job of the catalogue; one that never ran has no row yet."""
        row = fetch(JobRow, *_key(slug))
        return _job(slug, row)

    def jobs(self) -> list[Job]:
        """Every job of the catalogue. One call."""
        rows = read([_key(one.slug) for one in OPERATIONS])
        return [_job(one.slug, typed(rows, JobRow, _key(one.slug))) for one in OPERATIONS]

    def runs(self, slug: str, most: int) -> list[Finished]:
        """The newest finished runs of a job, newest first. One call."""
        found = partition(RunRow, _key(slug)[0], begins="run#", newest_first=True, limit=most)
        return [_finished(row.run) for row in found]

    def newest(self, most: int) -> list[Key]:
        """The keys of the newest finished runs of all jobs, newest first. One Query a MB."""
        hits = index(3, partition_of("run"), newest_first=True, limit=most)
        return [(hit.pk, hit.sk) for hit in hits]

    def entries(self, keys: Sequence[Key]) -> list[Entry]:
        """The runs of those keys that are there, in that order. One batched read a hundred."""
        found: dict[Key, DataRow] = {}
        for start in range(0, len(keys), 100):
            found |= read(keys[start : start + 100])
        rows = [(key[0].removeprefix("job#"), typed(found, RunRow, key)) for key in keys]
        known = [(slug, row) for slug, row in rows if row is not None and slug in BY_SLUG]
        return [Entry(slug, _finished(row.run)) for slug, row in known]

    def begin(self, job: Job) -> Job:
        """Write a begun run. Raises Conflict unless `run.verdict` would still say BEGIN."""
        assert job.running is not None  # noqa: S101
        at = stamp(job.running.at)
        free = (
            (JobRow.paused.does_not_exist() | (JobRow.paused == False))  # noqa: E712 - an expression
            & (JobRow.last_at.does_not_exist() | (JobRow.last_at < at))
            & JobRow.running.does_not_exist()
        )
        actions = [JobRow.last_at.set(at), *_owned(job.running)]
        return self._update(job.slug, actions, free)

    def take_over(self, job: Job, fence: int) -> Job:
        """Write a run in new hands. Raises Conflict when somebody else was faster."""
        assert job.running is not None  # noqa: S101
        return self._update(job.slug, _owned(job.running), JobRow.fence == fence)

    def release(self, job: Job, error: str = "") -> None:
        """Keep how far a run is, and let go of it. Raises Conflict when it is no longer ours."""
        assert job.running is not None  # noqa: S101
        text = JobRow.error.set(error) if error else JobRow.error.remove()
        kept: list[Action] = [
            JobRow.running.set(_running_json(job.running)),
            JobRow.lease_until.set(stamp(job.running.lease_until)),
            text,
        ]
        with known_faults("keeping a run's progress"):
            JobRow(*_key(job.slug)).update(kept, JobRow.fence == job.running.fence)

    def finish(self, job: Job, run: Finished) -> None:
        """End a run: the job is free and history has it. Raises Conflict when no longer ours."""
        assert job.running is not None  # noqa: S101
        row = JobRow(*_key(job.slug))
        actions = [
            JobRow.running.remove(),
            JobRow.lease_until.remove(),
            JobRow.error.remove(),
            JobRow.last.set(_finished_json(run)),
        ]
        ours = JobRow.fence == job.running.fence
        self.commit([Update(row, actions, ours), Put(_run_row(job.slug, run, self.kept()))])

    def changed(self, slug: str, **what: Any) -> list[Write]:
        """The write that sets `paused`, `schedule` or `error` of a job; None removes."""
        actions: list[Action] = [JobRow.kind.set(JobRow)]
        for name, value in what.items():
            attribute = getattr(JobRow, name)
            actions.append(attribute.remove() if value is None else attribute.set(value))
        return [Update(JobRow(*_key(slug)), actions)]

    def _update(self, slug: str, actions: Sequence[Action], condition: Condition) -> Job:
        row = JobRow(*_key(slug))
        with known_faults("claiming a run"):
            row.update(
                [*actions, JobRow.fence.add(1), JobRow.kind.set(JobRow)],
                condition,
            )
        return _job(slug, row)


def _key(slug: str) -> Key:
    return (f"job#{slug}", "job")


def _owned(running: Running) -> list[Action]:
    return [
        JobRow.running.set(_running_json(running)),
        JobRow.lease_until.set(stamp(running.lease_until)),
    ]


def _job(slug: str, row: JobRow | None) -> Job:
    planned = BY_SLUG[slug].schedule
    if row is None:
        return Job(slug, planned)
    running = None
    if row.running is not None and row.lease_until is not None:
        running = _running(row.running, parse_stamp(row.lease_until), int(row.fence))
    return Job(
        slug=slug,
        schedule=row.schedule or planned,
        paused=bool(row.paused),
        last_at=parse_stamp(row.last_at) if row.last_at else None,
        running=running,
        last=_finished(row.last) if row.last else None,
        error=row.error or "",
        fence=int(row.fence),
    )


def _running_json(run: Running) -> dict[str, Any]:
    return {
        "at": stamp(run.at),
        "started_at": stamp(run.started_at),
        "node": run.node,
        "cursor": run.cursor,
        "tally": asdict(run.tally),
    }


def _running(text: dict[str, Any], lease_until: datetime, fence: int) -> Running:
    return Running(
        at=parse_stamp(text["at"]),
        started_at=parse_stamp(text["started_at"]),
        node=text["node"],
        lease_until=lease_until,
        fence=fence,
        cursor=text["cursor"],
        tally=Tally(**text["tally"]),
    )


def _finished_json(run: Finished) -> dict[str, Any]:
    return {
        "at": stamp(run.at),
        "started_at": stamp(run.started_at),
        "finished_at": stamp(run.finished_at),
        "node": run.node,
        "tally": asdict(run.tally),
        "error": run.error,
    }


def _finished(text: dict[str, Any]) -> Finished:
    return Finished(
        at=parse_stamp(text["at"]),
        started_at=parse_stamp(text["started_at"]),
        finished_at=parse_stamp(text["finished_at"]),
        node=text["node"],
        tally=Tally(**text["tally"]),
        error=text["error"],
    )


def _run_row(slug: str, run: Finished, kept: timedelta) -> RunRow:
    row = RunRow(pk=_key(slug)[0], sk=f"run#{stamp(run.at)}", run=_finished_json(run))
    ended: RunRow = ending(row, "run", run.finished_at, kept)
    return ended
