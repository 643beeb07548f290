"""What each kind of AWS call does to the state."""

import pytest

from infra.localrun.effects import Effect, effect_of
from infra.localrun.exchange import Request

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("target", "effect"),
    [
        ("DynamoDB_20120810.PutItem", Effect.ITEMS),
        ("DynamoDB_20120810.TransactWriteItems", Effect.ITEMS),
        ("DynamoDB_20120810.Query", Effect.NONE),
        ("DynamoDB_20120810.TransactGetItems", Effect.NONE),
        ("DynamoDB_20120810.CreateTable", Effect.WHOLE),
        ("DynamoDB_20120810.UpdateTimeToLive", Effect.WHOLE),
        ("AmazonSQS.SendMessage", Effect.MESSAGES),
        ("AmazonSQS.CreateQueue", Effect.QUEUES),
        ("AmazonSQS.GetQueueUrl", Effect.NONE),
        ("TrentService.CreateKey", Effect.SMALL),
        ("TrentService.GenerateDataKey", Effect.NONE),
        ("TrentService.Decrypt", Effect.NONE),
        ("AmazonSSM.PutParameter", Effect.SMALL),
    ],
)
def test_calls_with_a_target(target: str, effect: Effect) -> None:
    assert effect_of(Request("POST", "/", {}, {"x-amz-target": target}, b"{}")) is effect


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        (b"Action=CreateStack&StackName=x", Effect.STACK),
        (b"Action=DescribeStacks", Effect.NONE),
        (b"Action=CreateRole", Effect.SMALL),
    ],
)
def test_calls_with_an_action(body: bytes, effect: Effect) -> None:
    assert effect_of(Request("POST", "/", {}, {"content-type": FORM}, body)) is effect


def test_rest_calls_go_by_their_method() -> None:
    assert effect_of(Request("GET", "/schedules", {}, {}, b"")) is Effect.NONE
    assert effect_of(Request("PUT", "/schedules/x", {}, {}, b"{}")) is Effect.SMALL
