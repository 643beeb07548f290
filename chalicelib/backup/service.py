"""Use cases of backups: take one in slices, see to it that the plan is followed, show the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib import SCHEMA, VERSION
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import ConclaveError, Conflict, Stale, Unavailable
from chalicelib.core.paging import Page as Shown
from chalicelib.core.paging import Paging, page
from chalicelib.core.tick import Tally, Tick
from chalicelib.mail.service import Posted

from . import plan as rules
from .log import Entry, superfluous
from .manifest import Keys, Manifest, Part, Progress
from .plan import Current, Plan, State
from .rows import Item, Page
from .standing import Standing, standing


class Source(Protocol):
    """How rows are read."""

    @property
    def name(self) -> str: ...

    def begin(self, id: str, at: datetime) -> str:
        """Prepare to read both tables, as of that moment if it can; the first cursor."""

    def page(self, cursor: str) -> Page | None:
        """The rows at a cursor; None: they are not ready, ask again later. May be repeated."""


class BackupStore(Protocol):
    def both(self) -> tuple[Plan, State]: ...
    def plan(self) -> tuple[Plan, int]: ...
    def put_plan(self, plan: Plan, version: int) -> Any: ...
    def put_state(self, state: State) -> Any: ...
    def log(self) -> list[Entry]: ...
    def add(self, entry: Entry) -> Any: ...
    def removed(self, entry: Entry) -> Any: ...


class Depot(Protocol):
    def keep(self, id: str, number: int, table: str, rows: Sequence[Item]) -> Part: ...
    def progress(self, id: str) -> Progress | None: ...
    def save(self, id: str, progress: Progress) -> None: ...
    def finish(self, manifest: Manifest, spare: Iterable[Part]) -> None: ...
    def remove(self, id: str) -> None: ...


class Filing(Protocol):
    def note(self, id: str, progress: Progress, read: Page) -> Progress: ...
    def go_on(self, id: str, progress: Progress, deadline: datetime) -> Iterator[Progress]: ...
    def prune(self, newest: str, deadline: datetime) -> int: ...


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Any],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None: ...


class Desk(Protocol):
    def post(self, kind: str, now: datetime, *, facts: Mapping[str, str]) -> Posted:
        """A mail to administrators for somebody's commit; nothing while mail is off."""


class Jobs(Protocol):
    def run_now(self, who: Any, slug: str, now: datetime) -> None: ...


class Who(Protocol):
    """Who asks: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class BackupService:
    """source:  of a new backup, given whether the last one failed: then the plainest way is best
    sources: by name, so that one under way goes on as it began
    schema:  of the cluster's rows now; 0 when nobody has said so
    """

    store: BackupStore
    depot: Depot
    filing: Filing
    source: Callable[[bool], Source]
    sources: Mapping[str, Source]
    keys: Callable[[], Keys]
    schema: Callable[[], int]
    cluster: Callable[[], str]
    commit: Commit
    jobs: Jobs
    desk: Desk
    ids: Callable[[], str]
    clock: Clock
    log: logging.Logger

    def plan(self) -> Plan:
        return self.store.plan()[0]

    def change(self, who: Who, plan: Plan, now: datetime) -> Plan:
        """Set the plan, for every node at once. Raises Invalid, or Conflict: then repeat."""
        _, version = self.store.plan()
        chosen = rules.checked(plan)
        detail = f"enabled: {chosen.enabled}, every {chosen.every}, keep {chosen.keep}"
        audit = AuditRecord(
            who.user_id, "UPDATE", "Configuration", "backup", now, detail, who.address
        )
        self.commit([self.store.put_plan(chosen, version)], [audit])
        return chosen

    def run_now(self, who: Who, now: datetime) -> None:
        """Ask for a backup whatever the plan says. While one is under way, that one counts."""
        self.jobs.run_now(who, "backup", now)

    def history(self, asked: Paging) -> Shown[Entry]:
        """The log, newest first."""
        return page(self.store.log(), asked)

    def standing(self, now: datetime) -> Standing:
        """How backups stand. One batched read, and the log."""
        plan, state = self.store.both()
        return standing(plan, state, self.store.log(), now)

    def run(self, tick: Tick) -> Tally:
        """BackupMonitor: begin what is due, or go on with what was begun. May be repeated.

        A failure ends the backup: it is in the log and on the trail, and tried again in a while.
        """
        plan, state = self.store.both()
        asked = bool(tick.at.microsecond) and not tick.cursor  # run now: see JobService
        if state.current is None:
            if not asked and not rules.is_due(plan, state, tick.now):
                return Tally()
            state = self._begin(state, tick.now)
        try:
            return self._go_on(plan, state, tick)
        except (Conflict, Stale):
            raise
        except ConclaveError as error:
            self._fail(state, str(error))
            return Tally(found=1, failed=1)

    def _begin(self, state: State, now: datetime) -> State:
        second = stamp(now)[:19].replace(":", "").replace("-", "")
        id = f"{second}Z-{now.microsecond:05x}{self.ids()[:3]}"  # names sort by time: replicas do
        source = self.source(state.failed_at is not None)
        begun = rules.begun(state, Current(id, now, source.name))
        self.commit([self.store.put_state(begun)])
        return self.store.both()[1]

    def _go_on(self, plan: Plan, state: State, tick: Tick) -> Tally:
        current = state.current
        assert current is not None  # noqa: S101
        source = self.sources[current.source]
        progress = self.depot.progress(current.id)
        if progress is None:
            cursor = source.begin(current.id, current.started_at)
            progress = Progress(cursor, schema=self.schema())
            self.depot.save(current.id, progress)
        while progress.cursor:
            self._demand_patience(plan, current)
            read = source.page(progress.cursor)
            if read is None:
                return Tally(found=1)  # the next tick looks again
            progress = self._keep(current, progress, read)
            if not progress.is_done and self.clock() >= tick.deadline:
                return Tally(cursor=current.id)
        for progress in self.filing.go_on(current.id, progress, tick.deadline):  # noqa: B020
            self._demand_patience(plan, current)
            self.depot.save(current.id, progress)
        if not progress.is_done:
            return Tally(cursor=current.id)
        self._finish(state, progress)
        self._prune(plan, current.id, tick.deadline)
        return Tally(found=1, done=1)

    def _demand_patience(self, plan: Plan, current: Current) -> None:
        if rules.too_long(plan, current, self.clock()):
            raise Unavailable(f"it took longer than {plan.patience}")

    def _keep(self, current: Current, progress: Progress, read: Page) -> Progress:
        parts = progress.parts
        if read.rows:
            number = len(parts) + 1
            parts = (*parts, self.depot.keep(current.id, number, read.table, read.rows))
        progress = self.filing.note(current.id, progress, read)
        further = replace(progress, cursor=read.cursor, parts=parts)
        self.depot.save(current.id, further)
        return further

    def _finish(self, state: State, progress: Progress) -> None:
        current, now = state.current, self.clock()
        assert current is not None  # noqa: S101
        self.depot.finish(
            Manifest(
                id=current.id,
                cluster=self.cluster(),
                version=VERSION,
                schema=progress.schema or SCHEMA,
                source=current.source,
                at=stamp(current.started_at),
                finished_at=stamp(now),
                keys=self.keys(),
                parts=progress.parts,
                files=progress.files,
                format=progress.format,
            ),
            progress.named,
        )
        notes = f"{progress.told}, by {current.source}"
        self._end(state, Entry(current.id, current.started_at, now, success=True, notes=notes))

    def _fail(self, state: State, why: str) -> None:
        current, now = state.current, self.clock()
        assert current is not None  # noqa: S101
        self.log.error("backup failed", extra={"facts": {"backup": current.id, "why": why}})
        self._end(state, Entry(current.id, current.started_at, now, success=False, notes=why))

    def _end(self, state: State, entry: Entry) -> None:
        """State, log and trail in one: a backup that is not on the trail did not end."""
        failed_at = None if entry.success else entry.finished_at
        action = "BACKUP" if entry.success else "BACKUP FAILED"
        audit = AuditRecord(SYSTEM, action, "Backup", entry.id, entry.finished_at, entry.notes)
        writes = [self.store.put_state(rules.ended(state, failed_at)), self.store.add(entry)]
        told = Posted() if entry.success else self._notice(entry)
        self.commit([*writes, *told.writes], [audit], told.events)

    def _notice(self, entry: Entry) -> Posted:
        at = f"{entry.finished_at:%Y-%m-%d %H:%M}"
        facts = {"backup": entry.id, "at": at, "why": entry.notes}
        return self.desk.post("backup-failed", entry.finished_at, facts=facts)

    def _prune(self, plan: Plan, newest: str, deadline: datetime) -> None:
        """Remove what is more than `keep`. One that cannot be removed now is, after the next."""
        for entry in superfluous(self.store.log(), plan.keep):
            try:
                self.depot.remove(entry.id)
                self.commit([self.store.removed(entry)])
            except ConclaveError as error:
                facts = {"backup": entry.id, "why": str(error)}
                self.log.warning("an old backup stays", extra={"facts": facts})
        try:
            self.filing.prune(newest, deadline)
        except ConclaveError as error:
            facts = {"backup": newest, "why": str(error)}
            self.log.warning("files of old backups stay", extra={"facts": facts})
