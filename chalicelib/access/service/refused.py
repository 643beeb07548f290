"""Refused requests, on the trail: who asked for what that his rights do not reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.access.principal import Principal
from chalicelib.core.audit import AuditRecord
from chalicelib.core.minutely import Minutely

_BEGINNING = "Access denied: "


@dataclass(slots=True)
class RefusedRequests:
    """One line a minute for a user and an operation, in each process.

    What is refused of a secret is told of that secret instead: see the vault's `Refusals`.
    """

    record: Callable[[AuditRecord], None]
    _lines: Minutely = field(default_factory=Minutely)

    def note(self, who: Principal, operation: str, why: str, now: datetime) -> None:
        """Write it down, unless that was done this minute. Raises Unavailable when it cannot.

        operation: method and path as declared, such as `PUT /api/v1/users/{id}`
        """
        attempt = (who.user_id, operation)
        if self._lines.is_told(attempt, now):
            return
        detail = why.removeprefix(_BEGINNING)
        line = AuditRecord(who.user_id, "REFUSED", "Request", operation, now, detail, who.address)
        self.record(line)
        self._lines.told(attempt, now)
