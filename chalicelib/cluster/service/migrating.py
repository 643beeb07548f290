"""The worker's part of an upgrade: the rows are migrated in slices, by whoever holds the lease."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster import migration as rules
from chalicelib.cluster.gate import OWN, Code
from chalicelib.cluster.migration import SLICE, Batch, Migration, Progress
from chalicelib.cluster.upgrade import Step, Upgrade, told_of
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict, Stale

from .nodes import Commit
from .upgrades import Store

PASSES = {Step.MIGRATE: 1, Step.VERIFY: 2}
"""How many passes over the rows each step needs; the last must leave nothing to change."""


class Send(Protocol):
    def __call__(self, upgrade: str, now: datetime) -> None:
        """Have a worker go on with the migration. A second message is dropped."""


@dataclass(frozen=True)
class MigrationService:
    """resolve: the function of a migration, by its name "module:function"."""

    store: Store
    commit: Commit
    send: Send
    clock: Clock
    log: logging.Logger
    resolve: Callable[[str], Any]
    code: Code = OWN

    def run(self, upgrade_id: str) -> str:
        """One slice, if it is this one's turn; what became of it. May be repeated, by several.

        A failure stands in the progress: the rows are good in both forms, and a retry goes on.
        """
        upgrade, progress = self.store.both()
        if upgrade is None or upgrade.id != upgrade_id or not self._is_due(upgrade, progress):
            return "dropped"
        mine = rules.claimed(progress, self.clock())
        try:
            self.store.claim(mine)
        except Conflict:
            return "dropped"
        try:
            return self._slice(upgrade, mine)
        except (Conflict, Stale):
            return "dropped"  # somebody took it over

    def sweep(self, now: datetime) -> bool:
        """Send the message again that a worker took with it when it died; whether it did. One read.

        An upgrade that nobody goes on with becomes an event, once until somebody does.
        """
        upgrade, progress = self.store.both()
        if upgrade is None:
            return False
        if upgrade.is_news(now) and not progress.is_live(now):
            self._abandoned(upgrade, now)
        if not self._is_due(upgrade, progress):
            return False
        self.send(upgrade.id, now)
        return True

    def _abandoned(self, upgrade: Upgrade, now: datetime) -> None:
        told = told_of(upgrade)
        audit = AuditRecord(SYSTEM, "ABANDONED", "Upgrade", upgrade.id, now, told)
        try:
            self.commit([self.store.put(replace(upgrade, told_at=now))], [audit])
        except Conflict:
            return  # somebody goes on with it, or told it just now
        self.log.error("upgrade abandoned", extra={"facts": {"why": told}})

    def _is_due(self, upgrade: Upgrade, progress: Progress) -> bool:
        """Whether there is something to migrate, by this code, that nobody is at."""
        if not upgrade.is_in_progress or not upgrade.migrates or upgrade.step not in PASSES:
            return False
        if self.code.schema != upgrade.target.schema:
            return False
        is_over = progress.passes >= PASSES[upgrade.step] and not progress.left
        if upgrade.step is Step.MIGRATE:
            is_over = progress.passes >= 1
        return not is_over and not progress.error and not progress.is_live(self.clock())

    def _slice(self, upgrade: Upgrade, progress: Progress) -> str:
        migrations = rules.path(upgrade.source.schema, upgrade.target.schema)
        missing = rules.gap(upgrade.source.schema, upgrade.target.schema)
        if missing:
            return self._failed(progress, missing, passes_by_itself=False)
        until, passes = self.clock() + SLICE, progress.passes
        while progress.passes == passes and self.clock() < until:
            try:
                batch = self._batch(migrations[progress.place], progress)
            except ConclaveError as error:
                text = f"{migrations[progress.place].name}: {error}"
                return self._failed(progress, text, passes_by_itself=error.retry)
            except Exception as error:  # its text may quote a value
                text = f"{migrations[progress.place].name}: {type(error).__name__}"
                return self._failed(progress, text, passes_by_itself=False)
            progress = rules.moved(progress, batch, len(migrations), self.clock())
            self.store.save(progress)
        self.store.save(rules.released(progress))
        if progress.passes != passes:
            self._tell(upgrade, progress)
        if self._is_due(upgrade, rules.released(progress)):
            self.send(upgrade.id, self.clock())
            return "sliced"
        return "done"

    def _batch(self, migration: Migration, progress: Progress) -> Batch:
        done: Batch = self.resolve(migration.run)(progress.cursor)
        return done

    def _failed(self, progress: Progress, why: str, *, passes_by_itself: bool) -> str:
        after = rules.failed(progress, why, passes_by_itself=passes_by_itself)
        self.store.save(after)
        facts = {"upgrade": progress.upgrade, "why": why, "failures": after.failures}
        self.log.error("a migration failed", extra={"facts": facts})
        if after.error:
            now = self.clock()
            self.commit([], [AuditRecord(SYSTEM, "FAILED", "Upgrade", progress.upgrade, now, why)])
        return "failed"

    def _tell(self, upgrade: Upgrade, progress: Progress) -> None:
        now, detail = self.clock(), f"pass {progress.passes}: {progress.left:,} rows changed"
        self.commit([], [AuditRecord(SYSTEM, "MIGRATED", "Upgrade", upgrade.id, now, detail)])
