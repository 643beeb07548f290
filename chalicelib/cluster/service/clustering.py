"""Enable clustering: the guide's button, which lets more than one node serve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from chalicelib.cluster.gate import is_clustered
from chalicelib.cluster.licence import NO_CLUSTERING
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Unlicensed

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

    def _enable(self, who: Who, now: datetime) -> None:
        standing = self.licences.standing(now)
        if standing.gate.clustering:
            return
        if not standing.rights.clustering and not is_clustered(standing.gate):
            raise Unlicensed(NO_CLUSTERING)
        after = replace(standing.gate, clustering=True)
        detail = f"by {standing.rights.edition}" if standing.rights.edition else ""
        audit = AuditRecord(
            who.user_id, "ENABLE CLUSTERING", KIND, "clustering", now, detail, who.address, self.me
        )
        self.commit([self.gates.rewrite(standing.gate, after)], [audit])
