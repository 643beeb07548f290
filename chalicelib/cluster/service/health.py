"""What a load balancer asks: may this node be sent requests, and if not, why (guide, Errors)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.cluster.backbone import warning
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import BAR_TEXT, NO_GATE, OF_CODE, Bar, Gate, bar_of
from chalicelib.cluster.here import here
from chalicelib.cluster.licensing import lapse_text
from chalicelib.cluster.node import Node, is_unseen, standstill, unheld
from chalicelib.core.clock import Clock, parse_stamp
from chalicelib.core.errors import ConclaveError

KEPT = timedelta(seconds=5)


class Reader(Protocol):
    def with_gate(self, name: str) -> tuple[Gate, Node | None]:
        """The gate and a node's row. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one node, and of the roles that the cluster needs.

    healthy:  send requests here: the table answers, the keys open, the node is in the cluster
    bus:      None when it was not asked for
    mismatch: version or keys are not those of the cluster
    unheld:   roles without a holder; other nodes would not help, so `healthy` does not count them
    problems: everything that is wrong, for people
    """

    healthy: bool
    database: bool
    bus: bool | None
    in_cluster: bool
    read_only: bool
    mismatch: bool
    unheld: tuple[Role, ...]
    problems: tuple[str, ...]


def judged(gate: Gate | None, node: str, bus: bool | None, said: str = "") -> Health:
    """The health by a gate that was read (None: it could not be), the bus, and the node's row."""
    known = gate or NO_GATE
    bar, web, missing = bar_of(known, node), here(known, node), tuple(unheld(known))
    broken = [
        "The data table does not answer." if gate is None else "",
        "The backbone bus does not answer." if bus is False else "",
        "" if web.in_cluster or gate is None else "This node is not in the cluster.",
        BAR_TEXT[bar] if bar and bar not in OF_CODE else "",
    ]
    noted = [BAR_TEXT[bar] if bar in OF_CODE and bar else "", web.outside, said, warning(known)]
    if gate is not None:
        noted += [standstill(role) for role in missing]
    return Health(
        healthy=not any(broken),
        database=gate is not None,
        bus=bus,
        in_cluster=web.in_cluster,
        read_only=web.maintenance,
        mismatch=bar in (*OF_CODE, Bar.KEY),
        unheld=missing if gate else (),
        problems=tuple(text for text in (*broken, *noted) if text),
    )


def row_text(node: Node | None, now: datetime) -> str:
    """What the row of this node tells besides: what its agent could not do, or that it rests."""
    if node is None:
        return ""
    resting = f"The agent of this node has not run since {node.stamp.seen_at:%H:%M:%S} UTC."
    return " ".join(filter(None, (resting if is_unseen(node, now) else "", node.stamp.error)))


def replica_text(gate: Gate, now: datetime) -> str:
    """Whose replica this cluster is, and how old its rows are."""
    if not gate.replica:
        return ""
    if not gate.replica_at:
        return f"This cluster is a replica of {gate.replica}; no backup was taken over yet."
    minutes = int((now - parse_stamp(gate.replica_at)) / timedelta(minutes=1))
    return f"This cluster is a replica of {gate.replica}, {max(minutes, 0)} minutes behind it."


@dataclass(slots=True)
class HealthService:
    """Anonymous and asked often: an answer serves for five seconds.

    ask_bus: one cheap call to the bus; raises Unavailable
    """

    node: str
    nodes: Reader
    ask_bus: Callable[[], Any]
    clock: Clock
    _kept: dict[bool, tuple[datetime, Health]] = field(default_factory=dict)

    def look(self, with_bus: bool = True) -> Health:
        """The health now, or up to five seconds ago. Two calls; one without the bus."""
        kept, now = self._kept.get(with_bus), self.clock()
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        health = self._look(self._bus() if with_bus else None, now)
        self._kept[with_bus] = (now, health)
        return health

    def _look(self, bus: bool | None, now: datetime) -> Health:
        try:
            gate, node = self.nodes.with_gate(self.node)
        except ConclaveError:
            return judged(None, self.node, bus)
        view_only = lapse_text(gate.licensing, self.node, now)
        texts = (replica_text(gate, now), view_only, row_text(node, now))
        said = " ".join(filter(None, texts))
        return judged(gate, self.node, bus, said)

    def _bus(self) -> bool:
        try:
            self.ask_bus()
        except ConclaveError:
            return False
        return True
