"""What bulk operations need of others, in their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from chalicelib.access.principal import Behalf, Principal
from chalicelib.bulk.action import Action, Arguments, Here
from chalicelib.bulk.operation import Operation
from chalicelib.core.audit import AuditRecord
from chalicelib.core.messages import Message
from chalicelib.core.plain import Plain
from chalicelib.vault.visit import Visit

QUEUE = "web"
SLICE = "bulk.slice"

Write: TypeAlias = Any
Event: TypeAlias = Any
Key: TypeAlias = tuple[Any, str, str]
Rows: TypeAlias = Mapping[tuple[str, str], Any]


class Operations(Protocol):
    def find(self, id: str) -> Operation | None: ...
    def open(self) -> list[Operation]: ...
    def ids(self, id: str, cursor: int) -> Sequence[int]: ...
    def errors(self, id: str) -> list[tuple[str, str]]: ...
    def cancel_key(self, id: str) -> Key: ...
    def is_cancelled(self, id: str, rows: Rows) -> bool: ...
    def given(self, one: Operation) -> Plain | None: ...
    def begun(self, one: Operation, ids: Sequence[int], given: Plain | None) -> list[Write]: ...
    def claimed(self, before: Operation, after: Operation) -> Write: ...
    def kept_at(self, one: Operation) -> Write: ...
    def stepped(self, after: Operation) -> Write: ...
    def failed(self, after: Operation, item_name: str, message: str) -> list[Write]: ...
    def cancelled(self, one: Operation, by: int) -> Write: ...


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Event] = (),
    ) -> None: ...


class Outgoing(Protocol):
    def __call__(self, queue: str, message: Message) -> Event: ...


class Send(Protocol):
    def send(self, queue: str, messages: Sequence[Message], delay: timedelta = ...) -> None: ...


class Carried(Protocol):
    """made: whether a change was committed, and the writes alongside with it"""

    @property
    def made(self) -> bool: ...


class Alongside(Protocol):
    def __call__(self, writes: Sequence[Write], cause: str) -> AbstractContextManager[Carried]:
        """Put these writes into every change that is made in the block, and the cause on its lines
        of the trail that name none."""


class Present(Protocol):
    """What one read told: who asked, as of now, what this node may do, and rows."""

    @property
    def principal(self) -> Principal: ...
    @property
    def gate(self) -> Here: ...
    @property
    def rows(self) -> Rows: ...


class Door(Protocol):
    def on_behalf(self, asked: Behalf, extra: Sequence[Key], now: datetime) -> Present:
        """Raises AccessDenied for who may do nothing here any more. One read."""


@dataclass(frozen=True, slots=True)
class Doing:
    """One item's turn.

    visit: its asker's, as of now, with the item's rows
    given: the value that every item gets, if the action takes one
    """

    action: Action
    arguments: Arguments
    visit: Visit
    given: Plain | None = None


class Deeds(Protocol):
    """How each action on one kind of thing is done to one item."""

    def rows(self, id: int) -> Sequence[Key]:
        """The rows of an item that its turn begins with."""

    def do(self, doing: Doing, id: int) -> None:
        """What the request for that one item does, in at most one change. May be repeated."""

    def name(self, doing: Doing, id: int) -> str:
        """What its asker may know the item by."""


class AtEnd(Protocol):
    """What else is written together with the end of an operation, however it ends."""

    def __call__(self, over: Operation, now: datetime, /) -> Sequence[Write]: ...


class Moment(Protocol):
    def __call__(self) -> datetime: ...
