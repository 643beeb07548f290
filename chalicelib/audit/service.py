"""Reading the trail. Who may read what of it, the area that asks decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.paging import Page, Paging

from .trail import Line


class Trail(Protocol):
    def keys(self, kind: str, item: str) -> list[tuple[str, str]]: ...

    def lines(self, keys: list[tuple[str, str]]) -> list[Line]: ...


MOST_LINES = 1000
"""Lines that one answer holds: each costs a call, as the trail may only be queried."""


@dataclass(frozen=True, slots=True)
class TrailService:
    trail: Trail

    def of(self, kind: str, item: int | str, asked: Paging) -> Page[Line]:
        """One page of what was done with a thing, newest first; it may lag behind a moment.

        One Query for the index, and one for each line of the page.
        """
        keys = self.trail.keys(kind, str(item))
        if asked.sort and not asked.sort[0].descending:
            keys.reverse()
        wanted = keys[asked.skip : asked.skip + min(asked.take, MOST_LINES)]
        return Page(self.trail.lines(wanted), len(keys), asked)
