"""The versioned migrations of the cluster's rows, and how far one upgrade's have got.

Forward only, and only ever adding: the code of the version before reads every row that a migration
has written, so going back needs no migration (docs/operations/upgrading.md). What a migration does
is named by string, as jobs are, and loaded by the worker that does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib import SCHEMA

LEASE = timedelta(seconds=40)
"""A slice ends well before: see `SLICE`. Who dies is followed after that time."""

SLICE = timedelta(seconds=15)
"""How long one message's work goes on before it sends itself on, and other work gets its turn."""

MOST_FAILURES = 5
"""In a row, of those that pass by themselves, before a person is asked."""


@dataclass(frozen=True, slots=True)
class Migration:
    """From the rows of one schema to those of the next.

    run: "module:function", called with a cursor ("" at first), returns a Batch; may be repeated at
         any cursor, by several at once, and beside code of either schema
    """

    name: str
    from_schema: int
    run: str
    sentence: str

    @property
    def to_schema(self) -> int:
        return self.from_schema + 1


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call of a migration did. `cursor` is where to go on; "" says that all is done.

    seen:    how many places it looked at, of `of` in all
    changed: how many rows it wrote
    """

    cursor: str
    seen: int
    changed: int
    of: int


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        "secrets-by-privileged-account",
        1,
        "chalicelib.vault.migrations:list_by_privileged_account",
        "Lists each secret under its privileged account, so that deleting that account is refused.",
    ),
    Migration(
        "secrets-in-the-search-index",
        2,
        "chalicelib.vault.migrations:index_for_search",
        "Indexes each secret's name and searchable fields by keyed hashes.",
    ),
    Migration(
        "secrets-that-expire",
        3,
        "chalicelib.vault.migrations:list_expiring",
        "Lists each secret whose owners are to be told in time that its password expires.",
    ),
)


def path(source: int, target: int) -> tuple[Migration, ...]:
    """The migrations from one schema to another, in order; none when they are the same."""
    ordered = sorted(MIGRATIONS, key=lambda one: one.from_schema)
    return tuple(one for one in ordered if source <= one.from_schema < target)


def gap(source: int, target: int) -> str:
    """Why this code cannot bring rows from one schema to another; "" when it can."""
    if target > SCHEMA:
        return f"schema {target} is newer than this code knows ({SCHEMA})"
    if source > target:
        return f"the rows are of schema {source}, newer than {target}: there is no way back"
    known = {one.from_schema for one in MIGRATIONS}
    missing = [schema for schema in range(source, target) if schema not in known]
    if missing:
        first = f"schema {missing[0]} has no migration in this code"
        return f"{first}: upgrade to an older version first, which has it"
    return ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the migrations of one upgrade are.

    place:   which of the path's migrations is at hand; past the last: this pass is over
    passes:  how many passes over all rows have ended; the second proves the first
    left:    how many rows the last whole pass still had to change
    fence:   counts the claims: whose is no longer the newest writes nothing more
    """

    upgrade: str
    place: int = 0
    cursor: str = ""
    seen: int = 0
    of: int = 0
    changed: int = 0
    passes: int = 0
    left: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    failures: int = 0
    error: str = ""

    def is_live(self, now: datetime) -> bool:
        """Whether somebody is at it."""
        return self.lease_until is not None and now < self.lease_until

    def percent(self, migrations: Sequence[Migration]) -> int:
        """Of the pass at hand; 100 once one has ended or there is nothing to do."""
        if self.passes or not migrations:
            return 100
        part = self.seen / self.of if self.of else 0.0
        return min(99, int(100 * (self.place + part) / len(migrations)))


def claimed(progress: Progress, now: datetime) -> Progress:
    """The progress in new hands."""
    return replace(progress, fence=progress.fence + 1, lease_until=now + LEASE)


def moved(progress: Progress, batch: Batch, count: int, now: datetime) -> Progress:
    """The progress after a batch, of a path of so many migrations."""
    after = replace(
        progress,
        cursor=batch.cursor,
        seen=progress.seen + batch.seen,
        of=batch.of,
        changed=progress.changed + batch.changed,
        lease_until=now + LEASE,
        failures=0,
        error="",
    )
    if batch.cursor:
        return after
    further = replace(after, place=progress.place + 1, seen=0, of=0)
    return further if further.place < count else passed(further)


def passed(progress: Progress) -> Progress:
    """The progress once all rows were looked at; the next pass begins anew."""
    return replace(
        progress,
        place=0,
        cursor="",
        seen=0,
        of=0,
        changed=0,
        passes=progress.passes + 1,
        left=progress.changed,
    )


def released(progress: Progress) -> Progress:
    """The progress in nobody's hands: whoever brings the next message goes on."""
    return replace(progress, lease_until=None)


def failed(progress: Progress, why: str, *, passes_by_itself: bool) -> Progress:
    """The progress after a failure; one that does not pass by itself waits for a person."""
    failures = progress.failures + 1
    waits = passes_by_itself and failures < MOST_FAILURES
    return replace(released(progress), failures=failures, error="" if waits else why)


def retried(progress: Progress) -> Progress:
    """The progress once a person asked to go on."""
    return replace(progress, failures=0, error="")
