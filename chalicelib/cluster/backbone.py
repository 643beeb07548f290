"""The backbone bus: shared, one set of queues a cluster, or internal, one set a node (guide).

Every node's agent makes its node's own set, whatever the bus is, so that a switch takes effect with
the gate: the next request and the next batch send by it. What lies on the other set is worked on
until it was found empty twice, when no process can send there any more. All rules are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .functions import WORKERS, Function
from .gate import Gate
from .node import LONGEST_WRITE, Made, Node

QUEUES = ("background", "background-now", "web", "recording")
"""The queues of the bus. Those of engines and sites are the cluster's, whatever the bus is."""

CARRIED: Mapping[str, Function] = {one.queue: one for one in WORKERS if one.queue in QUEUES}

STALE = 2 * LONGEST_WRITE
"""A request or batch that read the gate before a switch has ended; clocks may differ a little."""

APART = timedelta(seconds=45)
"""Between the two looks that find a queue empty: an agent's next minute. SQS counts about right."""

ADOPTED_AFTER = timedelta(minutes=5)
"""A node that is unseen this long has its queues worked on by the others."""

WARNING = (
    "The backbone bus is internal: in a cluster of several nodes it should be shared, so that "
    "every node helps with the work."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A queue, by short name, that feeds a function."""

    function: Function
    queue: str


def own(node: str, queue: str) -> str:
    """The node's own queue of that name."""
    return f"{node}-{queue}"


def own_names(node: str) -> list[str]:
    return [own(node, queue) for queue in QUEUES]


def base(name: str) -> str:
    """The queue of the bus that a node's own one stands for; any other name as it is."""
    ends = sorted(QUEUES, key=len, reverse=True)
    return next((queue for queue in ends if name.endswith(f"-{queue}")), name)


def queue_of(gate: Gate, node: str, queue: str) -> str:
    """Where that node sends what is for a queue: its own, if the bus is internal."""
    return own(node, queue) if gate.internal_bus and queue in QUEUES else queue


def left(gate: Gate, node: str) -> list[str]:
    """The queues of the set that the bus does not use, as far as that node serves them."""
    return list(QUEUES) if gate.internal_bus else own_names(node)


def lines(gate: Gate, node: str, made: Made, now: datetime) -> list[Line]:
    """What feeds that node's functions: the bus, and the other set while it may hold messages."""
    here = [Line(one, queue_of(gate, node, one.queue)) for one in WORKERS]
    if is_drained(gate, made, now):
        return here
    return here + [Line(CARRIED[base(name)], name) for name in left(gate, node)]


def is_drained(gate: Gate, made: Made, now: datetime) -> bool:
    """Whether a node has found the other set empty, twice, since nobody can send there."""
    if gate.bus_since is None:
        return True
    quiet = made.quiet
    return quiet is not None and quiet >= gate.bus_since + STALE and now - quiet >= APART


def quiet_after(gate: Gate, made: Made, empty: bool, now: datetime) -> datetime | None:
    """Since when the other set has been found empty, after one more look at it."""
    if gate.bus_since is None or not empty or now < gate.bus_since + STALE:
        return None
    known = made.quiet
    return known if known is not None and known >= gate.bus_since + STALE else now


def orphans(gate: Gate, me: str, nodes: Sequence[Node], now: datetime) -> Iterator[Line]:
    """The queues of other nodes that these do not serve, and may hold messages.

    A node unseen for five minutes serves none; a standby, or one whose box is not ticked, not that
    role's. Two nodes that take the same queue share its messages.
    """
    for node in nodes:
        if node.name == me or not _may_hold(gate, node, now):
            continue
        for queue, function in CARRIED.items():
            name = own(node.name, queue)
            if name in node.made.queues and not _serves(gate, node, function, now):
                yield Line(function, name)


def _may_hold(gate: Gate, node: Node, now: datetime) -> bool:
    switched = gate.bus_since is not None
    return switched and (gate.internal_bus or not is_drained(gate, node.made, now))


def _serves(gate: Gate, node: Node, function: Function, now: datetime) -> bool:
    seen = now - node.stamp.seen_at <= ADOPTED_AFTER
    return seen and gate.wanted(node.name).runs(function.role)


def without_own(nodes: Sequence[Node], names: Collection[str]) -> list[str]:
    """The nodes, of those named, whose agents have not made all their own queues yet."""
    made = {one.name: one.made.queues for one in nodes}
    return [name for name in sorted(names) if not made.get(name, frozenset()) >= {*own_names(name)}]


def warning(gate: Gate) -> str:
    """What the guide says of an internal bus with several nodes; "" otherwise."""
    serving = [one for one in gate.nodes.values() if one.in_cluster]
    return WARNING if gate.internal_bus and len(serving) > 1 else ""


@dataclass(slots=True)
class Heard:
    """The bus as this process last read it in the gate: with each request, and with each batch."""

    node: str
    read: Callable[[], Gate]
    _gate: Gate | None = None

    def hear(self, gate: Gate) -> None:
        """The gate was read: sends go by it from now on."""
        if gate.cluster_id:
            self._gate = gate

    def gate(self) -> Gate:
        """As last heard. Read when this process has not heard of any: one GetItem."""
        if self._gate is None:
            self._gate = self.read()
        return self._gate

    def queue(self, name: str) -> str:
        """Where to send what is for a queue. No call."""
        return queue_of(self.gate(), self.node, name) if name in QUEUES else name

    def last(self, name: str) -> str:
        """As `queue`, for those who may not read: the shared one when no gate was heard of."""
        return self.queue(name) if self._gate else name

    def own_queues(self) -> list[str]:
        """The nodes' own queues, once the bus has ever been switched. No call."""
        gate = self.gate()
        names = sorted(gate.nodes) if gate.bus_since else []
        return [queue for node in names for queue in own_names(node)]
