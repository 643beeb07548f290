"""When a backup is due, and what is known of the one under way and of the last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.core.errors import Invalid

AGAIN = timedelta(minutes=15)
"""How long after a failure the next attempt is made."""

LEAST, MOST = timedelta(minutes=1), timedelta(days=366)
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What admins set.

    start:    a moment that the times of backups are counted from
    keep:     how many good backups stay; older ones are removed after each new one
    patience: how long one may take before it counts as failed
    """

    enabled: bool = True
    start: datetime = datetime(2026, 1, 1, 2, tzinfo=UTC)
    every: timedelta = timedelta(days=1)
    keep: int = 7
    patience: timedelta = timedelta(minutes=60)

    def slot(self, now: datetime) -> datetime | None:
        """The newest planned moment that is not in the future."""
        passed = (now - self.start) // self.every
        return None if passed < 0 else self.start + passed * self.every


@dataclass(frozen=True, slots=True)
class Current:
    """The backup under way. `source` says how rows are read: see `service.Source`."""

    id: str
    started_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class State:
    """What the worker knows. `version` is that of the stored row, 0 for none."""

    current: Current | None = None
    begun_at: datetime | None = None
    failed_at: datetime | None = None  # None: the last one succeeded
    version: int = 0


def checked(plan: Plan) -> Plan:
    """The same plan. Raises Invalid for one that makes no sense."""
    if not LEAST <= plan.every <= MOST:
        raise Invalid("repeatDays with its hours and minutes is from 1 minute to 366 days")
    if not 1 <= plan.keep <= MOST_KEPT:
        raise Invalid(f"numberOfBackupsToKeep is a whole number from 1 to {MOST_KEPT}")
    if not timedelta(minutes=1) <= plan.patience <= timedelta(days=1):
        raise Invalid("configurationSqlBackupTimeoutMinutes is a number of minutes from 1 to 1440")
    return plan


def is_due(plan: Plan, state: State, now: datetime) -> bool:
    """Whether the plan asks for a backup that nobody has begun, or for another attempt."""
    slot = plan.slot(now)
    if not plan.enabled or slot is None:
        return False
    if state.failed_at is not None and now - state.failed_at >= AGAIN:
        return True
    return state.begun_at is None or state.begun_at < slot


def next_due(plan: Plan, state: State, now: datetime) -> datetime | None:
    """When the plan asks for the next backup or attempt; None when it is switched off."""
    if not plan.enabled:
        return None
    if is_due(plan, state, now):
        return now
    slot = plan.slot(now)
    planned = plan.start if slot is None else slot + plan.every
    return min(planned, state.failed_at + AGAIN) if state.failed_at else planned


def begun(state: State, current: Current) -> State:
    return replace(state, current=current, begun_at=current.started_at)


def ended(state: State, failed_at: datetime | None) -> State:
    return replace(state, current=None, failed_at=failed_at)


def too_long(plan: Plan, current: Current, now: datetime) -> bool:
    return now - current.started_at > plan.patience
