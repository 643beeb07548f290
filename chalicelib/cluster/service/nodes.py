"""The Server Nodes page as use cases: show nodes, tick their boxes, wake their agents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster.backbone import own_names, warning
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import Gate, Wanted
from chalicelib.cluster.node import (
    STANDSTILL,
    Node,
    complaint,
    followed,
    is_unseen,
    lags,
    maintenance_status,
    needs_clustering,
    orphaned,
    removed,
    role_error,
    state,
    ticked,
)
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import ClusteringDisabled, ConclaveError, Conflict, NotFound, StillUsed

TRIES = 3
_NOT_CLUSTERED = (
    "{name} would be the cluster's second node, and clustering is not enabled: use Enable "
    "Clustering on the Server Nodes page (POST /api/v1/nodes/enable-clustering) first."
)
_FIRST = "undeploy it first, and remove it once it has not been seen for three minutes."
BOXES: Mapping[str, str] = {
    "in_cluster": "In Cluster",
    "background": "Background Worker",
    "engine": "Engine Worker",
    "recording": "Session Recording Worker",
    "maintenance": "Maintenance Mode",
}
"""The boxes by the names that people see."""


class Gates(Protocol):
    def fetch(self) -> Gate: ...
    def rewrite(self, before: Gate, after: Gate) -> Any: ...


class Nodes(Protocol):
    def all(self) -> list[Node]: ...
    def change(self, name: str, log_level: str, maintenance_at: datetime | None) -> Any: ...
    def report(self, node: Node, state: str) -> Any: ...
    def remove(self, node: Node) -> Any: ...


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Any],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None: ...


class Wake(Protocol):
    def wake_agent(self, node: str) -> None:
        """Have a node's agent run now. Raises Unavailable; the agent runs every minute anyway."""


class Who(Protocol):
    """Who ticks a box: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What an admin sets: any of the boxes by name, the log level; `force` leaves roles unheld."""

    boxes: Mapping[str, bool]
    log_level: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One node as the page shows it.

    errors:  why a ticked role does not work, by role
    settled: whether its functions follow the boxes by now
    """

    node: Node
    database: str
    wanted: Wanted
    is_current: bool
    error: str
    errors: Mapping[Role, str]
    maintenance: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching the nodes found: how many there are, and how many changed their state."""

    found: int
    changed: int


@dataclass(frozen=True)
class NodeService:
    """me: the node that this process belongs to. database: the name of the data table.

    held: how many messages a queue holds; None when there is no such queue
    """

    me: str
    database: Callable[[], str]
    gates: Gates
    nodes: Nodes
    commit: Commit
    functions: Wake
    log: logging.Logger
    held: Callable[[str], int | None]

    def all(self, now: datetime) -> list[Shown]:
        """Every node of the cluster, by id. Two reads."""
        gate = self.gates.fetch()
        found = sorted(self.nodes.all(), key=lambda one: one.id)
        return [self._shown(one, gate, now) for one in found]

    def node(self, node_id: int, now: datetime) -> Shown:
        """One node. Raises NotFound."""
        return self._shown(_of(node_id, self.nodes.all()), self.gates.fetch(), now)

    def configure(self, who: Who, node_id: int, change: Change, now: datetime) -> None:
        """Set boxes and log level of a node, for its guard at once; its agent is woken to follow.

        May be repeated. Raises NotFound, StillUsed when a role would have no holder left, and
        ClusteringDisabled for a second node before clustering is enabled.
        """
        for attempt in range(1, TRIES + 1):
            try:
                node = self._configure(who, node_id, change, now)
            except Conflict:  # another box or an agent's finding came between
                if attempt == TRIES:
                    raise
            else:
                self._wake(node.name)
                return

    def remove(self, who: Who, node_id: int, now: datetime) -> None:
        """Take an undeployed node off the list. May be repeated: then NotFound.

        Raises StillUsed while its agent is seen: it would only join again; and while its own queues
        hold messages, which the others take after five minutes.
        """
        nodes, before = self.nodes.all(), self.gates.fetch()
        node = _of(node_id, nodes)
        if not is_unseen(node, now):
            raise StillUsed(f"{node.name} was seen at {node.stamp.seen_at:%H:%M:%S} UTC: {_FIRST}")
        self._refuse_to_strand(node)
        writes = [self.gates.rewrite(before, removed(before, node.name)), self.nodes.remove(node)]
        audit = AuditRecord(
            who.user_id, "DELETE", "Node", node.name, now, "", who.address, through=self.me
        )
        self.commit(writes, [audit])

    def _refuse_to_strand(self, node: Node) -> None:
        """Who takes its queues knows of them by its row."""
        for name in own_names(node.name):
            if name in node.made.queues and self.held(name):
                raise StillUsed(
                    f"The queue {name} still holds messages: the other nodes work on them once "
                    f"{node.name} was not seen for five minutes. Then repeat this."
                )

    def watch(self, now: datetime) -> Watch:
        """Raise an event for each node that is unseen, disagrees, or is well again."""
        gate, nodes = self.gates.fetch(), self.nodes.all()
        changed = [one for one in nodes if state(one, gate, now) != one.reported]
        for node in changed:
            self._report(node, gate, now)
        return Watch(len(nodes), len(changed))

    def wake_lagging(self, now: datetime) -> Watch:
        """Wake the agents whose nodes lag behind what is wanted of them."""
        gate, nodes = self.gates.fetch(), self.nodes.all()
        late = [one for one in nodes if one.name in gate.nodes and lags(one, gate, now)]
        for node in late:
            self._wake(node.name)
        return Watch(len(nodes), len(late))

    def _configure(self, who: Who, node_id: int, change: Change, now: datetime) -> Node:
        nodes, before = self.nodes.all(), self.gates.fetch()
        node = _of(node_id, nodes)
        old = before.wanted(node.name)
        new = replace(old, **change.boxes)
        after = ticked(before, node.name, new)
        if needs_clustering(before, after):
            raise ClusteringDisabled(_NOT_CLUSTERED.format(name=node.name))
        unheld = orphaned(before, after, [one.name for one in nodes if is_unseen(one, now)])
        if unheld and not change.force:
            raise StillUsed(_last_holder(node.name, unheld))
        level = node.log_level if change.log_level is None else change.log_level
        since = _maintenance_since(node, old, new, now)
        detail = _detail(old, new, node.log_level, level, unheld)
        audit = AuditRecord(
            who.user_id, "UPDATE", "Node", node.name, now, detail, who.address, self.me
        )
        writes = [self.gates.rewrite(before, after), self.nodes.change(node.name, level, since)]
        self.commit(writes, [audit])
        return node

    def _wake(self, name: str) -> None:
        try:
            self.functions.wake_agent(name)
        except ConclaveError as error:  # its agent runs every minute anyway
            facts = {"node": name, "why": str(error)}
            self.log.warning("an agent was not woken", extra={"facts": facts})

    def _report(self, node: Node, gate: Gate, now: datetime) -> None:
        now_is = state(node, gate, now)
        action = {"": "WELL", "unseen": "UNSEEN"}.get(now_is, "DISAGREES")
        detail = complaint(node, gate, now) if now_is else "well again"
        audit = AuditRecord(SYSTEM, action, "Node", node.name, now, detail, through=self.me)
        try:
            self.commit([self.nodes.report(node, now_is)], [audit])
        except Conflict:
            return  # another worker raised it
        facts = {"node": node.name, "state": now_is, "detail": detail}
        self.log.warning("a node's state changed", extra={"facts": facts})

    def _shown(self, node: Node, gate: Gate, now: datetime) -> Shown:
        wanted = gate.wanted(node.name)
        return Shown(
            node=node,
            database=self.database(),
            wanted=wanted,
            is_current=node.name == self.me,
            error=_error(node, gate, now),
            errors={role: role_error(node, gate, role, now) for role in Role},
            maintenance=maintenance_status(wanted, node.maintenance_at, now),
            settled=node.stamp.applied == followed(gate, node.name),
        )


def _error(node: Node, gate: Gate, now: datetime) -> str:
    said = warning(gate) if gate.wanted(node.name).in_cluster else ""
    return " ".join(filter(None, (complaint(node, gate, now), said)))


def _of(node_id: int, nodes: Sequence[Node]) -> Node:
    for node in nodes:
        if node.id == node_id:
            return node
    raise NotFound(f"Node {node_id} was not found.")


def _last_holder(name: str, unheld: Sequence[Role]) -> str:
    stops = "; ".join(f"{role}: {', '.join(STANDSTILL[role])}" for role in unheld)
    return (
        f"{name} is the last node with a role that the cluster needs. "
        f"Without it nobody does ({stops}). Repeat with force=true to do it all the same."
    )


def _maintenance_since(node: Node, old: Wanted, new: Wanted, now: datetime) -> datetime | None:
    if not new.maintenance:
        return None
    return node.maintenance_at if old.maintenance else now


def _detail(old: Wanted, new: Wanted, old_level: str, level: str, unheld: Sequence[Role]) -> str:
    """What changed, in the words of the page."""
    changes = [
        f"{text}: {'on' if getattr(new, box) else 'off'}"
        for box, text in BOXES.items()
        if getattr(old, box) != getattr(new, box)
    ]
    if level != old_level:
        changes.append(f"Log Level: {level or 'default'}")
    changes += [f"no node holds {role} any more" for role in unheld]
    return ", ".join(changes) or "nothing changed"
