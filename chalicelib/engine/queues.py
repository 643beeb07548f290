"""The queues of the engine's site, reached with what the last callback gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.core.errors import Unavailable

from .cluster import Access
from .https import checked_url

if TYPE_CHECKING:
    from botocore.session import Session

MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it lies in the queue; `receipt` deletes it."""

    queue: str
    receipt: str
    text: str


class Queues:
    """One site's queues. Short-lived as its keys: each callback brings another."""

    def __init__(self, access: Access, poll: timedelta) -> None:
        if access.endpoint:
            checked_url(access.endpoint)
        self.work = access.work
        self.now = access.now
        self._answers = access.answers
        self._poll = poll
        self._client = _client(access, poll)

    def receive(self, queue: str, most: int) -> list[Received]:
        """Wait for up to `most` messages. Raises Unavailable."""
        reply = self._call(
            "receive_message",
            QueueUrl=queue,
            MaxNumberOfMessages=min(most, MOST_AT_ONCE),
            WaitTimeSeconds=int(self._poll.total_seconds()),
        )
        found = reply.get("Messages", [])
        return [Received(queue, one["ReceiptHandle"], one["Body"]) for one in found]

    def delete(self, received: Received) -> None:
        """Done with it. Raises Unavailable; then it comes again, and its claim is refused."""
        self._call("delete_message", QueueUrl=received.queue, ReceiptHandle=received.receipt)

    def give_back(self, received: Received) -> None:
        """For somebody else, at once."""
        self._call(
            "change_message_visibility",
            QueueUrl=received.queue,
            ReceiptHandle=received.receipt,
            VisibilityTimeout=0,
        )

    def answer(self, text: str) -> None:
        """Put an answer on the engine response bus. Raises Unavailable."""
        self._call("send_message", QueueUrl=self._answers, MessageBody=text)

    def _call(self, operation: str, **words: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            reply: dict[str, Any] = getattr(self._client, operation)(**words)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise Unavailable(f"the queue said no to {operation} ({code})") from None
        except BotoCoreError as error:
            raise Unavailable(f"the queue does not answer ({type(error).__name__})") from None
        return reply


@cache
def _session() -> Session:
    """One for all clients: what it has read of SQS's model it does not read again."""
    from botocore.session import Session

    return Session({"profile": (None, None, None, None)})


def _client(access: Access, poll: timedelta) -> Any:
    """A client with those keys and nothing of this machine's AWS settings."""
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": 2},
        connect_timeout=5,
        read_timeout=poll.total_seconds() + 10,
        max_pool_connections=32,
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # not in the stubs
    )
    return _session().create_client(
        "sqs",
        region_name=access.region,
        endpoint_url=access.endpoint,
        aws_access_key_id=access.key,
        aws_secret_access_key=access.secret,
        aws_session_token=access.token,
        config=config,
    )
