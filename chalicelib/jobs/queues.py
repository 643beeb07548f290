"""Use cases of queues: how full and how old they are, and their dead letters (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.core.messages import Message

from .service import Commit, Who

HOLD = timedelta(seconds=60)  # how long a dead letter is kept from others while it is dealt with
MOST = 100


class Depth(Protocol):
    @property
    def waiting(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def delayed(self) -> int: ...


class DeadLetter(Protocol):
    @property
    def message(self) -> Message: ...
    @property
    def receipt(self) -> str: ...
    @property
    def sent_at(self) -> datetime: ...


class Queues(Protocol):
    def depth(self, name: str) -> Depth: ...
    def ages(self, names: Sequence[str], now: datetime) -> dict[str, timedelta]: ...
    def dead_letters(self, name: str, hold: timedelta, most: int) -> Iterator[DeadLetter]: ...
    def release(self, name: str, receipt: str) -> None: ...
    def bury(self, name: str, receipt: str) -> None: ...


class Send(Protocol):
    def send(self, queue: str, messages: Sequence[Message]) -> None: ...


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue as Diagnostics shows it. `oldest` is None while nothing waits or nobody knows.

    answers: false while SQS does not know it: an agent has still to make the queues of a new site
    """

    name: str
    waiting: int
    taken: int
    delayed: int
    dead: int
    oldest: timedelta | None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Dead:
    """One dead letter without its body: what it was, when, and caused by what."""

    id: str
    kind: str
    cause: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class QueueService:
    """`names` are the queues of the cluster; `dead` names a queue's dead-letter queue.

    base: the queue by whose name senders mean one: a node's own stands for one of the bus
    """

    queues: Queues
    names: Callable[[], Sequence[str]]
    dead: Callable[[str], str]
    base: Callable[[str], str]
    commit: Commit
    bus: Send

    def states(self, now: datetime) -> list[QueueState]:
        """Every queue. Two calls a queue and one for the ages."""
        names = list(self.names())
        ages = self.queues.ages(names, now)
        return [self._state(name, ages.get(name)) for name in names]

    def silent(self, names: Sequence[str]) -> list[str]:
        """Those of these queues that do not answer. Two calls a queue."""
        return [name for name in names if not self._state(name, None).answers]

    def dead_letters(self, name: str) -> list[Dead]:
        """The dead letters of a queue, held back from others while they are read. NotFound."""
        found = list(self._held(name))
        for one in found:
            self.queues.release(name, one.receipt)
        return [_shown(one.message) for one in found]

    def replay(self, who: Who, name: str, message_id: str, now: datetime) -> None:
        """Put a dead letter back on its queue as the bus is now, with its id and cause.

        Raises NotFound, and Conflict for one past its expiry: it can only be dropped. Repeated
        after a crash it is sent twice, which receivers bear.
        """
        letter = self._one(name, message_id)
        if letter.message.is_expired(now):
            self.queues.release(name, letter.receipt)
            raise Conflict("the message has expired: drop it")
        self.commit([], [_audit(who, "REPLAY", name, letter.message, now)])
        self.bus.send(self.base(name), [letter.message])
        self.queues.bury(name, letter.receipt)

    def drop(self, who: Who, name: str, message_id: str, now: datetime) -> None:
        """Delete a dead letter for good. Raises NotFound."""
        letter = self._one(name, message_id)
        self.commit([], [_audit(who, "DROP", name, letter.message, now)])
        self.queues.bury(name, letter.receipt)

    def _state(self, name: str, oldest: timedelta | None) -> QueueState:
        try:
            depth, dead = self.queues.depth(name), self.queues.depth(self.dead(name))
        except Unavailable:
            return QueueState(name, 0, 0, 0, 0, None, answers=False)
        return QueueState(
            name, depth.waiting, depth.taken, depth.delayed, dead.waiting + dead.taken, oldest
        )

    def _held(self, name: str) -> Iterator[DeadLetter]:
        if name not in self.names():
            raise NotFound(f"queue {name} was not found")
        return self.queues.dead_letters(name, HOLD, MOST)

    def _one(self, name: str, message_id: str) -> DeadLetter:
        held = list(self._held(name))  # all of them first: one let go would be received again
        found = next((one for one in held if one.message.id == message_id), None)
        for one in held:
            if one is not found:
                self.queues.release(name, one.receipt)
        if found is None:
            raise NotFound(f"dead letter {message_id} of queue {name} was not found")
        return found


def _shown(message: Message) -> Dead:
    return Dead(message.id, message.kind, message.cause, message.created_at, message.expires_at)


def _audit(who: Who, action: str, queue: str, message: Message, now: datetime) -> AuditRecord:
    detail = f"{message.kind} {message.id}"
    return AuditRecord(
        who.user_id, action, "Queue", queue, now, detail, who.address, cause=message.cause
    )
