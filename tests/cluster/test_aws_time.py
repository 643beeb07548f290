"""The clock compared with that of AWS, by answers that come anyway."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.aws import clients
from chalicelib.aws.aws_time import AwsTime
from chalicelib.core.clock import utc_now


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("seconds", [-90, 0, 90])
def test_a_clock_that_is_off_is_seen(seconds: int) -> None:
    time = AwsTime(lambda: utc_now() + timedelta(seconds=seconds))
    assert time.offset() is None
    time.watch()
    clients.client("dynamodb").list_tables()
    offset = time.offset()
    assert offset is not None
    assert abs(offset - timedelta(seconds=seconds)) <= timedelta(seconds=2)


@pytest.mark.usefixtures("aws")
def test_the_last_watcher_watches() -> None:
    """A process makes its agent once; a test makes many."""
    first, second = AwsTime(utc_now), AwsTime(utc_now)
    first.watch()
    second.watch()
    clients.client("dynamodb").list_tables()
    assert second.offset() is not None
    assert first.offset() is None
