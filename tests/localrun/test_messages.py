"""Messages: none that was acknowledged is lost, and few come again."""

import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.localrun.aws_api import LocalAws
from infra.localrun.emulator import Emulator
from tests.localrun.small_table import key, keys, make_table
from tests.waiting import eventually


def test_no_message_sent_just_before_kill_9_is_lost(own_emulator: Emulator) -> None:
    sqs = LocalAws(own_emulator.url).sqs
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    sent: list[list[str]] = [[] for _ in range(4)]
    senders = [
        threading.Thread(target=_send, args=(own_emulator.url, queue, place, sent[place]))
        for place in range(4)
    ]
    for sender in senders:
        sender.start()
    eventually(lambda: sum(map(len, sent)) > 500, patience=30)
    own_emulator.kill()
    for sender in senders:
        sender.join()
    own_emulator.start()
    acknowledged = set().union(*sent)
    assert len(acknowledged) > 500
    assert acknowledged <= set(_bodies(sqs, queue))


def test_a_message_saved_and_consumed_does_not_come_again(own_emulator: Emulator) -> None:
    """Only what the last saved queues may lack is sent again, not all of a journal's hours."""
    sqs = LocalAws(own_emulator.url).sqs
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    received = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"])
    journal = next(own_emulator.root.glob("state-*/journal.jsonl"))
    lines = journal.read_text().count("\n")
    eventually(lambda: journal.read_text().count("\n") > lines)  # a mark: the queues are saved
    sqs.send_message(QueueUrl=queue, MessageBody="three")
    own_emulator.kill()
    own_emulator.start()
    assert sorted(_bodies(sqs, queue)) == sorted({"one", "two", "three"} - {received["Body"]})


def test_what_was_sent_is_not_lost_when_the_journal_begins_anew(own_emulator: Emulator) -> None:
    aws = LocalAws(own_emulator.url)
    queue = aws.sqs.create_queue(QueueName="work")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=queue, MessageBody="hello")
    make_table(aws.dynamodb)  # a new shape of tables begins a new journal
    own_emulator.kill()
    own_emulator.start()
    assert _bodies(aws.sqs, queue) == ["hello"]


def test_a_message_to_a_queue_that_is_gone_stays_gone(own_emulator: Emulator) -> None:
    aws = LocalAws(own_emulator.url)
    make_table(aws.dynamodb)
    queue = aws.sqs.create_queue(QueueName="work")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=queue, MessageBody="hello")
    aws.sqs.delete_queue(QueueUrl=queue)
    aws.dynamodb.put_item(TableName="table", Item=key("after"))
    own_emulator.kill()
    own_emulator.start()
    assert not aws.sqs.list_queues().get("QueueUrls")
    assert keys(aws.dynamodb) == {"after"}


def _send(url: str, queue: str, place: int, sent: list[str]) -> None:
    """Sends, one by one and in batches, until the emulator is gone."""
    sqs = LocalAws(url).sqs
    for number in range(10_000):
        bodies = [f"{place}-{number}-{part}" for part in range(1 + number % 10)]
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies)]
        try:
            if len(bodies) == 1:
                sqs.send_message(QueueUrl=queue, MessageBody=bodies[0])
            else:
                sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        except (BotoCoreError, ClientError):
            return
        sent.extend(bodies)


def _bodies(sqs: Any, queue: str) -> list[str]:
    """Of all messages that wait there."""
    found: list[str] = []
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600)
        if "Messages" not in answer:
            return found
        found += [message["Body"] for message in answer["Messages"]]
