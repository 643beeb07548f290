"""When a backup is due, and which old ones may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.backup.log import Entry, superfluous
from chalicelib.backup.plan import (
    Current,
    Plan,
    State,
    begun,
    checked,
    ended,
    is_due,
    next_due,
    too_long,
)
from chalicelib.backup.standing import standing
from chalicelib.core.errors import Invalid

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TWO = datetime(2026, 3, 1, 2, tzinfo=UTC)
PLAN = Plan(start=datetime(2026, 1, 1, 2, tzinfo=UTC), every=DAY)


def state(began: datetime, failed: datetime | None = None) -> State:
    return ended(begun(State(), Current("1", began, "pages")), failed)


def test_a_new_cluster_takes_its_first_backup_at_once() -> None:
    assert is_due(PLAN, State(), TWO + 5 * HOUR)


def test_one_backup_is_due_in_each_interval() -> None:
    before = state(TWO - DAY + MINUTE)
    assert not is_due(PLAN, before, TWO - MINUTE)
    assert is_due(PLAN, before, TWO)
    assert not is_due(PLAN, state(TWO), TWO + MINUTE)
    assert not is_due(PLAN, state(TWO + 3 * HOUR), TWO + 4 * HOUR)  # one run late, or by hand


def test_nothing_is_due_before_the_start_or_when_switched_off() -> None:
    assert not is_due(replace(PLAN, start=TWO), State(), TWO - MINUTE)
    assert not is_due(replace(PLAN, enabled=False), State(), TWO)


def test_a_failed_backup_is_tried_again_in_a_while() -> None:
    failed = state(TWO, TWO + MINUTE)
    assert not is_due(PLAN, failed, TWO + 15 * MINUTE)
    assert is_due(PLAN, failed, TWO + 16 * MINUTE)


def test_the_next_is_told_whatever_was_before() -> None:
    assert next_due(PLAN, State(), TWO + 5 * HOUR) == TWO + 5 * HOUR  # at once
    assert next_due(PLAN, state(TWO), TWO + MINUTE) == TWO + DAY
    assert next_due(replace(PLAN, start=TWO), State(), TWO - MINUTE) == TWO
    assert next_due(PLAN, state(TWO, TWO + MINUTE), TWO + 2 * MINUTE) == TWO + 16 * MINUTE
    assert next_due(replace(PLAN, enabled=False), State(), TWO) is None


def test_how_backups_stand_counts_only_good_ones_that_are_there() -> None:
    log = [
        Entry("3", TWO + DAY, TWO + DAY, success=False),
        Entry("2", TWO, TWO + MINUTE, success=True),
        Entry("1", TWO - DAY, TWO - DAY, success=True, is_there=False),
    ]
    found = standing(PLAN, state(TWO + DAY, TWO + DAY + MINUTE), log, TWO + DAY + 2 * MINUTE)
    assert found.newest and (found.newest.id, found.kept, found.took) == ("2", 1, MINUTE)
    assert found.failed == TWO + DAY + MINUTE
    nothing = standing(PLAN, State(), [], TWO)
    assert (nothing.newest, nothing.took, nothing.kept) == (None, None, 0)


def test_a_backup_that_takes_too_long_has_failed() -> None:
    current = Current("1", TWO, "pages")
    assert not too_long(PLAN, current, TWO + PLAN.patience)
    assert too_long(PLAN, current, TWO + PLAN.patience + MINUTE)


@pytest.mark.parametrize(
    "wrong",
    [
        Plan(every=timedelta(0)),
        Plan(every=timedelta(days=400)),
        Plan(keep=0),
        Plan(keep=5000),
        Plan(patience=timedelta(0)),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: Plan) -> None:
    with pytest.raises(Invalid):
        checked(wrong)


def test_the_newest_good_ones_are_kept_and_the_failed_go() -> None:
    def entry(day: int, success: bool = True, is_there: bool = True) -> Entry:
        at = TWO + day * DAY
        return Entry(f"{day:02d}", at, at, success, is_there=is_there)

    log = [entry(1), entry(2, is_there=False), entry(3), entry(4, success=False), entry(5)]
    assert [one.id for one in superfluous(log, 2)] == ["04", "01"]
    assert [one.id for one in superfluous(log, 9)] == ["04"]
