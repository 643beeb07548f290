"""One request as the vault sees it: who, when, and what was read together with his session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from chalicelib.access.principal import Principal
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import ConclaveError, MaintenanceMode
from chalicelib.core.plain import Plain

from .comment import SILENCE, Comment
from .double_lock import NONE_OPEN, OpenLocks
from .grants import EVERY_GRANT, Grantee, grantees


@dataclass(frozen=True, slots=True)
class Visit:
    """epoch:     of the folders, from the gate that came with the request
    rows:      rows that came with it, by key; a store understands them
    refusal:   why nothing may be written for it, as in maintenance mode; None when it may
    upgrading: whether nodes may be at work that know less of the rows than this one
    search_epoch: of the search index, as `epoch`
    comment:   why the visitor does it, as he says
    second:    his DoubleLock password, if it came; nothing is opened by it yet
    opened:    the locks that it has opened
    """

    who: Principal
    now: datetime
    epoch: int = 0
    rows: Mapping[tuple[str, str], Any] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )
    cause: str = ""
    refusal: ConclaveError | None = None
    upgrading: bool = False
    search_epoch: int = 0
    comment: Comment = SILENCE
    second: Plain | None = None
    opened: OpenLocks = field(default_factory=lambda: NONE_OPEN, repr=False)

    @property
    def is_frozen(self) -> bool:
        """Whether checkouts stand still: nobody checks out or in, and none comes to its end."""
        return isinstance(self.refusal, MaintenanceMode)

    @property
    def them(self) -> frozenset[Grantee]:
        """All that a grant may name to reach him."""
        named = grantees(self.who.user_id, self.who.groups)
        return named | {EVERY_GRANT} if self.who.unlimited else named

    def audit(self, action: str, kind: str, item: int, detail: str = "") -> AuditRecord:
        """The line of the trail that says he did it, and whether by unlimited administration."""
        if self.who.unlimited:
            detail = f"{detail}{'; ' if detail else ''}by unlimited administration"
        return AuditRecord(
            self.who.user_id,
            action,
            kind,
            str(item),
            self.now,
            detail,
            self.who.address,
            cause=self.cause,
        )
