"""Hooks that are still to run for one checkout or check-in, and how far they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

TOLD_FOR = timedelta(minutes=10)
"""How long who was refused a checkout by a hook is told so when he asks again."""


class Event(IntEnum):
    """What a hook belongs to, by the contract's eventActionId."""

    CHECK_IN = 10025
    CHECK_OUT = 10026

    @property
    def label(self) -> str:
        return "Check In" if self is Event.CHECK_IN else "Check Out"


class Moment(StrEnum):
    """The contract's prePostOption."""

    BEFORE = "PRE"
    AFTER = "POST"

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Run:
    """The hooks of one moment of one event that are still to run, the next one first.

    user_id: whose checkout or check-in it is; 0 for the system
    minutes: how long the checkout lasts once it stands, for hooks before one
    tries:   how often the first of them was given out without anybody doing it
    """

    event: Event
    moment: Moment
    user_id: int
    hooks: tuple[int, ...]
    minutes: int = 0
    tries: int = 0

    @property
    def gates(self) -> bool:
        """Whether a checkout waits for it."""
        return (self.event, self.moment) == (Event.CHECK_OUT, Moment.BEFORE)

    @property
    def label(self) -> str:
        return f"{self.moment.label} {self.event.label.lower()}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A checkout that a hook before it refused: whose, why and when."""

    user_id: int
    why: str
    at: datetime

    def counts(self, user_id: int, now: datetime) -> bool:
        return self.user_id == user_id and now < self.at + TOLD_FOR
