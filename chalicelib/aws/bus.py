"""The backbone bus: SQS queues that carry ids between web, schedules and roles (see the guide)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core.errors import Unavailable
from chalicelib.core.messages import Message, encode

from . import clients
from .connection import connection
from .faults import known_faults

BATCH = 10  # SQS takes ten messages a call


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and the queue (short name) it goes to, whichever set of queues the bus has."""

    queue: str
    message: Message
    delay: timedelta = timedelta(0)


def _as_named(queue: str) -> str:
    return queue


@dataclass(frozen=True, slots=True)
class Bus:
    """Sends messages. A repeated send is a second copy: receivers are idempotent.

    route: the queue that now stands for one of the backbone bus, which is shared or internal
    """

    route: Callable[[str], str] = _as_named

    def send(
        self, queue: str, messages: Sequence[Message], delay: timedelta = timedelta(0)
    ) -> None:
        """Put messages on a queue. One call for ten. Raises Unavailable if any was not taken."""
        self.send_all([Outgoing(queue, one, delay) for one in messages])

    def send_all(self, outgoing: Sequence[Outgoing]) -> None:
        """Put each message on its queue, in batches. Raises Unavailable if any was not taken."""
        for queue in dict.fromkeys(one.queue for one in outgoing):
            mine = [one for one in outgoing if one.queue == queue]
            for batch in _batches(mine):
                _send(self.route(queue), batch)

    def put_back(self, queue: str, messages: Sequence[Message], delay: timedelta) -> None:
        """Put messages on that very queue, where they came from. Raises Unavailable as above."""
        for batch in _batches([Outgoing(queue, one, delay) for one in messages]):
            _send(queue, batch)


def _batches(all_of_them: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    for start in range(0, len(all_of_them), BATCH):
        yield all_of_them[start : start + BATCH]


def _send(queue: str, batch: Sequence[Outgoing]) -> None:
    with known_faults(f"sending to queue {queue}"):
        answer = clients.client("sqs").send_message_batch(
            QueueUrl=connection().queue_url(queue),
            Entries=[
                {
                    "Id": str(number),
                    "MessageBody": encode(one.message),
                    "DelaySeconds": int(one.delay.total_seconds()),
                }
                for number, one in enumerate(batch)
            ],
        )
    if answer.get("Failed"):
        raise Unavailable(f"queue {queue} did not take {len(answer['Failed'])} messages")
