"""What the agent needs of others, but for its own rows and hands: keys, time, commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord


class Keys(Protocol):
    """The cluster's keys. Raise Unavailable or Unsealable when this node cannot open them."""

    def ensure(self, cluster_id: str) -> bool:
        """Make the keys of a new cluster unless there are any; true when this call did."""

    def cluster_id(self) -> str: ...
    def fingerprint(self) -> str: ...


class Time(Protocol):
    def watch(self) -> None: ...
    def offset(self) -> timedelta | None: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...
