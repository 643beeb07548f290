"""What the pipeline knows of those who let people in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from .endpoint import Key

if TYPE_CHECKING:
    from chalicelib.access.principal import Principal


class Gate(Protocol):
    """What this node may do now."""

    @property
    def in_cluster(self) -> bool: ...

    @property
    def maintenance(self) -> bool: ...

    @property
    def outside(self) -> str: ...

    def unlimited(self, now: datetime) -> str:
        """Until when unlimited administration is on; "" when it is not."""

    def view_only(self, now: datetime) -> str:
        """Why people may not change the vault for want of a licence; "" when they may."""

    @property
    def replica(self) -> bool: ...


class Authenticated(Protocol):
    """What one read told about a request."""

    @property
    def principal(self) -> Principal: ...

    @property
    def gate(self) -> Gate: ...

    @property
    def rows(self) -> Mapping[tuple[str, str], Any]: ...


class Door(Protocol):
    """Who may come in."""

    def authenticate(
        self, token: str, extra: Sequence[Key], now: datetime, address: str
    ) -> Authenticated:
        """The session's principal, the gate and the extra rows that exist, in one consistent read.

        Raises Unauthenticated for a token that is unknown, expired or revoked.
        """

    def gate(self) -> Gate:
        """The gate alone, for those who come without a token."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who is at the door of an endpoint, as one read told; nobody where none need sign in."""

    now: datetime
    address: str
    found: Authenticated | None = None

    @property
    def principal(self) -> Principal | None:
        return self.found.principal if self.found else None

    @property
    def rows(self) -> Mapping[tuple[str, str], Any]:
        return self.found.rows if self.found else {}

    @property
    def unlimited(self) -> str:
        return self.found.gate.unlimited(self.now) if self.found else ""
