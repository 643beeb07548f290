"""Clear the cache: every process of the cluster forgets its copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord

from .nodes import Commit, Who


class Epochs(Protocol):
    def bump(self, *epochs: str) -> Any: ...


@dataclass(frozen=True)
class CacheService:
    """me: the node that this process belongs to. names: of all epochs of the gate."""

    me: str
    names: Sequence[str]
    epochs: Epochs
    commit: Commit

    def clear(self, who: Who, now: datetime) -> None:
        """Have each process read everything again with its next request. May be repeated."""
        audit = AuditRecord(
            who.user_id, "CLEAR CACHE", "Cluster", "copies", now, "", who.address, self.me
        )
        self.commit([self.epochs.bump(*self.names)], [audit])
