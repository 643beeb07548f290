"""The upgrade as use cases: begin, advance step by step, abort, clear, and show where it stands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.cluster import migration
from chalicelib.cluster.gate import Code, Gate
from chalicelib.cluster.migration import Progress
from chalicelib.cluster.node import Node
from chalicelib.cluster.upgrade import (
    FIRST_SCHEMA,
    Facts,
    Status,
    Step,
    Summary,
    Taken,
    Upgrade,
    begun,
    ended,
    said,
    stepped,
    summarized,
)
from chalicelib.cluster.upgrade_boxes import gate_for
from chalicelib.cluster.upgrade_checks import problems, waiting
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import ConclaveError, Conflict, Invalid, StillUsed

from .nodes import Commit, Gates, Wake, Who

TRIES = 3
ASK_AGAIN = timedelta(minutes=5)
"""For a backup of which nothing has been heard: the message may have been lost with its sender."""


class Nodes(Protocol):
    def all(self) -> list[Node]: ...


class Store(Protocol):
    def both(self) -> tuple[Upgrade | None, Progress]: ...
    def put(self, upgrade: Upgrade) -> Any: ...
    def claim(self, progress: Progress) -> None: ...
    def save(self, progress: Progress) -> None: ...


class Backups(Protocol):
    """Backups, as an upgrade needs them."""

    def ended(self) -> Sequence[Taken]:
        """Those that ended and are there, the newest first."""

    def ask(self, who: Who, now: datetime) -> None:
        """Have one taken now. May be repeated: while one is under way, that one counts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings. fresh: how old the newest backup may be; settling: how long begun writes run."""

    fresh: timedelta
    settling: timedelta


@dataclass(frozen=True, slots=True)
class Shown:
    """Where it stands. upgrade: the one in progress or the last; None: there never was one."""

    upgrade: Upgrade | None
    progress: Progress
    gate: Gate
    nodes: Sequence[Node]
    good: Taken | None
    waits_for: str
    is_abandoned: bool
    cluster: str

    @property
    def error(self) -> str:
        """What went wrong at the step at hand; a retry goes on with it."""
        if self.upgrade is None or not self.upgrade.is_in_progress:
            return ""
        return self.upgrade.error or self.progress.error


@dataclass(frozen=True)
class UpgradeService:
    """me: the node that this process belongs to. send: has a worker go on with the migration."""

    me: str
    store: Store
    gates: Gates
    nodes: Nodes
    backups: Backups
    commit: Commit
    functions: Wake
    send: Callable[[str, datetime], None]
    limits: Callable[[], Limits]
    cluster: Callable[[], str]
    ids: Callable[[], str]
    log: logging.Logger

    def look(self, now: datetime) -> Shown:
        """How it stands. Four reads."""
        upgrade, progress = self.store.both()
        facts = self._facts(progress, now)
        waits = waiting(upgrade, facts) if upgrade and upgrade.is_in_progress else ""
        late = upgrade is not None and upgrade.is_abandoned(now)
        return Shown(
            upgrade, progress, facts.gate, facts.nodes, facts.good, waits, late, self.cluster()
        )

    def summary(self, now: datetime) -> Summary:
        """For Diagnostics. Three reads."""
        return summarized(self.store.both()[0], self.gates.fetch(), self.nodes.all(), now)

    def begin(self, who: Who, target: Code, first: str, now: datetime, *, check: bool) -> list[str]:
        """Begin an upgrade, or with `check` only say what keeps it from beginning; [] is nothing.

        Raises Conflict while one is in progress, and StillUsed with everything that is in the way.
        """
        last, _ = self.store.both()
        if last is not None and last.is_in_progress:
            raise Conflict(f"an upgrade to {said(last.target)} is in progress: see GET /upgrade")
        facts = self._facts(Progress(""), now)
        source = Code(facts.gate.version, facts.gate.schema or FIRST_SCHEMA)
        fresh = Upgrade(
            id=self.ids(),
            source=source,
            target=target,
            first=first,
            before=facts.gate.nodes,
            begun_by=who.user_id,
            begun_at=now,
            turn=last.turn if last else 0,
        )
        found = problems(fresh, facts, self.limits().fresh)
        if check:
            return found
        if found:
            raise StillUsed(f"The upgrade does not begin: {'; '.join(found)}.")
        self._write(who, begun(fresh, now), facts, "BEGIN", now)
        return []

    def advance(self, who: Who, now: datetime, *, retry: bool = False) -> None:
        """Go on as far as can be gone on now: at most one step. May be repeated at any time.

        `retry` forgets what went wrong at the step at hand. Raises Invalid when there is none in
        progress, Conflict when somebody else advanced it at the same time.
        """
        upgrade, progress = self._in_progress()
        if retry:
            upgrade, progress = self._retried(who, upgrade, progress, now)
        facts = self._facts(progress, now)
        waits = waiting(upgrade, facts)
        if not waits and upgrade.status is Status.ABORTING:
            self._write(who, ended(upgrade, Status.ABORTED, now), facts, "ABORTED", now)
        elif not waits:
            backup = facts.backup.name if facts.backup and upgrade.step is Step.BACKUP else ""
            after = stepped(replace(upgrade, backup=upgrade.backup or backup), now)
            self._write(who, after, facts, after.step.upper(), now)
        elif gate_for(upgrade, facts.gate, facts.nodes) != facts.gate:
            self._write(who, replace(upgrade, advanced_at=now), facts, upgrade.step.upper(), now)
        else:
            self._nudge(who, upgrade, facts)

    def abort(self, who: Who, now: datetime) -> None:
        """Go back: the boxes of before at once, and nodes that run the new code are deployed again.

        Also after the end: the version before reads all rows. Raises Invalid when there is nothing
        to go back from.
        """
        upgrade, progress = self.store.both()
        if upgrade is None or upgrade.status in (Status.ABORTED, Status.CLEARED):
            raise Invalid("there is no upgrade to go back from")
        if upgrade.status is not Status.ABORTING:
            facts = self._facts(progress, now)
            self._write(who, ended(upgrade, Status.ABORTING, now), facts, "ABORT", now)
        self.advance(who, now)

    def clear(self, who: Who, now: datetime) -> bool:
        """Forget an upgrade in progress that nobody goes on with; whether there was one.

        The boxes are put back as they were before; nodes of another version stand back.
        """
        upgrade, progress = self.store.both()
        if upgrade is None or not upgrade.is_in_progress:
            return False
        facts = self._facts(progress, now)
        self._write(who, ended(upgrade, Status.CLEARED, now), facts, "CLEARED", now)
        return True

    # -- the parts

    def _in_progress(self) -> tuple[Upgrade, Progress]:
        upgrade, progress = self.store.both()
        if upgrade is None or not upgrade.is_in_progress:
            raise Invalid("no upgrade is in progress: begin one")
        return upgrade, progress

    def _facts(self, progress: Progress, now: datetime) -> Facts:
        taken, settling = tuple(self.backups.ended()), self.limits().settling
        return Facts(now, self.gates.fetch(), self.nodes.all(), progress, taken, settling)

    def _write(self, who: Who, upgrade: Upgrade, facts: Facts, action: str, now: datetime) -> None:
        """The row, the boxes and the trail in one; then the agents are woken."""
        gate = facts.gate
        after = gate_for(upgrade, gate, facts.nodes)
        detail = f"{said(upgrade.source)} to {said(upgrade.target)}"
        audit = AuditRecord(
            who.user_id, action, "Upgrade", upgrade.id, now, detail, who.address, self.me
        )
        writes = [self.store.put(upgrade)]
        if after != gate:
            writes.append(self.gates.rewrite(gate, after))
        self.commit(writes, [audit])
        for name in after.nodes if after != gate else ():
            self._wake(name)

    def _retried(
        self, who: Who, upgrade: Upgrade, progress: Progress, now: datetime
    ) -> tuple[Upgrade, Progress]:
        if progress.error:
            progress = migration.retried(progress)
            self.store.save(progress)
        if upgrade.error:
            again = replace(upgrade, error="", asked_at=None)
            self.commit([self.store.put(again)])
            upgrade = replace(again, turn=again.turn + 1)
        return upgrade, progress

    def _nudge(self, who: Who, upgrade: Upgrade, facts: Facts) -> None:
        """Have done what the step waits for, if nobody is at it."""
        if upgrade.step is Step.BACKUP:
            self._ask_for_backup(who, upgrade, facts)
        at_it = facts.progress.error or facts.progress.is_live(facts.now)
        if upgrade.step in (Step.MIGRATE, Step.VERIFY) and upgrade.migrates and not at_it:
            self.send(upgrade.id, facts.now)

    def _ask_for_backup(self, who: Who, upgrade: Upgrade, facts: Facts) -> None:
        """Written down before it is asked, so that it is asked once."""
        asked, taken = upgrade.asked_at, facts.backup
        if upgrade.error:
            return  # until a person asks to go on
        if asked and taken and taken.finished_at >= asked and not taken.success:
            failed = replace(upgrade, error=f"the backup failed: {taken.notes}")
            self.commit([self.store.put(failed)])
        elif asked is None or facts.now - asked > ASK_AGAIN:
            noted = replace(upgrade, asked_at=facts.now, advanced_at=facts.now)
            self.commit([self.store.put(noted)])
            self.backups.ask(who, facts.now)

    def _wake(self, name: str) -> None:
        try:
            self.functions.wake_agent(name)
        except ConclaveError as error:  # its agent runs every minute anyway
            facts = {"node": name, "why": str(error)}
            self.log.warning("an agent was not woken", extra={"facts": facts})
