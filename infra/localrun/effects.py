"""What an AWS call does to the emulator's state, and so how it must be kept."""

import re
from enum import StrEnum

from infra.localrun.exchange import Request


class Effect(StrEnum):
    """How a call's result is made durable before it is acknowledged."""

    NONE = "none"
    ITEMS = "items"  # journalled
    SENT = "sent"  # journalled
    MESSAGES = "messages"  # saved soon after: a message may come again, as SQS says
    QUEUES = "queues"  # the queues are saved at once
    SMALL = "small"  # everything but tables and queues is saved at once
    WHOLE = "whole"  # a new generation
    STACK = "stack"  # a new generation once somebody is told that it is done


_ITEMS = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
}
_SENT = {"SendMessage", "SendMessageBatch"}
_MESSAGES = {
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
}
_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet", "Generate")
_KMS_READS = {"Encrypt", "Decrypt", "ReEncrypt", "Sign", "Verify", "VerifyMac"}
_STACK = {"CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet"}


def effect_of(request: Request) -> Effect:
    service, name = request.operation
    if not name:
        return Effect.NONE if request.method in ("GET", "HEAD") else Effect.SMALL
    if name in _STACK:
        return Effect.STACK
    if name.startswith(_READS) or (service == "TrentService" and name in _KMS_READS):
        return Effect.NONE
    return _write(service, name)


_ALONE = {"scheduler", "kms", "ssm", "s3", "iam", "sts"}


def state_touched(request: Request) -> str:
    """The one state that a small write changes, where that is known; "" where it is not."""
    found = re.search(r"/([a-z0-9-]+)/aws4_request", request.headers.get("authorization", ""))
    service = found[1] if found else ""
    return service if service in _ALONE else ""


def _write(service: str, name: str) -> Effect:
    if service == "DynamoDB":
        return Effect.ITEMS if name in _ITEMS else Effect.WHOLE
    return _on_queues(name) if service == "AmazonSQS" else Effect.SMALL


def _on_queues(name: str) -> Effect:
    if name in _SENT:
        return Effect.SENT
    return Effect.MESSAGES if name in _MESSAGES else Effect.QUEUES
