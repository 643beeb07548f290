"""The cluster's rows in memory, with the conditions of the stores: for many walks in little time.

`calls` counts what would be calls to AWS; the one of number `dies_at` is not made any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.cluster.gate import Gate
from chalicelib.cluster.migration import Progress
from chalicelib.cluster.node import Node, Stamp
from chalicelib.cluster.upgrade import Upgrade
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Stale
from tests.calls import Killed

Write = tuple[Callable[[], bool], Callable[[], None]]
"""Whether it may be made now, and making it."""


@dataclass
class Memory:
    """Stands for Gates, Nodes, Upgrades and the committer at once."""

    gate: Gate
    known: dict[str, Node]
    upgrade: Upgrade | None = None
    progress: Progress | None = None
    trail: list[AuditRecord] = field(default_factory=list)
    dies_at: int = 0
    calls: int = 0

    def _call(self) -> None:
        self.calls += 1
        if self.dies_at and self.calls >= self.dies_at:
            raise Killed

    def fetch(self) -> Gate:
        self._call()
        return self.gate

    def rewrite(self, before: Gate, after: Gate) -> Write:
        def make() -> None:
            self.gate = replace(after, boxes=before.boxes + 1)

        return (lambda: self.gate.boxes == before.boxes, make)

    def all(self) -> list[Node]:
        self._call()
        return list(self.known.values())

    def stamp(self, name: str, said: Stamp) -> None:
        self.known[name] = replace(self.known[name], stamp=said)

    def both(self) -> tuple[Upgrade | None, Progress]:
        self._call()
        return self.upgrade, self._progress()

    def _progress(self) -> Progress:
        id = self.upgrade.id if self.upgrade else ""
        mine = self.progress is not None and self.progress.upgrade == id
        return self.progress if self.progress and mine else Progress(id)

    def put(self, upgrade: Upgrade) -> Write:
        def make() -> None:
            self.upgrade = replace(upgrade, turn=upgrade.turn + 1)

        return (lambda: (self.upgrade.turn if self.upgrade else 0) == upgrade.turn, make)

    def claim(self, progress: Progress) -> None:
        self._call()
        if self._progress().fence != progress.fence - 1:
            raise Conflict
        self.progress = progress

    def save(self, progress: Progress) -> None:
        self._call()
        if self.progress is None or self.progress.fence != progress.fence:
            raise Stale
        self.progress = progress

    def __call__(self, writes: Sequence[Write], audit: Sequence[AuditRecord] = ()) -> None:
        self._call()
        if not all(may() for may, _ in writes):
            raise Conflict
        for _, make in writes:
            make()
        self.trail += audit
