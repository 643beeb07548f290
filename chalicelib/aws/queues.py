"""The queues themselves: making those of sites, how full they are, their dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.messages import Message, decode

from . import clients
from .connection import connection
from .faults import known_faults

RECEIVES = 5  # failed receives before a message goes to the dead letters
DEAD_DAYS = 14  # SQS keeps nothing longer
DEAD = "-dead"
ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of a queue: waiting, taken and unfinished, delayed; about right, as SQS counts."""

    waiting: int
    taken: int
    delayed: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that failed too often. `receipt` deletes it while it is held."""

    message: Message
    receipt: str
    sent_at: datetime


class Queues:
    """Raises Unavailable when a queue is missing or SQS does not answer."""

    def ensure(self, name: str, visibility: timedelta) -> None:
        """Make a queue and its dead letters, or set them right. Four calls; may be repeated."""
        sqs, conn = clients.client("sqs"), connection()
        dead = {"MessageRetentionPeriod": str(DEAD_DAYS * 86400), "SqsManagedSseEnabled": "true"}
        redrive = {"deadLetterTargetArn": conn.queue_arn(name + DEAD), "maxReceiveCount": RECEIVES}
        own = {
            "VisibilityTimeout": str(int(visibility.total_seconds())),
            "SqsManagedSseEnabled": "true",
            "RedrivePolicy": json.dumps(redrive),
        }
        with known_faults(f"making queue {name}"):
            for each, attributes in ((name + DEAD, dead), (name, own)):
                url = sqs.create_queue(QueueName=conn.queue_name(each))["QueueUrl"]
                sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def depth(self, name: str) -> Depth:
        """How full a queue is. One call."""
        found = self.find(name)
        if found is None:
            raise Unavailable(f"queue {name} is missing")
        return found

    def held(self, name: str) -> int | None:
        """How many messages a queue holds in all; None when there is no such queue. One call."""
        found = self.find(name)
        return None if found is None else found.waiting + found.taken + found.delayed

    def find(self, name: str) -> Depth | None:
        """How full a queue is; None when there is no such queue. One call."""
        from botocore.exceptions import ClientError

        with known_faults(f"asking how full queue {name} is"):
            try:
                return _depth(name)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in ABSENT:
                    return None
                raise

    def ages(self, names: Sequence[str], now: datetime) -> dict[str, timedelta]:
        """The age of each queue's oldest message, as CloudWatch last saw it. One call for all.

        SQS itself cannot be asked without taking messages. A queue without a figure is left out.
        """
        queries = [
            _age_query(number, connection().queue_name(name)) for number, name in enumerate(names)
        ]
        with known_faults("asking how old messages are"):
            answer = clients.client("cloudwatch").get_metric_data(
                MetricDataQueries=queries, StartTime=now - timedelta(minutes=5), EndTime=now
            )
        return {
            names[int(one["Id"][1:])]: timedelta(seconds=one["Values"][0])
            for one in answer["MetricDataResults"]
            if one["Values"] and one["Values"][0] > 0
        }

    def dead_letters(self, name: str, hold: timedelta, most: int = 100) -> Iterator[DeadLetter]:
        """Take the dead letters of a queue; each is hidden from others for `hold`."""
        url, taken = connection().queue_url(name + DEAD), 0
        while taken < most:
            with known_faults(f"reading the dead letters of {name}"):
                answer = clients.client("sqs").receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=min(10, most - taken),
                    VisibilityTimeout=int(hold.total_seconds()),
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
            found = answer.get("Messages", [])
            if not found:
                return
            taken += len(found)
            yield from (_letter(one) for one in found)

    def release(self, name: str, receipt: str) -> None:
        """Let others see a dead letter again at once."""
        with known_faults(f"releasing a dead letter of {name}"):
            clients.client("sqs").change_message_visibility(
                QueueUrl=connection().queue_url(name + DEAD),
                ReceiptHandle=receipt,
                VisibilityTimeout=0,
            )

    def bury(self, name: str, receipt: str) -> None:
        """Delete a dead letter for good."""
        with known_faults(f"deleting a dead letter of {name}"):
            clients.client("sqs").delete_message(
                QueueUrl=connection().queue_url(name + DEAD), ReceiptHandle=receipt
            )


def _depth(name: str) -> Depth:
    attributes = clients.client("sqs").get_queue_attributes(
        QueueUrl=connection().queue_url(name),
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return Depth(
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def _age_query(number: int, queue: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}


def _letter(one: dict[str, Any]) -> DeadLetter:
    from datetime import UTC

    sent_at = datetime.fromtimestamp(int(one["Attributes"]["SentTimestamp"]) / 1000, UTC)
    try:
        message = decode(one["Body"])
    except Invalid:
        message = Message(one["MessageId"], "unknown", sent_at, sent_at)
    return DeadLetter(message, one["ReceiptHandle"], sent_at)
