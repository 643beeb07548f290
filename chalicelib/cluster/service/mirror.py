"""The regions of a mirrored cluster: enters what agents elsewhere say, shows how all stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate
from chalicelib.cluster.node import (
    Facts,
    Heard,
    Node,
    Stamp,
    code_of,
    entered,
    examined,
    is_unseen,
    joined,
)
from chalicelib.cluster.region import region_of, why_outside
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import Conflict

Known = Mapping[str, Node]


class Gates(Protocol):
    def fetch(self) -> Gate: ...
    def rewrite(self, before: Gate, after: Gate) -> Any: ...


class Nodes(Protocol):
    def all(self) -> list[Node]: ...
    def heard(self) -> list[Heard]: ...
    def create(self, node: Node) -> Any: ...
    def stamp(self, name: str, said: Stamp, made: Any = None) -> None: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


TICK = timedelta(minutes=1)
"""How often an agent says how its node is."""


@dataclass(frozen=True, slots=True)
class RegionShown:
    """One region of a mirrored cluster, as it looks from here.

    last_seen: when the newest word that came from its nodes was said; None without any
    lag:       how far replication from there is behind, at most; None of this region itself
    """

    region: str
    is_writing: bool
    is_this: bool
    nodes: tuple[str, ...]
    last_seen: datetime | None
    lag: timedelta | None


@dataclass(frozen=True, slots=True)
class Regions:
    """this: "" without a mirror. moving_to: "" unless the writing region is being moved."""

    this: str
    writing: str
    moving_to: str
    why_read_only: str
    shown: tuple[RegionShown, ...]


@dataclass(frozen=True)
class MirrorService:
    """Enters in the writing region; shows in any.

    me:        the node that this process belongs to
    tolerance: what clocks may differ, by the epoch of the settings
    mirrored:  whether there are other regions at all
    """

    me: str
    gates: Gates
    nodes: Nodes
    commit: Commit
    next_id: Callable[[str], int]
    tolerance: Callable[[int], timedelta]
    mirrored: Callable[[], bool]

    def enter(self, now: datetime) -> int:
        """Enter what was said since; how many nodes were heard. May be repeated.

        Without a mirror nothing is read; else three reads, and one write a node elsewhere.
        """
        if not self.mirrored():
            return 0
        gate = self.gates.fetch()
        known = {one.name: one for one in self.nodes.all()}
        heard = [one for one in self.nodes.heard() if is_news(gate, known, one, now)]
        for one in heard:
            try:
                gate = self._enter(gate, known, one, now)
            except Conflict:  # a box or another worker came between: the next minute enters it
                gate = self.gates.fetch()
        return len(heard)

    def regions(self, now: datetime) -> Regions:
        """How the regions stand, as seen from here. Three reads; one without a mirror."""
        gate = self.gates.fetch()
        if not gate.writing:
            return Regions("", "", "", "", ())
        stamps = [(region_of(gate, one.name), one) for one in self.nodes.all()]
        stamps += [(one.region, one.node) for one in self.nodes.heard()]
        names = sorted({gate.here, gate.writing, *(region for region, _ in stamps)})
        shown = tuple(shown_region(gate, name, stamps, now) for name in names)
        why = why_outside(gate, self.me)
        return Regions(gate.here, gate.writing, gate.moving, why, shown)

    def _enter(self, gate: Gate, known: Known, heard: Heard, now: datetime) -> Gate:
        after = with_heard(gate, heard, self.tolerance(gate.epoch("settings")))
        said, writes, audit = heard.node, list[Any](), list[AuditRecord]()
        if after != gate:
            writes.append(self.gates.rewrite(gate, after))
        if said.name not in known:
            writes.append(self.nodes.create(replace(said, id=self.next_id("node"))))
            audit.append(self._joined(heard, now))
        if writes:
            self.commit(writes, audit)
        if said.name in known:
            self.nodes.stamp(said.name, said.stamp, said.made)
        return replace(after, boxes=gate.boxes + 1) if after != gate else gate

    def _joined(self, heard: Heard, now: datetime) -> AuditRecord:
        detail = f"joined as a standby from region {heard.region}"
        return AuditRecord(SYSTEM, "CREATE", "Node", heard.node.name, now, detail, through=self.me)


def shown_region(
    gate: Gate, region: str, stamps: Sequence[tuple[str, Node]], now: datetime
) -> RegionShown:
    """A region by the words of its nodes that have come here.

    An agent speaks once a minute, so its newest word is up to a minute old without any lag.
    """
    there = [node for where, node in stamps if where == region]
    seen = max((node.stamp.seen_at for node in there), default=None)
    lag = None
    if region != gate.here and seen is not None:
        lag = max(now - seen - TICK, timedelta(0))
    nodes = tuple(sorted({node.name for node in there}))
    return RegionShown(region, region == gate.writing, region == gate.here, nodes, seen, lag)


def is_news(gate: Gate, known: Known, heard: Heard, now: datetime) -> bool:
    """Whether a word from elsewhere counts: it is fresh, and no seen node elsewhere has its name.

    An old one is left behind by a node that was undeployed, or that the writing region came to.
    """
    node, before = heard.node, known.get(heard.node.name)
    if heard.region == gate.writing or is_unseen(node, now):
        return False
    if before is None or node.name not in gate.nodes:
        return True
    if region_of(gate, node.name) != heard.region and not is_unseen(before, now):
        return False
    return node.stamp.seen_at > before.stamp.seen_at


def with_heard(gate: Gate, heard: Heard, tolerance: timedelta) -> Gate:
    """The gate that knows the node, where it is, and what it disagrees in."""
    name, stamp = heard.node.name, heard.node.stamp
    known = gate if name in gate.nodes else joined(gate, name)
    placed = replace(known, regions={**known.regions, name: heard.region})
    code = code_of(heard.node)
    bar = examined(placed, name, Facts(code, stamp.fingerprint, stamp.offset), tolerance)
    return entered(placed, name, code, bar)
