"""Use cases of disaster recovery: follow the source, see to the interval, take over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.access.role import EPOCH as ROLES
from chalicelib.backup.files import UNUSED_KIND, without
from chalicelib.backup.manifest import Manifest, Part
from chalicelib.backup.rows import Item
from chalicelib.cluster.gate import Gate
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock, parse_stamp, stamp
from chalicelib.core.errors import ConclaveError, Conflict, Invalid, Stale
from chalicelib.core.tick import Tally, Tick
from chalicelib.settings.service import EPOCH as SETTINGS
from chalicelib.vault.definitions import EPOCH as TEMPLATES
from chalicelib.vault.service.folders import EPOCH as FOLDERS
from chalicelib.vault.service.rebuilding import EPOCH as SEARCH

from . import replica as rules
from .files import Place
from .replica import LATE, Replication

FILES = "files"
"""In a cursor: of the lists of large files, not yet of rows."""

KEPT = (FOLDERS, ROLES, SEARCH, SETTINGS, TEMPLATES)
"""What processes keep copies of until its epoch moves."""


class Rows(Protocol):
    def read(self) -> Replication: ...
    def put(self, one: Replication) -> Any: ...


class Source(Protocol):
    def newer(self, bucket: str, than: str) -> Iterable[str]: ...
    def manifest(self, bucket: str, id: str) -> Manifest | None: ...
    def is_genuine(self, manifest: Manifest) -> bool: ...
    def keys(self) -> tuple[str, frozenset[int]]: ...
    def rows(self, bucket: str, manifest: Manifest, part: Part) -> list[Item]: ...


class Copies(Protocol):
    def put(self, rows: Sequence[Item]) -> list[Item]: ...
    def add(self, lines: Sequence[Item]) -> int: ...
    def remove_others(self, kept: frozenset[int]) -> list[Item]: ...


class Files(Protocol):
    def take(
        self, bucket: str, manifest: Manifest, place: Place, until: datetime
    ) -> Place | None: ...
    def take_all(self, bucket: str, manifest: Manifest, said: Callable[[str], None]) -> None: ...
    def names(self, bucket: str, manifest: Manifest) -> frozenset[str]: ...
    def remove_others(self, bucket: str, manifest: Manifest) -> int: ...


class Gates(Protocol):
    def fetch(self) -> Gate: ...
    def follow(self, source: str, as_of: str, schema: int, epochs: Iterable[str]) -> Any: ...
    def take_over(self, source: str, upgrading: int, epochs: Iterable[str]) -> Any: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


class Jobs(Protocol):
    def run_now(self, who: Any, slug: str, now: datetime) -> None: ...


class Who(Protocol):
    """Who asks: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class RecoveryService:
    """name:   of this cluster
    bucket: where its own backups are, for those that follow it
    mark:   a short stand-in for a row's key
    """

    name: str
    bucket: Callable[[], str]
    rows: Rows
    source: Source
    copies: Copies
    files: Files
    mark: Callable[[Item], int]
    gates: Gates
    commit: Commit
    jobs: Jobs
    clock: Clock
    log: logging.Logger

    def status(self) -> tuple[Gate, Replication]:
        """Whether this cluster is a replica, and how it stands. Two reads."""
        return self.gates.fetch(), self.rows.read()

    def is_replica(self) -> bool:
        """Whether this cluster only follows another one. One GetItem."""
        return bool(self.gates.fetch().replica)

    def configure(self, who: Who, after: Replication, now: datetime) -> Replication:
        """Set interval and whether to follow. Raises Invalid, or Conflict: then repeat."""
        chosen = rules.checked(after)
        if not chosen.source:
            raise Invalid("this cluster is no replica: see make standby")
        detail = f"replication enabled: {chosen.enabled}, every {chosen.every}"
        audit = AuditRecord(
            who.user_id, "UPDATE", "Configuration", "replication", now, detail, who.address
        )
        self.commit([self.rows.put(chosen)], [audit])
        return chosen

    def run_now(self, who: Who, now: datetime) -> None:
        """Look for a newer backup now, whatever the interval says."""
        if not self.is_replica():
            raise Invalid("this cluster is no replica: nothing is replicated into it")
        self.jobs.run_now(who, "backup", now)

    def run(self, tick: Tick) -> Tally:
        """BackupMonitor on a replica: take over the source's newest backup, in slices.

        May be repeated, late and by several at once: a row that is as it is to be is left alone.
        What cannot be taken is noted, with the reason, and looked at again at the next interval.
        """
        one = self.rows.read()
        asked = bool(tick.at.microsecond)  # run now: see JobService
        if not tick.cursor and not asked and not rules.is_due(one, tick.now):
            return Tally()
        try:
            return self._follow(one, tick)
        except (Conflict, Stale):
            raise
        except ConclaveError as error:
            self._note(one, str(error))
            return Tally(found=1, failed=1)

    def _follow(self, one: Replication, tick: Tick) -> Tally:
        id, _, place = tick.cursor.partition("|")
        manifest = self._known(one, id) if id else self.newest(one)
        if manifest is None:
            self.commit([self.rows.put(rules.looked(one, tick.now))])
            return Tally()
        if place.startswith(FILES) or not place:  # first, so that no row names what is not here
            begun, _, further = place.removeprefix(FILES).partition(".")
            at = (int(begun or 0), int(further or 0))
            if left := self.files.take(one.bucket, manifest, at, tick.deadline):
                return Tally(cursor=f"{manifest.id}|{FILES}{left[0]}.{left[1]}")
            place = ""
        for number in range(int(place or 0), len(manifest.parts)):
            self.take_part(one, manifest, manifest.parts[number])
            if self.clock() >= tick.deadline:
                return Tally(cursor=f"{manifest.id}|{number + 1}")
        self.finish(one, manifest)
        return Tally(found=1, done=1)

    def newest(self, one: Replication) -> Manifest | None:
        """The newest whole backup that this cluster has not taken over; None when there is none.

        Raises Invalid, with the reason, for one that cannot be.
        """
        for id in self.source.newer(one.bucket, one.applied):
            manifest = self.source.manifest(one.bucket, id)
            if manifest is not None:
                return self._checked(manifest, id)
        return None

    def _known(self, one: Replication, id: str) -> Manifest:
        manifest = self.source.manifest(one.bucket, id)
        if manifest is None:
            raise Invalid(f"backup {id} was removed while it was taken over")
        return self._checked(manifest, id)

    def _checked(self, manifest: Manifest, id: str) -> Manifest:
        cluster_id, keys = self.source.keys()
        if why := rules.refusal(manifest, id, cluster_id, keys):
            raise Invalid(why)
        if not self.source.is_genuine(manifest):
            raise Invalid(f"the manifest of backup {id} was altered: its MAC does not fit")
        return manifest

    def take_part(self, one: Replication, manifest: Manifest, part: Part) -> list[Item]:
        """Take the rows of one part over; those that it changed."""
        rows = self.source.rows(one.bucket, manifest, part)
        if part.table == "audit":
            since = "" if one.as_of is None else stamp(one.as_of - LATE)
            self.copies.add([row for row in rows if rules.is_line(row) and row["sk"]["S"] >= since])
            return []
        return self.copies.put(self._to_take(one, manifest, rows))

    def _to_take(self, one: Replication, manifest: Manifest, rows: Sequence[Item]) -> list[Item]:
        taken = [row for row in map(rules.row_to_take, rows) if row]
        if not any(rules.kind_of(row) == UNUSED_KIND for row in taken):
            return taken
        return without(taken, self.files.names(one.bucket, manifest))

    def remove_what_is_gone(self, one: Replication, manifest: Manifest) -> list[Item]:
        """Remove the rows that the source has no more; what they were. Reads the backup again."""
        return self.copies.remove_others(frozenset(self._marks(one, manifest)))

    def _marks(self, one: Replication, manifest: Manifest) -> Iterator[int]:
        for part in manifest.parts:
            if part.table == "data":
                rows = self.source.rows(one.bucket, manifest, part)
                yield from map(self.mark, self._to_take(one, manifest, rows))

    def finish(self, one: Replication, manifest: Manifest) -> None:
        """Remove what is gone, and let every process read anew what it keeps copies of."""
        self.remove_what_is_gone(one, manifest)
        self.files.remove_others(one.bucket, manifest)
        now, as_of = self.clock(), parse_stamp(manifest.at)
        after = rules.taken(one, manifest, as_of, now)
        gate = self.gates.fetch()
        if not gate.replica:
            raise Stale("this cluster is a replica no more")
        detail = f"rows as of {manifest.at}, of cluster {manifest.cluster}"
        audit = AuditRecord(SYSTEM, "REPLICATE", "Replication", manifest.id, now, detail)
        moved = self.gates.follow(gate.replica, manifest.at, manifest.schema, _copied(gate))
        self.commit([self.rows.put(after), moved], [audit])

    def _note(self, one: Replication, why: str) -> None:
        """Say why nothing was taken over: on the row always, as an event when it is news."""
        now = self.clock()
        audit = AuditRecord(
            SYSTEM, "REPLICATION FAILED", "Replication", one.applied or "none", now, why
        )
        self.log.error("replication failed", extra={"facts": {"source": one.source, "why": why}})
        self.commit(
            [self.rows.put(rules.looked(one, now, why))], [audit] if why[:500] != one.error else []
        )

    def sync(self, said: Callable[[str], None]) -> Replication:
        """Take over the newest backup in one go, telling how far it is: for an operator's command.

        Raises what `run` would have noted.
        """
        one = self.rows.read()
        manifest = self.newest(one)
        if manifest is None:
            return one
        self.files.take_all(one.bucket, manifest, said)
        for number, part in enumerate(manifest.parts, 1):
            self.take_part(one, manifest, part)
            said(f"backup {manifest.id}: part {number} of {len(manifest.parts)}")
        self.finish(one, manifest)
        return self.rows.read()

    def take_over(self, now: datetime, detail: str) -> None:
        """End being a replica: from now on this cluster acts. Raises Stale when it is none.

        Rows of an older schema than this code's are worked on as during an upgrade, until one.
        """
        gate, one = self.status()
        if not gate.replica:
            raise Stale("this cluster is no replica")
        audit = AuditRecord(SYSTEM, "PROMOTE", "Replication", one.applied or "none", now, detail)
        self.commit(
            [
                self.gates.take_over(gate.replica, rules.behind(gate.schema), _copied(gate)),
                self.rows.put(replace(one, enabled=False)),
            ],
            [audit],
        )


def _copied(gate: Gate) -> list[str]:
    """The epochs of all that processes keep copies of, those that never moved here included."""
    return sorted({*KEPT, *gate.epochs})
