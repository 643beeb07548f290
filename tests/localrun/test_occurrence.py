"""When a schedule is due."""

from datetime import UTC, datetime

import pytest

from infra.localrun.occurrence import Timing, UnknownExpressionError

MADE = datetime(2026, 1, 15, 9, 0, 20, tzinfo=UTC)
NOW = datetime(2026, 1, 15, 10, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "due"),
    [
        ("cron(0/5 * * * ? *)", "UTC", "2026-01-15T10:05:00"),
        ("cron(7 * * * ? *)", "UTC", "2026-01-15T10:07:00"),
        ("cron(0 11 * * ? *)", "Europe/Berlin", "2026-01-15T10:00:00"),
        ("cron(0 5 ? * THU *)", "America/New_York", "2026-01-15T10:00:00"),
        ("rate(10 minutes)", "UTC", "2026-01-15T10:00:20"),
        ("rate(1 hour)", "UTC", "2026-01-15T10:00:20"),
        ("at(2026-01-15T10:01:00)", "UTC", "2026-01-15T10:01:00"),
    ],
)
def test_the_latest_moment_counts(expression: str, zone: str, due: str) -> None:
    found = Timing(expression, zone, MADE).last_due(MADE, NOW)
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    ["cron(0 11 * * ? *)", "cron(0 9 * * ? *)", "rate(1 day)", "at(2026-01-15T10:08:00)"],
)
def test_nothing_is_due_before_its_time_nor_before_it_was_made(expression: str) -> None:
    found = Timing(expression, "UTC", MADE).last_due(MADE, NOW)
    assert found is None or found > MADE
    assert found is None


def test_what_fired_does_not_fire_again() -> None:
    timing = Timing("cron(0/5 * * * ? *)", "UTC", MADE)
    fired = timing.last_due(MADE, NOW)
    assert fired is not None
    assert timing.last_due(fired, NOW) is None


def test_a_foreign_expression_is_refused() -> None:
    with pytest.raises(UnknownExpressionError):
        Timing("every day", "UTC", MADE).last_due(MADE, NOW)
