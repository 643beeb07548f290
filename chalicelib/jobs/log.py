"""The log of what the cluster does by itself: every finished run of a job is an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, TypeAlias

from chalicelib.catalogue import BY_SLUG
from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Page, Paging

from .cleaning import is_over
from .run import Finished

Key: TypeAlias = tuple[str, str]

MOST = 200
"""Entries that one answer holds, and that a filter looks through: 100 cost a call."""
DEEPEST = 3000
"""Entries that pages reach back: more would cost a second Query for the keys."""
ERROR, INFO = "Error", "Information"


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished run, of the job of that slug."""

    slug: str
    run: Finished

    @property
    def id(self) -> str:
        """The tick's one name in the whole cluster."""
        return f"{self.slug}@{stamp(self.run.at)}"

    @property
    def level(self) -> str:
        return ERROR if self.run.error or self.run.tally.failed else INFO

    @property
    def message(self) -> str:
        """What it did, and what it failed with: never a value."""
        tally, name = self.run.tally, BY_SLUG[self.slug].name
        counts = f"{name}: {tally.found} found, {tally.done} done, {tally.failed} failed."
        return f"{counts} {self.run.error}".rstrip()

    @property
    def line(self) -> str:
        at = f"{self.run.finished_at:%Y-%m-%d %H:%M:%S}"
        return f"{at} {self.level} {self.run.node} {self.message}"

    def fits(self, level: str, text: str) -> bool:
        """Whether it is of that level and has that text in it. What is empty asks nothing."""
        is_of_level = level.casefold() in ("", self.level.casefold())
        said = f"{self.message} {self.run.node}".casefold()
        return is_of_level and text.casefold() in said


class Runs(Protocol):
    def newest(self, most: int) -> list[Key]: ...
    def entries(self, keys: Sequence[Key]) -> list[Entry]: ...
    def runs(self, slug: str, most: int) -> list[Finished]: ...


@dataclass(frozen=True)
class LogService:
    """kept: how long the runs of jobs are history"""

    store: Runs
    clock: Clock
    kept: Callable[[], timedelta]

    def page(self, asked: Paging, level: str = "", text: str = "") -> Page[Entry]:
        """One page of the log of every job, newest first; it may lag behind a moment.

        One Query for the keys and one batched read a hundred entries. A filter looks through the
        newest 200: what it leaves out is why the total is `at least`. Raises Invalid beyond what
        pages reach.
        """
        _demand_reach(asked)
        asked = replace(asked, sort=())
        end = asked.skip + min(asked.take, MOST)
        if level or text:
            keys = self.store.newest(MOST)
            fitting = [one for one in self._kept(keys) if one.fits(level, text)]
            return Page(fitting[asked.skip : end], len(fitting), asked, len(keys) < MOST)
        keys = self.store.newest(end + 1)
        return Page(self._kept(keys[asked.skip : end]), len(keys), asked, len(keys) <= end)

    def of(self, slugs: Sequence[str], asked: Paging) -> list[Entry]:
        """One page of the log of those jobs, newest first. A Query for each."""
        end = asked.skip + min(asked.take, MOST)
        if end > MOST:
            raise Invalid(f"These pages reach back {MOST} runs.")
        found = [Entry(slug, run) for slug in slugs for run in self.store.runs(slug, end)]
        found.sort(key=lambda one: one.run.finished_at, reverse=True)
        return self._standing(found)[asked.skip : end]

    def _kept(self, keys: Sequence[Key]) -> list[Entry]:
        return self._standing(self.store.entries(keys))

    def _standing(self, found: Sequence[Entry]) -> list[Entry]:
        now, kept = self.clock(), self.kept()
        return [one for one in found if not is_over(one.run.finished_at, kept, now)]


def _demand_reach(asked: Paging) -> None:
    if asked.skip > DEEPEST:
        raise Invalid(f"Pages of the log reach back {DEEPEST} entries.")
