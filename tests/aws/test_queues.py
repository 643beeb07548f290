"""Queues of sites are made whole, dead letters are held, replayed and buried."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import SYSTEM
from chalicelib.aws import clients, keyring
from chalicelib.aws.connection import connection
from chalicelib.aws.queues import DEAD, Queues
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.messages import decode, encode, message

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def service(aws: None) -> Any:
    keyring.make_if_absent("c" * 32, wiring.clock())
    return wiring.queues()


def put(queue: str, *messages: Any) -> Any:
    for one in messages:
        clients.client("sqs").send_message(
            QueueUrl=connection().queue_url(queue), MessageBody=encode(one)
        )


def letter(number: int) -> Any:
    return message(f"{number:032}", "site.item", NOON, timedelta(hours=1), {"item": "x"}, "a cause")


def taken(queue: str) -> Any:
    answer = clients.client("sqs").receive_message(
        QueueUrl=connection().queue_url(queue), MaxNumberOfMessages=10
    )
    return [decode(one["Body"]) for one in answer.get("Messages", [])]


def test_a_sites_queue_is_made_with_its_dead_letters_and_again_without_harm(aws: None) -> None:
    for _ in range(2):
        Queues().ensure("site-7", timedelta(seconds=360))
    attributes = clients.client("sqs").get_queue_attributes(
        QueueUrl=connection().queue_url("site-7"), AttributeNames=["All"]
    )["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert attributes["VisibilityTimeout"] == "360"
    assert redrive["maxReceiveCount"] == 5
    assert redrive["deadLetterTargetArn"].endswith("conclave-test-site-7-dead")


def test_a_replayed_letter_keeps_id_and_cause(service: Any) -> None:
    put("background" + DEAD, letter(1), letter(2))
    assert {one.id for one in service.dead_letters("background")} == {letter(1).id, letter(2).id}
    service.replay(SYSTEM, "background", letter(1).id, NOON)
    [back] = taken("background")
    assert (back.id, back.cause, back.expires_at) == (
        letter(1).id,
        "a cause",
        letter(1).expires_at,
    )
    assert [one.id for one in service.dead_letters("background")] == [letter(2).id]


def test_a_letter_past_its_expiry_is_never_replayed(service: Any) -> None:
    put("background" + DEAD, letter(1))
    with pytest.raises(Conflict):
        service.replay(SYSTEM, "background", letter(1).id, NOON + timedelta(hours=1))
    assert taken("background") == []
    assert len(service.dead_letters("background")) == 1


def test_a_dropped_letter_is_gone(service: Any) -> None:
    put("background" + DEAD, letter(1))
    service.drop(SYSTEM, "background", letter(1).id, NOON)
    assert service.dead_letters("background") == []


def test_what_is_not_there_is_not_found(service: Any) -> None:
    with pytest.raises(NotFound):
        service.replay(SYSTEM, "background", "no such id", NOON)
    with pytest.raises(NotFound):
        service.dead_letters("no-such-queue")


def test_the_state_of_every_queue_tells_depth_and_dead_letters(service: Any) -> None:
    put("background", letter(1), letter(2))
    put("background" + DEAD, letter(3))
    states = {one.name: one for one in service.states(NOON)}
    assert (states["background"].waiting, states["background"].dead) == (2, 1)
    assert states["site-1-now"].waiting == 0


def test_a_queue_that_is_not_there_hides_no_other(service: Any) -> None:
    clients.client("sqs").delete_queue(QueueUrl=connection().queue_url("web"))
    states = {one.name: one for one in service.states(NOON)}
    assert not states["web"].answers
    assert states["background"].answers


def test_the_age_of_a_queue_is_what_cloudwatch_measured(service: Any) -> None:
    now = datetime.now(UTC)
    clients.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "conclave-test-background"}],
                "Timestamp": now - timedelta(minutes=1),
                "Value": 42.0,
            }
        ],
    )
    states = {one.name: one for one in service.states(now)}
    assert states["background"].oldest == timedelta(seconds=42)
    assert states["web"].oldest is None
