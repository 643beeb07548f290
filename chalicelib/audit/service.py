"""Reading the trail. Who may read what of it, the area that asks decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Protocol

from chalicelib.core.paging import Page, Paging, Sort

from .search import Wanted
from .trail import Done, Line, Place


class Trail(Protocol):
    def places(self, kind: str, item: str) -> list[Place]: ...

    def lines(self, places: list[Place]) -> list[Line]: ...

    def done(self, actor: int, since: datetime, until: datetime, most: int) -> list[Done]: ...

    def of_day(self, day: date) -> list[Line]: ...


MOST_LINES = 1000
"""Lines that one answer holds: each costs a call, as the trail may only be queried."""


@dataclass(frozen=True, slots=True)
class TrailService:
    trail: Trail

    def of(
        self, kind: str, item: int | str, asked: Paging, fits: Callable[[str], bool] | None = None
    ) -> Page[Line]:
        """One page of what was done with a thing, newest first; it may lag behind a moment.

        One Query for the index, and one for each line of the page. fits: which actions are wanted;
        for that, lines of earlier versions are read until the page is full.
        """
        return self.of_all(kind, [item], asked, fits)

    def of_all(
        self,
        kind: str,
        items: Sequence[int | str],
        asked: Paging,
        fits: Callable[[str], bool] | None = None,
    ) -> Page[Line]:
        """The same of several things. One Query for each, and one for each line of the page."""
        found = [place for item in items for place in self.trail.places(kind, str(item))]
        places = sorted(found, key=attrgetter("sk"), reverse=True)
        asked = replace(asked, sort=_by_time(asked))
        if asked.sort and not asked.sort[0].descending:
            places.reverse()
        end = asked.skip + min(asked.take, MOST_LINES)
        fitting = places if fits is None else self._fitting(places, fits, end + 1)
        is_all = fits is None or len(fitting) <= end or all(one.action for one in places)
        return Page(self.trail.lines(fitting[asked.skip : end]), len(fitting), asked, is_all)

    def last(
        self, actor: int, what: tuple[str, str], since: datetime, until: datetime
    ) -> dict[str, datetime]:
        """When a user last did that, an action with a kind of thing, by each thing's id, the last
        one first. One Query: of his last 1,000 lines between those times."""
        found: dict[str, datetime] = {}
        for one in self.trail.done(actor, since, until, MOST_LINES):
            if (one.action, one.kind) == what:
                found.setdefault(one.item, one.at)
        return found

    def _fitting(
        self, places: Sequence[Place], fits: Callable[[str], bool], enough: int
    ) -> list[Place]:
        """Where lines of wanted actions are: all, if no line has to be read for that."""
        if all(one.action for one in places):
            return [one for one in places if fits(one.action)]
        unread = (one for one in places if fits(one.action or self._action(one)))
        return list(islice(unread, enough))

    def _action(self, place: Place) -> str:
        return "".join(line.record.action for line in self.trail.lines([place]))

    def search(self, wanted: Wanted, asked: Paging) -> Page[Line]:
        """One page of all that was done, newest first. A Query for each shard of each day.

        Looks back only as far as the page needs: until then its total is `at least`.
        """
        asked = replace(asked, sort=tuple(one for one in _by_time(asked) if one.descending))
        needed = asked.skip + min(asked.take, MOST_LINES)
        found = list(islice(self.found(wanted), needed + 1))
        return Page(found[asked.skip : needed], len(found), asked, len(found) <= needed)

    def found(self, wanted: Wanted) -> Iterator[Line]:
        """Every line that fits, newest first."""
        for day in wanted.days():
            yield from (line for line in self.trail.of_day(day) if wanted.fits(line.record))


def _by_time(asked: Paging) -> tuple[Sort, ...]:
    """The sort that lines have: no other is obeyed, or told as if it were."""
    return tuple(one for one in asked.sort if one.name.lower() == "daterecorded")[:1]
