"""When dead letters of a queue are news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Raised:
    """The last event about a queue: how many dead letters it told of, and when."""

    count: int
    at: datetime


def is_news(before: Raised | None, count: int, now: datetime) -> bool:
    """Once an hour while they lie there, and whenever their number has changed."""
    if not count:
        return False
    return before is None or before.count != count or now - before.at >= AGAIN
