"""Intervals and cron expressions, and which slot a late tick stands for."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.catalogue import OPERATIONS
from chalicelib.core.errors import Invalid
from chalicelib.jobs.schedule import checked, every, next_after, slot

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "cron"),
    [
        (1, "cron(* * * * ? *)"),
        (5, "cron(0/5 * * * ? *)"),
        (60, "cron(0 0/1 * * ? *)"),
        (1440, "cron(0 0 * * ? *)"),
    ],
)
def test_an_interval_that_divides_a_day_is_a_cron(minutes: int, cron: str) -> None:
    assert every(minutes) == cron
    assert next_after(cron, NOON) is not None


@pytest.mark.parametrize("minutes", [0, -5, 7, 61, 1441])
def test_an_interval_that_drifts_is_refused(minutes: int) -> None:
    with pytest.raises(Invalid):
        every(minutes)


@pytest.mark.parametrize(
    "text",
    ["rate(1 minute)", "cron(* * * * *)", "cron(0 0 LW * ? *)", "cron(61 * * * ? *)", "", "noon"],
)
def test_what_aws_would_refuse_is_refused_here(text: str) -> None:
    with pytest.raises(Invalid):
        checked(text)


def test_late_ticks_stand_for_the_newest_slot() -> None:
    every_minute = "cron(* * * * ? *)"
    assert slot(every_minute, NOON - timedelta(hours=1), NOON) == NOON
    late = NOON + timedelta(seconds=40)
    assert slot(every_minute, NOON - timedelta(minutes=9), late) == NOON


def test_a_daily_tick_that_comes_an_hour_late_is_still_its_own() -> None:
    daily = "cron(0 12 * * ? *)"
    assert slot(daily, NOON, NOON + timedelta(hours=1)) == NOON


def test_every_schedule_of_the_catalogue_fires() -> None:
    for one in OPERATIONS:
        assert next_after(checked(one.schedule), NOON) is not None
