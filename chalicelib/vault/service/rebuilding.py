"""SecretItemHashMonitor: what did not fit in a change is indexed, and all is indexed anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict
from chalicelib.core.tick import Tally
from chalicelib.vault import search_index as rules
from chalicelib.vault.ports import Commit, Epochs, SearchTable
from chalicelib.vault.search_index import IndexMode, SearchIndex, Wish

from .indexing import Indexing

EPOCH = "search"
IDS_A_PAGE = 50
LATE_A_RUN = 100
LOOK = 15  # minutes


class Newest(Protocol):
    def newest(self, kind: str) -> int: ...


class Preferences(Protocol):
    @property
    def search_mode(self) -> str: ...

    @property
    def search_separators(self) -> str: ...


class Who(Protocol):
    @property
    def user_id(self) -> int: ...

    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RebuildService:
    """refusal: why nothing may be written here now, as in maintenance mode; None when it may"""

    table: SearchTable
    indexing: Indexing
    counter: Newest
    epochs: Epochs
    commit: Commit
    preferences: Callable[[], Preferences]
    refusal: Callable[[], ConclaveError | None]
    clock: Clock

    def status(self) -> SearchIndex:
        """How the index is made, and how far a rebuild is. One read."""
        return self.table.fresh()

    def request(self, who: Who, now: datetime) -> SearchIndex:
        """Begin to index everything anew; while that goes on, it goes on. May be repeated."""
        index = self.table.fresh()
        if index.coming is not None:
            return index
        line = AuditRecord(
            who.user_id, "REBUILD REQUESTED", "SearchIndex", "index", now, "", who.address
        )
        return self._begin(index, self._wish(), line, now)

    def follow(self, who: Who, now: datetime) -> SearchIndex:
        """Begin a rebuild if the settings ask for another index than there is."""
        index = self.table.fresh()
        return index if index.live.wish == self._wish() else self.request(who, now)

    def run(self, at: datetime, deadline: datetime) -> Tally:
        """One slice. Nothing due: one Query, and four times an hour a look at keys and settings.

        May die anywhere and be repeated; a Conflict means that another worker is at it.
        """
        late, goes_on = self.table.due(LATE_A_RUN)
        looks = at.minute % LOOK == 0
        if not (late or goes_on or looks) or self.refusal():
            return Tally(len(late))
        index = self.table.fresh()
        tally = self._finish_late(index, late)
        wish = self._wish()
        if index.coming is None and index.live.wish != wish:
            index = self._begin(index, wish, _own("REBUILD STARTED", self.clock()), self.clock())
        if index.coming is None:
            return tally
        return tally + self._pass(index, deadline)

    def _finish_late(self, index: SearchIndex, ids: Sequence[int]) -> Tally:
        if not ids:
            return Tally()
        self.indexing.finish(index, ids)
        return Tally(len(ids), len(ids), 0, "late" if len(ids) >= LATE_A_RUN else "")

    def _pass(self, index: SearchIndex, deadline: datetime) -> Tally:
        """Page after page until time is up, the rebuild is over, or it has to wait."""
        found = done = 0
        while index.coming is not None:
            now = self.clock()
            if index.waits(now):
                return Tally(found, done)
            if now >= deadline:
                return Tally(found, done, 0, "rebuild")
            of = index.of if index.cursor else self.counter.newest("secret")
            ids = range(index.cursor + 1, min(index.cursor + IDS_A_PAGE, of) + 1)
            changed = self.indexing.again(index, ids)
            found, done = found + len(ids), done + changed
            index = self._saved(
                rules.advanced(index, ids.stop - 1 if ids else of, of, changed, now)
            )
        return Tally(found, done)

    def _begin(
        self, index: SearchIndex, wish: Wish, line: AuditRecord, now: datetime
    ) -> SearchIndex:
        """Searches and changes know of the new generation before anything is indexed by it."""
        after = rules.begun(index, wish, now)
        try:
            self.commit([self.table.put(after), self.epochs.bump(EPOCH)], [line])
        except Conflict:
            return self.table.fresh()
        return self.table.fresh()

    def _saved(self, after: SearchIndex) -> SearchIndex:
        """How far it is; once over, searches are told."""
        if after.coming is None:
            line = _own("REBUILD SUCCESS", self.clock())
            self.commit([self.table.put(after), self.epochs.bump(EPOCH)], [line])
        else:
            self.table.save(after)
        return self.table.fresh()

    def _wish(self) -> Wish:
        chosen = self.preferences()
        mode = IndexMode(chosen.search_mode)
        return Wish(self.table.primary(), mode, tuple(chosen.search_separators))


def _own(action: str, now: datetime) -> AuditRecord:
    return AuditRecord(SYSTEM, action, "SearchIndex", "index", now)
