"""The backbone bus as a setting of the cluster: shared or internal, switched while work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.cluster.backbone import is_drained, left, warning, without_own
from chalicelib.cluster.gate import Gate
from chalicelib.cluster.node import Node
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, StillUsed

from .nodes import Commit, Gates, Who

TRIES = 3
_MINUTE = "its agent makes them within a minute of seeing the cluster. Then repeat this."


class Nodes(Protocol):
    def all(self) -> list[Node]: ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """A queue that the bus has left, and how many messages are still on it."""

    queue: str
    messages: int


@dataclass(frozen=True, slots=True)
class BusState:
    """What the bus is, since when (None: from the start), and how far a switch has got.

    late:      the nodes whose mappings and schedules do not follow it yet
    draining:  the nodes that still work on the queues it has left
    leftovers: those queues, while any node works on them
    """

    internal: bool
    since: datetime | None
    late: tuple[str, ...]
    draining: tuple[str, ...]
    leftovers: tuple[Leftover, ...]
    warning: str

    @property
    def settled(self) -> bool:
        return not self.late and not self.draining


@dataclass(frozen=True)
class BackboneService:
    """me: the node that this process belongs to. held: how many messages a queue holds, or None.

    wake: have the agents of nodes that lag run now
    """

    me: str
    gates: Gates
    nodes: Nodes
    commit: Commit
    held: Callable[[str], int | None]
    wake: Callable[[datetime], object]

    def state(self, now: datetime) -> BusState:
        """How the bus is. Two reads, and one call for each queue that drains."""
        gate, nodes = self.gates.fetch(), self.nodes.all()
        mine = [one for one in nodes if one.name in gate.nodes]
        draining = [one.name for one in mine if not is_drained(gate, one.made, now)]
        late = [one.name for one in mine if not _follows(gate, one)]
        return BusState(
            gate.internal_bus,
            gate.bus_since,
            tuple(late),
            tuple(draining),
            tuple(self._leftovers(gate, draining)),
            warning(gate),
        )

    def switch(self, who: Who, internal: bool, now: datetime) -> None:
        """Make the bus internal or shared, for the next request and the next batch of every node.

        May be repeated. Raises StillUsed while a node has no queues of its own, Conflict when the
        gate keeps changing meanwhile.
        """
        for attempt in range(1, TRIES + 1):
            try:
                self._switch(who, internal, now)
            except Conflict:
                if attempt == TRIES:
                    raise
            else:
                self.wake(now)
                return

    def _switch(self, who: Who, internal: bool, now: datetime) -> None:
        before = self.gates.fetch()
        if before.internal_bus is internal:
            return
        lacking = without_own(self.nodes.all(), before.nodes) if internal else []
        if lacking:
            raise StillUsed(f"{', '.join(lacking)} has no queues of its own yet: {_MINUTE}")
        after = replace(before, internal_bus=internal, bus_since=now)
        detail = f"Backbone Bus: {'internal' if internal else 'shared'}"
        audit = AuditRecord(
            who.user_id, "UPDATE", "Configuration", "settings", now, detail, who.address, self.me
        )
        self.commit([self.gates.rewrite(before, after)], [audit])

    def _leftovers(self, gate: Gate, draining: Sequence[str]) -> Iterator[Leftover]:
        names = dict.fromkeys(name for node in draining for name in left(gate, node))
        for name in names:
            count = self.held(name)
            if count is not None:
                yield Leftover(name, count)


def _follows(gate: Gate, node: Node) -> bool:
    """Whether the agent has seen the switch; what else it lags in is not the bus's matter."""
    return ("internal" in node.stamp.applied.split()) is gate.internal_bus
