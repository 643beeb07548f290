"""What every worker function does with a batch: guard, drop the expired, run, answer partially.

A message is done when its task returns and comes again when it raises; its neighbours go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from chalicelib import wiring
from chalicelib.aws.connection import connection
from chalicelib.catalogue import BY_NAME, TASKS, resolve
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.errors import ConclaveError, Invalid, Stale
from chalicelib.core.log import logger, places
from chalicelib.core.messages import Message, decode, message
from chalicelib.jobs.service import TICK, TICK_LIFE

SPARE = timedelta(seconds=5)  # of a function's time, left for finishing


class Context(Protocol):
    """What Lambda hands a function besides the event."""

    def get_remaining_time_in_millis(self) -> int: ...


Batch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """How one batch is worked on: since when, and until when."""

    function: str
    now: datetime
    deadline: datetime
    replica: bool = False

    def handle(self, record: Mapping[str, Any]) -> None:
        """Do one message. Raises when it shall come again."""
        arrived = _message(record, self.now)
        if arrived.is_expired(self.now):
            _note("dropped", arrived, why="expired")
            return
        try:
            self._do(arrived)
        except Stale:
            _note("dropped", arrived, why="stale")
        except Exception as error:
            _note("failed", arrived, error=places(error))
            if not isinstance(error, ConclaveError):
                raise Failed(type(error).__name__) from None  # its text may quote a value
            raise

    def _do(self, arrived: Message) -> None:
        if self.replica and not _is_for_replicas(arrived):
            raise Stale("this cluster is a replica")
        if arrived.kind == TICK:
            _note(self._tick(arrived), arrived, job=arrived.body["job"], at=arrived.body["at"])
        elif arrived.kind in TASKS:
            cast(Any, resolve(TASKS[arrived.kind]))(arrived)
            _note("done", arrived)
        else:
            raise Invalid(f"no task for messages of kind {arrived.kind}")

    def _tick(self, arrived: Message) -> str:
        operation = BY_NAME.get(str(arrived.body["job"]))
        if operation is None:
            raise Invalid("no such job in the catalogue")
        case = cast(Any, resolve(operation.use_case))
        at = parse_stamp(str(arrived.body["at"]))
        return wiring.jobs().run(operation, at, self.now, self.deadline, case)


def _is_for_replicas(arrived: Message) -> bool:
    """Whether a cluster that is a replica does this too: nothing that acts on targets is."""
    operation = BY_NAME.get(str(arrived.body.get("job"))) if arrived.kind == TICK else None
    return operation is not None and operation.on_replica


class Failed(ConclaveError):
    """A task failed; the log says where."""

    retry = True


def run(function: str, event: Batch, context: Context) -> Mapping[str, Any]:
    """Work on one batch; the answer lists the messages that shall come again.

    A node that must not run this function now hands everything back, untouched by receive counts.
    Lambda never mixes queues in one batch.
    """
    now = wiring.clock()()
    records = event["Records"]
    admission = wiring.guard().check(function)
    if not admission.allowed:
        return _handed_back(records, now)
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    deadline = now + max(left - SPARE, SPARE)
    return _partially(Work(function, now, deadline, admission.replica), records)


def _handed_back(records: Sequence[Mapping[str, Any]], now: datetime) -> Mapping[str, Any]:
    """Give everything back; what is no message of ours comes again until it is a dead letter."""
    known, foreign = [], []
    for record in records:
        try:
            known.append(_message(record, now))
        except Invalid:
            foreign.append({"itemIdentifier": record["messageId"]})
    queue = connection().short_name(records[0]["eventSourceARN"])
    wiring.guard().hand_back(queue, known)
    return {"batchItemFailures": foreign}


def _partially(work: Work, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    with processor(
        records=[dict(one) for one in records], handler=lambda record: work.handle(record.raw_event)
    ):
        processor.process()
    return cast(Mapping[str, Any], processor.response())


def _message(record: Mapping[str, Any], now: datetime) -> Message:
    """The message in an SQS record; a schedule's tick arrives as EventBridge Scheduler wrote it."""
    import json

    text = str(record["body"])
    try:
        row = json.loads(text)
        if isinstance(row, dict) and set(row) == {"job", "at"}:
            at = datetime.fromisoformat(row["at"])
            body = {"job": str(row["job"]), "at": stamp(at)}
            return message(str(record["messageId"]), TICK, now, TICK_LIFE, body)
    except (ValueError, TypeError) as error:
        raise Invalid("not a message of the bus") from error
    return decode(text)


def _note(outcome: str, about: Message, **facts: Any) -> None:
    shown = {"kind": about.kind, "message_id": about.id, "cause": about.cause, **facts}
    logger().info("message %s", outcome, extra={"facts": {"outcome": outcome, **shown}})
