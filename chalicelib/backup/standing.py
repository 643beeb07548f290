"""How backups stand: the newest good one, the one under way, and when the next is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .log import Entry
from .plan import Current, Plan, State, next_due


@dataclass(frozen=True, slots=True)
class Standing:
    """newest:   the newest good backup that is still there
    kept:     how many good ones are there
    current:  the one under way
    took:     how long the newest good one took, to guess by
    next_due: None when backups are switched off
    failed:   when the last attempt failed; None: it did not
    """

    newest: Entry | None
    kept: int
    current: Current | None
    took: timedelta | None
    next_due: datetime | None
    failed: datetime | None


def standing(plan: Plan, state: State, log: Sequence[Entry], now: datetime) -> Standing:
    good = [one for one in log if one.success and one.is_there]
    newest = max(good, key=lambda one: one.started_at, default=None)
    took = newest.finished_at - newest.started_at if newest else None
    due = next_due(plan, state, now)
    return Standing(newest, len(good), state.current, took, due, state.failed_at)
