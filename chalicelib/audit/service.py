"""Reading the trail. Who may read what of it, the area that asks decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from operator import itemgetter
from typing import Protocol

from chalicelib.core.paging import Page, Paging

from .search import Wanted
from .trail import Line


class Trail(Protocol):
    def keys(self, kind: str, item: str) -> list[tuple[str, str]]: ...

    def lines(self, keys: list[tuple[str, str]]) -> list[Line]: ...

    def of_day(self, day: date) -> list[Line]: ...


MOST_LINES = 1000
"""Lines that one answer holds: each costs a call, as the trail may only be queried."""


@dataclass(frozen=True, slots=True)
class TrailService:
    trail: Trail

    def of(self, kind: str, item: int | str, asked: Paging) -> Page[Line]:
        """One page of what was done with a thing, newest first; it may lag behind a moment.

        One Query for the index, and one for each line of the page.
        """
        return self.of_all(kind, [item], asked)

    def of_all(self, kind: str, items: Sequence[int | str], asked: Paging) -> Page[Line]:
        """The same of several things. One Query for each, and one for each line of the page."""
        found = [key for item in items for key in self.trail.keys(kind, str(item))]
        keys = sorted(found, key=itemgetter(1), reverse=True)
        if asked.sort and not asked.sort[0].descending:
            keys.reverse()
        wanted = keys[asked.skip : asked.skip + min(asked.take, MOST_LINES)]
        return Page(self.trail.lines(wanted), len(keys), asked)

    def search(self, wanted: Wanted, asked: Paging) -> Page[Line]:
        """One page of all that was done, newest first. A Query for each shard of each day.

        Looks back only as far as the page needs: until then its total is `at least`.
        """
        needed = asked.skip + min(asked.take, MOST_LINES)
        found = list(islice(self.found(wanted), needed + 1))
        return Page(found[asked.skip : needed], len(found), asked, len(found) <= needed)

    def found(self, wanted: Wanted) -> Iterator[Line]:
        """Every line that fits, newest first."""
        for day in wanted.days():
            yield from (line for line in self.trail.of_day(day) if wanted.fits(line.record))
