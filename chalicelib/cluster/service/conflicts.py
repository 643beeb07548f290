"""SqlReplicationConflictMonitor: finds what was written outside the writing region (ADR 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster.conflict import Conflict, others, standing
from chalicelib.cluster.gate import Gate
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import Conflict as Raced

MOST_SHOWN = 200
PART = 20
"""Rows of one change in one transaction, each with its line of the trail."""

Key = tuple[str, str]


class Written(Protocol):
    """One change of a region."""

    @property
    def id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def keys(self) -> tuple[Key, ...]: ...


class Store(Protocol):
    @property
    def shards(self) -> Sequence[int]: ...
    def handed_over(self) -> Mapping[str, datetime]: ...
    def written_in(self, region: str, shard: int, since: datetime | None) -> Sequence[Any]: ...
    def current(self, keys: Sequence[Key]) -> Mapping[Key, tuple[str, str]]: ...
    def report(self, change: Any | None, found: Sequence[Conflict]) -> list[Any]: ...
    def newest(self, most: int) -> list[Conflict]: ...


class Gates(Protocol):
    def fetch(self) -> Gate: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


@dataclass(frozen=True)
class ConflictService:
    """me: the node of this process. mirrored: whether there are other regions at all."""

    me: str
    gates: Gates
    store: Store
    commit: Commit
    clock: Clock
    mirrored: Callable[[], bool]
    log: logging.Logger

    def look(self, deadline: datetime) -> int:
        """Report each row that another region wrote and should not have, once; how many.

        Without a mirror nothing is read. Else two reads, and one a region and shard while there
        is nothing. What is left at the deadline the next tick finds. May be repeated.
        """
        if not self.mirrored():
            return 0
        found = 0
        for change in self._changes(deadline):
            found += self._report(change)
        return found

    def newest(self) -> list[Conflict]:
        """What was found last, newest first."""
        return self.store.newest(MOST_SHOWN)

    def _changes(self, deadline: datetime) -> Iterator[Written]:
        """What regions wrote that were not the writing region then."""
        gate, handed_over = self.gates.fetch(), self.store.handed_over()
        for region in others(gate, handed_over):
            for shard in self.store.shards:
                if self.clock() >= deadline:
                    return
                yield from self.store.written_in(region, shard, handed_over.get(region))

    def _report(self, change: Written) -> int:
        """Report a change's rows in parts; each part once, also when a worker dies in between."""
        there, now = self.store.current(change.keys), self.clock()
        found = [_conflict(change, number, there, now) for number in range(len(change.keys))]
        told = 0
        for start in range(0, len(found), PART):
            part = found[start : start + PART]
            last = start + PART >= len(found)
            writes = self.store.report(change if last else None, part)
            try:
                self.commit(writes, [self._audit(one) for one in part])
            except Raced:
                continue  # reported before
            told += len(part)
            self._log(part)
        return told

    def _log(self, found: Sequence[Conflict]) -> None:
        for one in found:
            facts = {"item": one.item, "detail": one.text}
            self.log.warning("a replication conflict", extra={"facts": facts})

    def _audit(self, one: Conflict) -> AuditRecord:
        return AuditRecord(
            SYSTEM, "REPLICATION CONFLICT", "Row", one.item, one.found_at, one.text, through=self.me
        )


def _conflict(
    change: Written, number: int, there: Mapping[Key, tuple[str, str]], now: datetime
) -> Conflict:
    key = change.keys[number]
    return Conflict(
        id=f"{stamp(change.at)}#{change.id}#{number:02d}",
        kind=there.get(key, ("", ""))[0],
        item=" ".join(dict.fromkeys(key)),
        region=change.region,
        at=change.at,
        found_at=now,
        standing=standing(there.get(key), change.region),
    )
