"""Maintenance mode of the whole cluster: the box of every node in one change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate, is_read_only
from chalicelib.cluster.node import Node, maintenance_status
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import ConclaveError, Conflict

from .nodes import Commit, Gates, Wake, Who

TRIES = 3


class Nodes(Protocol):
    def all(self) -> list[Node]: ...
    def change(self, name: str, log_level: str, maintenance_at: datetime | None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Mode:
    """Whether the cluster is read-only, and in words how far it has got."""

    on: bool
    status: str


@dataclass(frozen=True)
class MaintenanceService:
    """me: the node that this process belongs to."""

    me: str
    gates: Gates
    nodes: Nodes
    commit: Commit
    functions: Wake
    log: logging.Logger

    def mode(self, now: datetime) -> Mode:
        """On when every node that serves is in maintenance mode. Two reads."""
        gate = self.gates.fetch()
        since = [one.maintenance_at for one in self.nodes.all() if one.maintenance_at]
        mine = gate.wanted(self.me)
        return Mode(is_read_only(gate), maintenance_status(mine, max(since, default=None), now))

    def switch(self, who: Who, on: bool, now: datetime) -> None:
        """Tick or untick the box of every node, for their guards at once. May be repeated.

        Raises Conflict when nodes keep changing meanwhile.
        """
        for attempt in range(1, TRIES + 1):
            try:
                changed = self._switch(who, on, now)
            except Conflict:
                if attempt == TRIES:
                    raise
            else:
                self._wake(changed)
                return

    def _switch(self, who: Who, on: bool, now: datetime) -> Sequence[Node]:
        nodes, before = self.nodes.all(), self.gates.fetch()
        wanted = {name: replace(one, maintenance=on) for name, one in before.nodes.items()}
        changed = [one for one in nodes if _moves(before, one, on)]
        writes = [
            self.nodes.change(one.name, one.log_level, now if on else None) for one in changed
        ]
        if wanted == before.nodes:
            return ()
        detail = f"Maintenance Mode: {'on' if on else 'off'}, on every node"
        audit = AuditRecord(
            who.user_id, "UPDATE", "Configuration", "settings", now, detail, who.address, self.me
        )
        self.commit([self.gates.rewrite(before, replace(before, nodes=wanted)), *writes], [audit])
        return changed

    def _wake(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            try:
                self.functions.wake_agent(node.name)
            except ConclaveError as error:  # its agent runs every minute anyway
                facts = {"node": node.name, "why": str(error)}
                self.log.warning("an agent was not woken", extra={"facts": facts})


def _moves(gate: Gate, node: Node, on: bool) -> bool:
    return node.name in gate.nodes and gate.wanted(node.name).maintenance is not on
