"""A test that kills after each act fails for a copy that does not end well, and for none other."""

from __future__ import annotations

import logging

import pytest

from chalicelib.aws.clients import client
from tests.calls import AwsCall, acted
from tests.canary import canary
from tests.reaper import Reaper

pytestmark = pytest.mark.usefixtures("aws")


def make_queue(number: int) -> None:
    client("sqs").create_queue(QueueName=f"reaped-{number}")


def queues() -> int:
    """How many were made."""
    return len(client("sqs").list_queues(QueueNamePrefix="reaped").get("QueueUrls", []))


def make_queues(reaper: Reaper, amount: int = 4) -> int:
    """How many there are when this process has made them, or died."""
    with reaper.at_work():
        for number in range(amount):
            make_queue(number)
    return queues()


def test_copies_die_before_the_first_act_and_after_each_and_the_original_goes_on() -> None:
    reaper = Reaper()
    with reaper.copying():
        made = make_queues(reaper)
        assert made == (reaper.acts if reaper.has_killed else 4)
    assert (reaper.acts, reaper.kills) == (4, 5)


def test_what_is_done_outside_aws_is_an_act_as_a_call_is() -> None:
    """Whoever dies between it and the next call has done it."""
    reaper, target = Reaper(), []
    with reaper.copying():
        with reaper.at_work():
            make_queue(1)
            target.append("changed")
            acted("changed")
            make_queue(2)
        found = (queues(), len(target))
        assert found == [(0, 0), (1, 0), (1, 1), (2, 1)][reaper.acts]
    assert (reaper.acts, reaper.kills) == (3, 4)


@pytest.mark.parametrize(("reads", "acts"), [(False, 1), (True, 3)])
def test_what_only_reads_is_an_act_where_that_is_asked_for(reads: bool, acts: int) -> None:
    reaper = Reaper(reads=reads)
    with reaper.copying(), reaper.at_work():
        queues()
        make_queue(1)
        queues()
    assert (reaper.acts, reaper.kills) == (acts, acts + 1)


@pytest.mark.parametrize(
    ("service", "operation", "only_reads"),
    [
        ("dynamodb", "GetItem", True),
        ("dynamodb", "TransactGetItems", True),
        ("dynamodb", "TransactWriteItems", False),
        ("dynamodb", "BatchGetItem", True),
        ("dynamodb", "BatchWriteItem", False),
        ("kms", "Decrypt", True),
        ("kms", "CreateAlias", False),
        ("s3", "HeadObject", True),
        ("sqs", "ReceiveMessage", False),
    ],
)
def test_a_call_only_reads_or_not(service: str, operation: str, only_reads: bool) -> None:
    assert AwsCall(service, operation).only_reads is only_reads


def test_a_stride_kills_after_some_acts() -> None:
    reaper = Reaper(stride=3)
    with reaper.copying():
        make_queues(reaper)
    assert (reaper.acts, reaper.kills) == (4, 2)


def test_the_dead_call_nobody() -> None:
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            try:
                make_queue(1)
            finally:
                make_queue(2)
        assert queues() == (reaper.acts if reaper.has_killed else 2)
    assert (reaper.acts, reaper.kills) == (2, 3)


def test_a_reaper_that_killed_nobody_fails_the_test() -> None:
    reaper = Reaper()
    with pytest.raises(AssertionError, match="killed nobody"), reaper.copying():
        make_queue(1)  # not while the reaper is at work


def test_a_copy_that_does_not_end_well_fails_the_test() -> None:
    reaper = Reaper()
    told = "(?s)1 of 5, the first: after act 3, .*CreateQueue.*three queues"
    with pytest.raises(AssertionError, match=told), reaper.copying():
        assert make_queues(reaper) != 3 or not reaper.has_killed, "three queues"


def test_a_copy_that_logs_a_secret_value_fails_the_test() -> None:
    reaper = Reaper()
    told = "(?s)5 of 5, the first: before .*the log"
    with pytest.raises(AssertionError, match=told), reaper.copying():
        make_queues(reaper)
        if reaper.has_killed:
            logging.getLogger("tests").error("%s", canary())


def test_what_goes_wrong_in_the_original_goes_up() -> None:
    reaper = Reaper()
    with pytest.raises(ZeroDivisionError), reaper.copying():
        make_queues(reaper)
        assert reaper.has_killed or 1 / 0
