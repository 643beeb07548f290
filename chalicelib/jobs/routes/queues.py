"""The API of queues: depth, age and dead letters, with replay. Ours; the contract has none."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.jobs.queues import Dead, QueueState
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

VIEW, ADMINISTER = "View Configuration", "Administer Dead Letters"


class QueueModel(Struct):
    """One queue. `oldestSeconds` is null while nothing waits, or until it has been measured.

    `answers` is false for a queue that SQS does not know (yet).
    """

    name: str
    waiting: int
    in_progress: int
    delayed: int
    dead_letters: int
    oldest_seconds: float | None
    answers: bool


class DeadLetterModel(Struct):
    """One message that failed too often; its body is not shown."""

    id: str
    kind: str
    cause: str
    created: ApiDate
    expires: ApiDate
    expired: bool


@endpoint("GET", "/api/v1/queues", returns=list[QueueModel], permission=VIEW)
def list_queues(call: Call[None]) -> list[QueueModel]:
    return [_queue(one) for one in wiring.queues().states(call.now)]


@endpoint(
    "GET",
    "/api/v1/queues/{name}/dead-letters",
    returns=list[DeadLetterModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_dead_letters(call: Call[None]) -> list[DeadLetterModel]:
    found = wiring.queues().dead_letters(call.path["name"])
    return [_dead_letter(one, call) for one in found]


@endpoint(
    "POST",
    "/api/v1/queues/{name}/dead-letters/{messageId}/replay",
    returns=bool,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, Conflict],
)
def replay(call: Call[None]) -> bool:
    wiring.queues().replay(call.principal, call.path["name"], call.path["messageId"], call.now)
    return True


@endpoint(
    "DELETE",
    "/api/v1/queues/{name}/dead-letters/{messageId}",
    returns=bool,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound],
)
def drop(call: Call[None]) -> bool:
    wiring.queues().drop(call.principal, call.path["name"], call.path["messageId"], call.now)
    return True


def _queue(state: QueueState) -> QueueModel:
    return QueueModel(
        name=state.name,
        waiting=state.waiting,
        in_progress=state.taken,
        delayed=state.delayed,
        dead_letters=state.dead,
        oldest_seconds=None if state.oldest is None else state.oldest.total_seconds(),
        answers=state.answers,
    )


def _dead_letter(one: Dead, call: Call[None]) -> DeadLetterModel:
    expired = call.now >= one.expires_at
    return DeadLetterModel(one.id, one.kind, one.cause, one.created_at, one.expires_at, expired)
