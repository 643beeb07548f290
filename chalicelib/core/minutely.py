"""What is told once a minute, however often it happens: each process remembers for itself."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

MOST_TOLD = 5_000
"""What a process remembers to have told; the oldest is forgotten, and told again."""


@dataclass(slots=True)
class Minutely:
    """Of two threads that tell the same at once, both may."""

    _told: OrderedDict[Hashable, int] = field(default_factory=OrderedDict)

    def is_told(self, what: Hashable, now: datetime) -> bool:
        """Whether it was told this minute."""
        return self._told.get(what) == _minute(now)

    def told(self, what: Hashable, now: datetime) -> None:
        self._told[what] = _minute(now)
        self._told.move_to_end(what)
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
