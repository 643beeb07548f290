"""The recorder sees each call once, and can end a process after any of them."""

from __future__ import annotations

import boto3
import pytest

from tests.calls import AwsCall, Calls, Killed, killing_after

pytestmark = pytest.mark.usefixtures("aws")


def test_calls_are_recorded_in_order(calls: Calls) -> None:
    boto3.client("dynamodb").list_tables()
    boto3.client("sqs").list_queues()
    assert calls.seen == [AwsCall("dynamodb", "ListTables"), AwsCall("sqs", "ListQueues")]
    assert calls.count("dynamodb") == 1
    assert calls.count(operation="ListQueues") == 1


def test_a_killed_process_has_made_its_last_call() -> None:
    sqs = boto3.client("sqs")
    with killing_after(2) as calls, pytest.raises(Killed):
        for name in ("one", "two", "three"):
            sqs.create_queue(QueueName=name)
    assert calls.count() == 2
    left = {url.rsplit("/", 1)[1] for url in sqs.list_queues()["QueueUrls"]}
    assert {"one", "two"} <= left
    assert "three" not in left
