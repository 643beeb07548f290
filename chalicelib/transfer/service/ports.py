"""What imports and exports need of others, in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from chalicelib.bulk.action import Action, Arguments
from chalicelib.bulk.service import Begun, Progress
from chalicelib.core.audit import AuditRecord
from chalicelib.transfer.export import Export, Stage
from chalicelib.vault.visit import Visit

Write: TypeAlias = Any


class Imports(Protocol):
    def begun(self, id: str, key: bytes, until: datetime) -> Write: ...
    def part(self, id: str, number: int, raw: bytes, until: datetime, key: bytes) -> Write: ...
    def read(self, id: str, number: int) -> bytes | None: ...
    def removed(self, id: str, parts: int) -> list[Write]: ...


class Exports(Protocol):
    def find(self, id: str) -> Export | None: ...
    def waiting(self) -> list[Export]: ...
    def copies(self, one: Export) -> list[bytes]: ...
    def put(self, one: Export) -> Write: ...
    def decided(self, one: Export) -> Write: ...
    def finished(self, id: str, stage: Stage, now: datetime) -> Write: ...
    def fetched(self, id: str) -> Write: ...
    def copy(self, one: Export, secret_id: int, raw: bytes, now: datetime) -> Write: ...


class Commit(Protocol):
    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Any] = (),
    ) -> None: ...


class Bulk(Protocol):
    def ask(self, visit: Visit, action: Action, arguments: Arguments, items: Sequence[int]) -> str:
        """Begin an operation; its id."""

    def begun(
        self, visit: Visit, asker: Any, action: Action, arguments: Arguments, items: Sequence[int]
    ) -> Begun:
        """The same, for somebody else's commit."""

    def progress(self, who: Any, id: str) -> Progress: ...
