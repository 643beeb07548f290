"""Enable clustering: the guide's button, which lets more than one node serve; and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from chalicelib.cluster.gate import Gate, is_clustered, serving
from chalicelib.cluster.licence import NO_CLUSTERING
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import StillUsed, Unlicensed

from .licences import KIND, Standing
from .nodes import Commit, Gates, Who


class Licences(Protocol):
    def standing(self, now: datetime) -> Standing: ...


@dataclass(frozen=True)
class ClusteringService:
    """me: the node that this process belongs to."""

    me: str
    licences: Licences
    gates: Gates
    commit: Commit

    def enable(self, who: Who, now: datetime) -> None:
        """Let more than one node serve. May be repeated: then nothing is changed.

        Raises Unlicensed when no edition or add-on allows it, and says which would.
        """
        settled(partial(self._enable, who, now))

    def disable(self, who: Who, now: datetime) -> None:
        """Let one node serve at most. May be repeated. Raises StillUsed while more than one do."""
        settled(partial(self._disable, who, now))

    def _disable(self, who: Who, now: datetime) -> None:
        gate = self.gates.fetch()
        names = serving(gate)
        if len(names) > 1:
            raise StillUsed(f"{', '.join(names)} serve: untick In Cluster of all but one first.")
        if gate.clustering:
            self._switch(who, gate, "DISABLE CLUSTERING", "", now)

    def _enable(self, who: Who, now: datetime) -> None:
        standing = self.licences.standing(now)
        if standing.gate.clustering:
            return
        if not standing.rights.clustering and not is_clustered(standing.gate):
            raise Unlicensed(NO_CLUSTERING)
        detail = f"by {standing.rights.edition}" if standing.rights.edition else ""
        self._switch(who, standing.gate, "ENABLE CLUSTERING", detail, now)

    def _switch(self, who: Who, gate: Gate, action: str, detail: str, now: datetime) -> None:
        """The other way round than it is."""
        after = replace(gate, clustering=not gate.clustering)
        audit = AuditRecord(
            who.user_id, action, KIND, "clustering", now, detail, who.address, self.me
        )
        self.commit([self.gates.rewrite(gate, after)], [audit])
