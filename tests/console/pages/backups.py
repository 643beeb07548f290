"""Backups for the stage: a log of some weeks, and real ones where a test waits for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib import wiring
from chalicelib.backup.log import Entry
from chalicelib.backup.plan import Current, State, begun, ended
from chalicelib.backup.service import BackupService
from chalicelib.backup.store import BackupTable
from chalicelib.catalogue import BY_NAME
from chalicelib.core.ids import fresh_id
from chalicelib.jobs.service import Outcome

DAYS, FAILED, KEPT = 18, 6, 7
TABLE = BackupTable()
ODD = (0, 7, 3, 11, 5, 2, 9)


def remember(days: int = DAYS) -> None:
    """One backup a day at two o'clock; one of them failed, and the oldest are removed."""
    two = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0)
    last = two if two < datetime.now(UTC) else two - timedelta(days=1)
    entries = [_entry(last - timedelta(days=ago, seconds=-4), ago) for ago in range(days)]
    writes = [TABLE.add(one) for one in entries]
    known = State(begun_at=entries[0].started_at, version=TABLE.both()[1].version)
    wiring.committer()([*writes, TABLE.put_state(known)])


def _entry(at: datetime, ago: int) -> Entry:
    took = timedelta(seconds=212 - 6 * ago + ODD[ago % len(ODD)])
    id = f"{at:%Y%m%dT%H%M%S}Z-{fresh_id()[:8]}"
    if ago == FAILED:
        why = "The bucket did not answer: throttled."
        return Entry(id, at, at + took / 3, success=False, notes=why, is_there=False)
    rows = 48_210 - 640 * ago
    notes = f"{rows:,} data rows, {rows * 4 + ago:,} audit rows, by point-in-time"
    return Entry(id, at, at + took, success=True, notes=notes, is_there=ago <= KEPT)


def begin() -> None:
    """One is under way: a worker has begun it and not ended."""
    now = datetime.now(UTC)
    current = Current(f"{now:%Y%m%dT%H%M%S}Z-{fresh_id()[:8]}", now, "pages")
    wiring.committer()([TABLE.put_state(begun(TABLE.both()[1], current))])


def end() -> None:
    """What was under way is forgotten."""
    wiring.committer()([TABLE.put_state(ended(TABLE.both()[1], None))])


def fail(state: State) -> None:
    """The last attempt failed just now."""
    wiring.committer()([TABLE.put_state(ended(state, datetime.now(UTC)))])


def take() -> None:
    """What a background worker does with the message of run now."""
    now = datetime.now(UTC)
    at = now.replace(microsecond=now.microsecond or 1)
    while _tick(at) is Outcome.SLICED:
        pass


def _tick(at: datetime) -> Outcome:
    now = datetime.now(UTC)
    service = by_pages(wiring.backups())
    return Outcome(
        wiring.jobs().run(
            BY_NAME["BackupMonitor"], at, now, now + timedelta(minutes=1), service.run
        )
    )


def by_pages(service: BackupService) -> BackupService:
    """As an emulator takes them: moto's exports are not AWS's."""
    return replace(service, source=lambda _failed: service.sources["pages"])
