"""Watches the dead-letter queues: one in turn each minute, so that a look costs one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster.dead_letters import Raised, is_news
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import Conflict


class Memory(Protocol):
    def raised(self, queue: str) -> Raised | None: ...
    def raise_now(self, queue: str, before: Raised | None, raised: Raised) -> Any: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


@dataclass(frozen=True, slots=True)
class DeadLetterWatch:
    """count: how many dead letters a queue has; raises Unavailable."""

    node: str
    queues: Callable[[], Sequence[str]]
    count: Callable[[str], int]
    memory: Memory
    commit: Commit

    def look(self, at: datetime, now: datetime) -> bool:
        """Look at the queue whose turn it is; whether an event was raised.

        While dead letters lie there, one an hour, and one whenever their number has changed.
        """
        queues = self.queues()
        queue = queues[int(at.timestamp() // 60) % len(queues)]
        count = self.count(queue)
        before = self.memory.raised(queue) if count else None
        return is_news(before, count, now) and self._raise(queue, before, Raised(count, now))

    def _raise(self, queue: str, before: Raised | None, raised: Raised) -> bool:
        detail = f"{raised.count} messages failed too often and wait to be replayed or dropped"
        audit = AuditRecord(
            SYSTEM, "DEAD LETTERS", "Queue", queue, raised.at, detail, through=self.node
        )
        try:
            self.commit([self.memory.raise_now(queue, before, raised)], [audit])
        except Conflict:
            return False  # another worker raised it
        return True
