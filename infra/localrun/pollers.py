"""Feeds a node's functions from queues as its event source mappings say: Lambda's pollers."""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)
_LONG_POLL = 20  # seconds; less when its mapping changes: the emulator ends it then
_LOOK = 1.0
_LONGEST = 20.0
_MOST_AT_ONCE = 4

Invoke = Callable[[str, Any], Any]
"""Runs the function of this full name with an event; raises what it raises."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One enabled mapping, as far as feeding needs it."""

    id: str
    queue_arn: str
    function: str
    batch: int
    partial: bool
    at_once: int

    @staticmethod
    def of(shown: Mapping[str, Any]) -> "Feed":
        most = (shown.get("ScalingConfig") or {}).get("MaximumConcurrency", _MOST_AT_ONCE)
        return Feed(
            shown["UUID"],
            shown["EventSourceArn"],
            shown["FunctionArn"].split(":function:")[-1],
            min(int(shown.get("BatchSize", 10)), 10),
            "ReportBatchItemFailures" in (shown.get("FunctionResponseTypes") or []),
            min(int(most), _MOST_AT_ONCE),
        )


@dataclass(slots=True)
class Poller:
    """Receives for one mapping until told to stop; lets batches under way finish."""

    sqs: Any
    feed: Feed
    invoke: Invoke
    stopped: threading.Event = field(default_factory=threading.Event)
    pool: ThreadPoolExecutor = field(init=False)
    free: threading.Semaphore = field(init=False)
    batches: "set[Future[None]]" = field(default_factory=set)  # under way
    _known_url: str = ""

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.feed.at_once, thread_name_prefix=self.feed.function)
        self.free = threading.Semaphore(self.feed.at_once)

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._turn()
            except Exception:  # a queue that is gone, an emulator that restarts: look again
                log.warning("cannot receive for %s", self.feed.function, exc_info=True)
                self._known_url = ""
                self.stopped.wait(_LOOK)
        self.pool.shutdown(wait=False)

    def _turn(self) -> None:
        if not self.free.acquire(timeout=_LOOK):
            return
        try:
            records = self._receive()
        except BaseException:
            self.free.release()
            raise
        if not records:
            self.free.release()
            return
        batch = self.pool.submit(self._handle, records)
        self.batches.add(batch)
        batch.add_done_callback(self._handled)

    def _handled(self, batch: "Future[None]") -> None:
        self.batches.discard(batch)
        self.free.release()
        failure = batch.exception()
        if failure is not None:
            log.error("a batch for %s could not be settled", self.feed.function, exc_info=failure)

    @property
    def _queue(self) -> str:
        if not self._known_url:
            name = self.feed.queue_arn.rsplit(":", 1)[-1]
            self._known_url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return self._known_url

    def _receive(self) -> list[dict[str, Any]]:
        url = self._queue
        answer = self.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=self.feed.batch,
            WaitTimeSeconds=_LONG_POLL,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if messages and self.stopped.is_set():
            self._give_back(url, messages)
            return []
        return messages

    def _give_back(self, url: str, messages: list[dict[str, Any]]) -> None:
        """Received just as the mapping was switched off: somebody else's work now."""
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        event = {"Records": [_record(message, self.feed.queue_arn) for message in messages]}
        try:
            result = self.invoke(self.feed.function, event)
        except Exception:  # the whole batch comes again when it becomes visible
            log.exception("%s raised", self.feed.function)
            return
        failed = failed_ids(result, {message["MessageId"] for message in messages})
        done = messages if not self.feed.partial else _without(messages, failed)
        if done:
            entries = [
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                for place, message in enumerate(done)
            ]
            self.sqs.delete_message_batch(QueueUrl=self._queue, Entries=entries)


def failed_ids(result: object, sent: set[str]) -> set[str]:
    """The ids that a partial batch response names; an answer AWS cannot read fails them all."""
    if result is None:
        return set()
    if not isinstance(result, dict):
        return sent
    failures = result.get("batchItemFailures") or []
    try:
        named = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return sent
    return named if named <= sent else sent


def _without(messages: list[dict[str, Any]], failed: set[str]) -> list[dict[str, Any]]:
    return [message for message in messages if message["MessageId"] not in failed]


def _record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    attributes = {
        name: {
            "stringValue": value.get("StringValue"),
            "dataType": value["DataType"],
            "stringListValues": [],
            "binaryListValues": [],
        }
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


class Pollers:
    """One poller for each enabled mapping of the node's functions; looks when told to."""

    def __init__(self, lambdas: Any, sqs: Any, functions: set[str], invoke: Invoke) -> None:
        self._lambdas, self._sqs = lambdas, sqs
        self._functions = functions
        self._invoke = invoke
        self._running: dict[Feed, Poller] = {}
        self._changed = threading.Event()

    def run(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            self._changed.clear()
            try:
                self.look()
                pause = _LONGEST
            except Exception:  # the emulator may be restarting
                log.warning("cannot read the mappings", exc_info=True)
                pause = _LOOK
            self._changed.wait(pause)
        self.stop()

    def hurry(self) -> None:
        """The mappings may have changed, or it is time to stop: look now."""
        self._changed.set()

    def look(self) -> None:
        """Start and stop pollers so that they are what the mappings say now."""
        wanted = {Feed.of(shown) for shown in self._shown() if shown["State"] == "Enabled"}
        wanted = {feed for feed in wanted if feed.function in self._functions}
        for feed in self._running.keys() - wanted:
            self._running.pop(feed).stopped.set()
        for feed in wanted - self._running.keys():
            poller = Poller(self._sqs, feed, self._invoke)
            self._running[feed] = poller
            threading.Thread(target=poller.run, name=feed.function, daemon=True).start()

    def stop(self, patience: float = 5.0) -> None:
        """No new batch is taken; those under way have some seconds to finish."""
        pollers = list(self._running.values())
        self._running.clear()
        for poller in pollers:
            poller.stopped.set()
        wait([batch for poller in pollers for batch in tuple(poller.batches)], timeout=patience)

    def _shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        question: dict[str, Any] = {"MaxItems": 100}
        while True:
            answer = self._lambdas.list_event_source_mappings(**question)
            found += answer["EventSourceMappings"]
            if not answer.get("NextMarker"):
                return found
            question["Marker"] = answer["NextMarker"]
