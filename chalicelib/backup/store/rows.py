"""The rows of backups in the data table: the plan, the state, one line of the log each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.table import DataRow, Key, partition, read, typed
from chalicelib.backup.log import Entry
from chalicelib.backup.plan import Current, Plan, State
from chalicelib.core.clock import parse_stamp, stamp

PLAN = ("backup", "plan")
STATE = ("backup", "state")
LOG = "backups"
LOG_KEPT = timedelta(days=400)


class PlanRow(DataRow, discriminator="backup-plan"):
    version = VersionAttribute()
    enabled = BooleanAttribute()
    start = UnicodeAttribute()
    every_seconds = NumberAttribute()
    keep = NumberAttribute()
    patience_seconds = NumberAttribute()


class StateRow(DataRow, discriminator="backup-state"):
    version = VersionAttribute()
    current = JSONAttribute(null=True)
    begun_at = UnicodeAttribute(null=True)
    failed_at = UnicodeAttribute(null=True)


class LogRow(DataRow, discriminator="backup-log"):
    """One backup that ended; `is_there` until its objects were removed."""

    id = UnicodeAttribute()
    started_at = UnicodeAttribute()
    finished_at = UnicodeAttribute()
    success = BooleanAttribute()
    notes = UnicodeAttribute(null=True)
    is_there = BooleanAttribute()


@dataclass(frozen=True, slots=True)
class BackupTable:
    def both(self) -> tuple[Plan, State]:
        """Plan and state; what is not stored has its defaults. One BatchGetItem."""
        rows = read([PLAN, STATE])
        return _plan(typed(rows, PlanRow, PLAN)), _state(typed(rows, StateRow, STATE))

    def plan(self) -> tuple[Plan, int]:
        """The plan, and the version of its row (0: none yet)."""
        row = typed(read([PLAN]), PlanRow, PLAN)
        return _plan(row), int(row.version) if row else 0

    def put_plan(self, plan: Plan, version: int) -> Write:
        """Store the plan over the row of that version; fails when it has changed since."""
        row = PlanRow(
            *PLAN,
            enabled=plan.enabled,
            start=stamp(plan.start),
            every_seconds=int(plan.every.total_seconds()),
            keep=plan.keep,
            patience_seconds=int(plan.patience.total_seconds()),
        )
        if version:
            row.version = version
        return Put(row)

    def put_state(self, state: State) -> Write:
        """Store the state over the one it is based on; fails when that has changed since."""
        current = state.current
        row = StateRow(
            *STATE,
            current=current and {**_shown(current)},
            begun_at=state.begun_at and stamp(state.begun_at),
            failed_at=state.failed_at and stamp(state.failed_at),
        )
        if state.version:
            row.version = state.version
        return Put(row)

    def log(self, most: int = 1000) -> list[Entry]:
        """The newest ended backups, newest first."""
        return [_entry(row) for row in partition(LogRow, LOG, newest_first=True, limit=most)]

    def add(self, entry: Entry) -> Write:
        row = LogRow(
            *log_key(entry),
            id=entry.id,
            started_at=stamp(entry.started_at),
            finished_at=stamp(entry.finished_at),
            success=entry.success,
            notes=entry.notes or None,
            is_there=entry.is_there,
            ttl=int((entry.finished_at + LOG_KEPT).timestamp()),
        )
        return Put(row, LogRow.pk.does_not_exist())

    def removed(self, entry: Entry) -> Write:
        """Note that the objects of a backup were removed."""
        return Update(LogRow(*log_key(entry)), [LogRow.is_there.set(False)], LogRow.pk.exists())


def log_key(entry: Entry) -> Key:
    return (LOG, f"{stamp(entry.started_at)}#{entry.id}")


def _plan(row: PlanRow | None) -> Plan:
    if row is None:
        return Plan()
    return Plan(
        enabled=row.enabled,
        start=parse_stamp(row.start),
        every=timedelta(seconds=int(row.every_seconds)),
        keep=int(row.keep),
        patience=timedelta(seconds=int(row.patience_seconds)),
    )


def _state(row: StateRow | None) -> State:
    if row is None:
        return State()
    held = row.current
    current = held and Current(held["id"], parse_stamp(held["started_at"]), held["source"])
    return State(current or None, _moment(row.begun_at), _moment(row.failed_at), int(row.version))


def _shown(current: Current) -> dict[str, str]:
    return {
        "id": current.id,
        "started_at": stamp(current.started_at),
        "source": current.source,
    }


def _entry(row: LogRow) -> Entry:
    return Entry(
        id=row.id,
        started_at=parse_stamp(row.started_at),
        finished_at=parse_stamp(row.finished_at),
        success=row.success,
        notes=row.notes or "",
        is_there=row.is_there,
    )


def _moment(text: str | None) -> datetime | None:
    return parse_stamp(text) if text else None
