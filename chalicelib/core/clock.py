"""Time as an argument: who needs `now` is given a Clock. Aware UTC datetimes only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """The present moment, aware, UTC."""


def utc_now() -> datetime:
    """The system's clock; wiring hands it to services."""
    return datetime.now(UTC)


_STAMP_LENGTH = len("2026-01-15T10:07:30.123456Z")


def stamp(at: datetime) -> str:
    """A moment as text that sorts by time: `2026-01-15T10:07:30.123456Z`. For keys and rows.

    Not by strftime, whose year has no zeros before it: such a text does not sort or read again.
    """
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='microseconds')}Z"


def parse_stamp(text: str) -> datetime:
    """The moment that `stamp` wrote. ValueError for any other text."""
    if len(text) != _STAMP_LENGTH or text[-1] != "Z":
        raise ValueError("not a stamp")
    return datetime.fromisoformat(text)
