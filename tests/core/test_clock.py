"""Moments as text: they read again and sort, however far off they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.core.clock import parse_stamp, stamp


@pytest.mark.parametrize("year", [1, 70, 999, 1000, 1969, 2026, 9999])
def test_a_stamp_reads_again(year: int) -> None:
    at = datetime(year, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert parse_stamp(stamp(at)) == at
    assert len(stamp(at)) == len("2026-01-15T10:07:30.123456Z")


def test_stamps_sort_as_their_moments_do() -> None:
    moments = [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 99, 999, 2026, 9999)]
    assert sorted(map(stamp, reversed(moments))) == list(map(stamp, moments))


def test_a_stamp_is_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 1, 15, 12, tzinfo=there)) == "2026-01-15T10:00:00.000000Z"
