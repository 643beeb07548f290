"""What each kind of AWS call does to the state."""

import pytest

from infra.localrun.effects import Effect, effect_of, state_touched
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
        ("AmazonSQS.SendMessage", Effect.SENT),
        ("AmazonSQS.SendMessageBatch", Effect.SENT),
        ("AmazonSQS.DeleteMessage", Effect.MESSAGES),
        ("AmazonSQS.PurgeQueue", Effect.QUEUES),
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


def test_a_small_write_names_its_state_by_what_it_is_signed_for() -> None:
    signed = "AWS4-HMAC-SHA256 Credential=local/20260115/us-east-1/%s/aws4_request, Signature=x"

    def touched(service: str) -> str:
        return state_touched(Request("PUT", "/", {}, {"authorization": signed % service}, b""))

    assert touched("scheduler") == "scheduler"
    assert touched("sts") == "sts"
    assert touched("monitoring") == ""
    assert state_touched(Request("PUT", "/", {}, {}, b"")) == ""
