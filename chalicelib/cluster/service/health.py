"""What a load balancer asks: may this node be sent requests, and if not, why (guide, Errors)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import BAR_TEXT, NO_GATE, Bar, Gate, bar_of, here
from chalicelib.cluster.node import STANDSTILL, unheld
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError

KEPT = timedelta(seconds=5)


class GateReader(Protocol):
    def read(self) -> Gate: ...


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


def judged(gate: Gate | None, node: str, bus: bool | None) -> Health:
    """The health by a gate that was read (None: it could not be) and the bus."""
    known = gate or NO_GATE
    bar, web, missing = bar_of(known, node), here(known, node), tuple(unheld(known))
    broken = [
        "The data table does not answer." if gate is None else "",
        "The backbone bus does not answer." if bus is False else "",
        "" if web.in_cluster else "This node is not in the cluster.",
        BAR_TEXT[bar] if bar and bar is not Bar.VERSION else "",
    ]
    noted = [BAR_TEXT[bar] if bar is Bar.VERSION else ""]
    if gate is not None:
        noted += [f"No node holds {role}: {', '.join(STANDSTILL[role])}." for role in missing]
    return Health(
        healthy=not any(broken),
        database=gate is not None,
        bus=bus,
        in_cluster=web.in_cluster,
        read_only=web.maintenance,
        mismatch=bar in (Bar.VERSION, Bar.KEY),
        unheld=missing if gate else (),
        problems=tuple(text for text in (*broken, *noted) if text),
    )


@dataclass(slots=True)
class HealthService:
    """Anonymous and asked often: an answer serves for five seconds.

    ask_bus: one cheap call to the bus; raises Unavailable
    """

    node: str
    gate: GateReader
    ask_bus: Callable[[], Any]
    clock: Clock
    _kept: dict[bool, tuple[datetime, Health]] = field(default_factory=dict)

    def look(self, with_bus: bool = True) -> Health:
        """The health now, or up to five seconds ago. Two calls; one without the bus."""
        kept, now = self._kept.get(with_bus), self.clock()
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        health = judged(self._gate(), self.node, self._bus() if with_bus else None)
        self._kept[with_bus] = (now, health)
        return health

    def _gate(self) -> Gate | None:
        try:
            return self.gate.read()
        except ConclaveError:
            return None

    def _bus(self) -> bool:
        try:
            self.ask_bus()
        except ConclaveError:
            return False
        return True
