"""A receive that waits is answered when something comes, and takes it for somebody who is there."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.localrun.aws_api import LocalAws
from infra.localrun.emulator import Emulator

LONG = 20
"""Seconds that the receives here are ready to wait."""


@pytest.fixture
def queue(aws: LocalAws) -> str:
    return str(aws.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}")["QueueUrl"])


@pytest.fixture
def mapping(emulator: Emulator, aws: LocalAws, queue: str) -> str:
    """The id of a settled mapping of the queue."""
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    connection.request("PUT", "/_local/nodes/node-x", json.dumps({"conclave-node-x-web": 60}))
    assert connection.getresponse().status == 200
    arn = f"arn:aws:sqs:us-east-1:000000000000:{queue.rsplit('/', 1)[-1]}"
    made = aws.lambdas.create_event_source_mapping(
        FunctionName="conclave-node-x-web", EventSourceArn=arn
    )
    time.sleep(1.0)
    return str(made["UUID"])


@contextmanager
def waiting(aws: LocalAws, queue: str) -> Iterator[list[Any]]:
    """A receive that waits; afterwards what it answered, and after how many seconds."""
    found: list[Any] = []
    began = time.monotonic()

    def receive() -> None:
        answer = aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=LONG)
        found[:] = [answer.get("Messages", []), time.monotonic() - began]

    thread = threading.Thread(target=receive)
    thread.start()
    time.sleep(0.5)
    yield found
    thread.join(LONG + 5)


def test_it_is_answered_when_a_message_is_sent(aws: LocalAws, queue: str) -> None:
    with waiting(aws, queue) as found:
        aws.sqs.send_message(QueueUrl=queue, MessageBody="here")
    assert [one["Body"] for one in found[0]] == ["here"]
    assert found[1] < LONG / 4


def test_it_is_answered_when_a_delay_is_over(aws: LocalAws, queue: str) -> None:
    with waiting(aws, queue) as found:
        aws.sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=2)
    assert [one["Body"] for one in found[0]] == ["later"]
    assert 2 < found[1] < LONG / 2


def test_it_is_answered_when_a_message_is_given_back(aws: LocalAws, queue: str) -> None:
    aws.sqs.send_message(QueueUrl=queue, MessageBody="back")
    (taken,) = aws.sqs.receive_message(QueueUrl=queue)["Messages"]
    with waiting(aws, queue) as found:
        receipt = taken["ReceiptHandle"]
        aws.sqs.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0
        )
    assert [one["Body"] for one in found[0]] == ["back"]
    assert found[1] < LONG / 4


def test_who_has_gone_takes_no_message(emulator: Emulator, aws: LocalAws, queue: str) -> None:
    """As a node that was killed while it waited: the next node has the message at once."""
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": LONG})
    headers = {
        "x-amz-target": "AmazonSQS.ReceiveMessage",
        "content-type": "application/x-amz-json-1.0",
    }
    connection.request("POST", "/", body, headers)
    time.sleep(0.5)
    connection.close()
    time.sleep(0.5)
    aws.sqs.send_message(QueueUrl=queue, MessageBody="for whoever is there")
    (message,) = aws.sqs.receive_message(
        QueueUrl=queue, MessageSystemAttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_it_ends_when_its_mapping_is_switched_off(aws: LocalAws, queue: str, mapping: str) -> None:
    with waiting(aws, queue) as found:
        aws.lambdas.update_event_source_mapping(UUID=mapping, Enabled=False)
    assert found[0] == []
    assert found[1] < LONG / 4


def test_nodes_learn_at_once_that_a_mapping_changed(
    emulator: Emulator, aws: LocalAws, mapping: str
) -> None:
    def changes(seen: int) -> int:
        connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
        connection.request("GET", f"/_local/mappings?seen={seen}&wait={LONG}")
        return int(json.load(connection.getresponse())["changes"])

    seen, began = changes(0), time.monotonic()
    threading.Timer(
        0.5, lambda: aws.lambdas.update_event_source_mapping(UUID=mapping, Enabled=False)
    ).start()
    assert changes(seen) > seen
    assert time.monotonic() - began < LONG / 4
