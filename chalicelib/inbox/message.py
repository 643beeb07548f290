"""Messages: what one person is told, until it is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from types import MappingProxyType

KEPT = timedelta(days=60)


class Kind(IntEnum):
    """The contract's inboxMessageTypeId; it names no values."""

    ACCESS_REQUESTED = 1
    ACCESS_GRANTED = 2
    ACCESS_DENIED = 3
    ERASE_REQUESTED = 4
    ERASE_GRANTED = 5
    ERASE_DENIED = 6

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Note:
    """What is told. `facts`: what it is about, by name: ids and names, never a secret value."""

    kind: Kind
    details: str
    facts: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Message:
    """A note to one person, and whether he has read it."""

    id: int
    user_id: int
    note: Note
    at: datetime
    is_read: bool = False

    @property
    def expires_at(self) -> datetime:
        return self.at + KEPT
