"""Telling people, and what they have been told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.core.errors import NotFound

from .message import Kind, Message, Note

TOGETHER = 50
"""Messages marked in one transaction."""


class Messages(Protocol):
    def of(self, user_id: int) -> list[Message]: ...

    def fetch(self, user_id: int, id: int) -> Message | None: ...

    def put(self, message: Message) -> Any: ...

    def mark(self, message: Message, *, is_read: bool) -> Any: ...


class Counter(Protocol):
    def next(self, kind: str) -> int: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages; None or nothing for all."""

    kinds: Collection[int] = ()
    is_read: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    def admits(self, one: Message) -> bool:
        return (
            (not self.kinds or one.note.kind in self.kinds)
            and (self.is_read is None or one.is_read is self.is_read)
            and (self.since is None or one.at >= self.since)
            and (self.until is None or one.at <= self.until)
        )


@dataclass(frozen=True, slots=True)
class InboxService:
    messages: Messages
    counter: Counter
    commit: Commit

    def telling(self, whom: Collection[int], note: Note, now: datetime) -> list[Any]:
        """The writes that tell those users, for the transaction of what they are told of."""
        return [
            self.messages.put(Message(self.counter.next("inbox-message"), one, note, now))
            for one in sorted(whom)
        ]

    def find(self, user_id: int, wanted: Wanted, now: datetime) -> list[Message]:
        """A user's messages, newest first. One Query a MB: some 2,000 of them."""
        found = [one for one in self.messages.of(user_id) if one.expires_at > now]
        admitted = [one for one in found if wanted.admits(one)]
        return sorted(admitted, key=lambda one: (one.at, one.id), reverse=True)

    def get(self, user_id: int, id: int, now: datetime) -> Message:
        """One of a user's messages. NotFound for another's. One read."""
        found = self.messages.fetch(user_id, id)
        if found is None or found.expires_at <= now:
            raise NotFound("The message was not found.")
        return found

    def unread(self, user_id: int, now: datetime) -> dict[Kind, int]:
        """How many unread messages a user has of each kind."""
        found = self.find(user_id, Wanted(is_read=False), now)
        return {kind: sum(one.note.kind is kind for one in found) for kind in Kind}

    def mark(self, user_id: int, ids: Collection[int], *, is_read: bool, now: datetime) -> None:
        """Let messages count as read, or not. May be repeated; ids of others are passed over."""
        known = self.find(user_id, Wanted(is_read=not is_read), now)
        differ = [one for one in known if one.id in set(ids)]
        for start in range(0, len(differ), TOGETHER):
            some = differ[start : start + TOGETHER]
            self.commit([self.messages.mark(one, is_read=is_read) for one in some])
