"""A test that kills at each call fails for any copy that does not end well, and for none other."""

from __future__ import annotations

import logging

import pytest

from chalicelib.aws.clients import client
from tests.canary import canary
from tests.reaper import Reaper

pytestmark = pytest.mark.usefixtures("aws")


def make_queues(reaper: Reaper, amount: int = 4) -> int:
    """How many there are when this process has made them, or died."""
    with reaper.at_work():
        for number in range(amount):
            client("sqs").create_queue(QueueName=f"reaped-{number}")
    return len(client("sqs").list_queues(QueueNamePrefix="reaped").get("QueueUrls", []))


@pytest.mark.parametrize(("when", "seen"), [("before", 0), ("after", 1)])
def test_each_copy_dies_at_its_call_and_the_original_goes_on(when: str, seen: int) -> None:
    reaper = Reaper(when)
    with reaper.copying():
        made = make_queues(reaper)
        assert made == (4 if not reaper.has_killed else reaper.calls - 1 + seen)
    assert (reaper.calls, reaper.kills) == (4, 4)


def test_a_stride_kills_at_some_calls() -> None:
    reaper = Reaper("after", stride=3)
    with reaper.copying():
        make_queues(reaper)
    assert (reaper.calls, reaper.kills) == (4, 2)


def test_a_copy_that_does_not_end_well_fails_the_test() -> None:
    reaper = Reaper("after")
    told = "(?s)1 of 4, the first: after call 3 .*three queues"
    with pytest.raises(AssertionError, match=told), reaper.copying():
        assert make_queues(reaper) != 3 or not reaper.has_killed, "three queues"


def test_a_copy_that_logs_a_secret_value_fails_the_test() -> None:
    reaper = Reaper("after")
    told = "(?s)4 of 4, the first: .*the log"
    with pytest.raises(AssertionError, match=told), reaper.copying():
        make_queues(reaper)
        if reaper.has_killed:
            logging.getLogger("tests").error("%s", canary())


def test_what_goes_wrong_in_the_original_goes_up() -> None:
    reaper = Reaper("after")
    with pytest.raises(ZeroDivisionError), reaper.copying():
        make_queues(reaper)
        assert reaper.has_killed or 1 / 0
