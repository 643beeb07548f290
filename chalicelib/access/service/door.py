"""Who may come in: one consistent read tells session, principal, gate and what the path names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from chalicelib.access.principal import MINE, Behalf, Means, Principal, partition_of
from chalicelib.access.role import EPOCH, Definitions
from chalicelib.access.session import Session, Token
from chalicelib.access.user import Standing
from chalicelib.cluster.gate import GATE_KEY, Gate
from chalicelib.cluster.here import Here
from chalicelib.core.errors import AccessDenied, ConclaveError, Unauthenticated

from .ports import Sessions

UNLIMITED = "Unlimited Administrator"


class Gates(Protocol):
    def parse(self, row: object) -> Gate: ...

    def read(self) -> Gate: ...

    def here(self, gate: Gate) -> Here: ...


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What one read told: who asks, what this node may do, and the extra rows that exist."""

    principal: Principal
    gate: Here
    rows: Mapping[tuple[str, str], Any] = field(repr=False)


@dataclass(slots=True)
class KeptDefinitions:
    """Roles and groups as of an epoch of the gate, read again when it has moved. Thread-safe.

    The gate is read before them, so what is kept is never older than its epoch.
    """

    read: Callable[[], Definitions]
    _kept: tuple[tuple[str, int], Definitions] | None = None

    def at(self, gate: Gate) -> Definitions:
        epoch = (gate.cluster_id, gate.epoch(EPOCH))
        kept = self._kept
        if kept is None or kept[0] != epoch:
            kept = (epoch, self.read())
            self._kept = kept
        return kept[1]


@dataclass(frozen=True)
class Door:
    """Recognises the holder of an access token."""

    sessions: Sessions
    gates: Gates
    definitions: KeptDefinitions

    def authenticate(
        self, token: str, extra: Sequence[tuple[Any, str, str]], now: datetime, address: str
    ) -> Authenticated:
        """Who asks, as of now; revoking a session or disabling a user is therefore felt at once.

        One BatchGetItem; an UpdateItem once a minute a session; a Query when roles have changed.
        Raises Unauthenticated for a token that is unknown, expired or revoked, AccessDenied for an
        address from which the user may not come.
        """
        presented = Token.parse(token)
        keys = _keys(extra, presented.user_id)
        session, standing, rows = self.sessions.read(
            presented.session_id, presented.user_id, [*keys, GATE_KEY]
        )
        session, standing = admitted(session, standing, presented, now)
        gate = self.gates.parse(rows.get(GATE_KEY))
        principal = self._principal(session, standing, gate, (address, now))
        if session.is_of(gate.here):
            self._slide(session, now)
        return Authenticated(principal, self.gates.here(gate), rows)

    def on_behalf(
        self, asked: Behalf, extra: Sequence[tuple[Any, str, str]], now: datetime
    ) -> Authenticated:
        """Who asked for work that goes on without him, as of now, and the rows that it needs.

        One BatchGetItem. AccessDenied when he is disabled, when his sessions of that generation
        or the application's token were ended, and for an address that is not allowed any more.
        """
        keys = [*_keys(extra, asked.user_id), GATE_KEY]
        session: Session | None = None
        if asked.token:
            session, standing, rows = self.sessions.read(asked.token, asked.user_id, keys)
        else:
            standing, rows = self.sessions.standing(asked.user_id, keys)
        if standing is None or not standing.enabled:
            raise AccessDenied("Access denied: the user who asked for this is disabled.")
        if standing.generation != asked.generation:
            raise AccessDenied("Access denied: the sessions of who asked for this were ended.")
        if asked.token and not _lives(session, standing, now):
            raise AccessDenied("Access denied: the token that asked for this has ended.")
        gate = self.gates.parse(rows.get(GATE_KEY))
        principal = self._principal(session, standing, gate, (asked.address, now))
        return Authenticated(principal, self.gates.here(gate), rows)

    def gate(self) -> Here:
        """What this node may do now, for those who come without a token. One GetItem."""
        return self.gates.here(self.gates.read())

    def _principal(
        self, session: Session | None, standing: Standing, gate: Gate, at: tuple[str, datetime]
    ) -> Principal:
        """at: from which address, and when."""
        address, now = at
        definitions = self.definitions.at(gate)
        scope = session.scope if session else frozenset()
        held = definitions.permissions_of(standing)
        permissions, means = held & scope if scope else held, _means(session)
        is_person = means is Means.SESSION and UNLIMITED in permissions
        who = Principal(
            user_id=standing.user_id,
            name=standing.name,
            display_name=standing.display_name,
            permissions=permissions,
            groups=definitions.groups_of(standing),
            session_id=session.id if session else "",
            address=address,
            enrols=session is not None and session.enrols,
            means=means,
            generation=standing.generation,
            unlimited=is_person and gate.unlimited.is_on(now),
        )
        if not definitions.admits(standing, address):
            denied = AccessDenied("Access denied: not from this address.")
            denied.who = who
            raise denied
        return who

    def _slide(self, session: Session, now: datetime) -> None:
        if not session.must_slide(now):
            return
        try:
            self.sessions.slide(session.slid(now))
        except ConclaveError:
            return  # it lives on as long as it would have; the next request tries again


def _keys(extra: Sequence[tuple[Any, str, str]], user_id: int) -> list[tuple[str, str]]:
    """The keys of rows to be read besides, with the caller's own partition where it is meant."""
    return [(partition_of(user_id) if pk == MINE else pk, sk) for _, pk, sk in extra]


def _lives(session: Session | None, standing: Standing, now: datetime) -> bool:
    """Whether an application's token still counts; its idle time does not end what it asked for."""
    if session is None or not belongs(session, standing):
        return False
    return not session.is_api_token or now < session.expires_at


def _means(session: Session | None) -> Means:
    if session is None:
        return Means.SESSION
    if session.is_api_token:
        return Means.API_TOKEN
    return Means.CLIENT if session.client else Means.SESSION


def admitted(
    session: Session | None, standing: Standing | None, token: Token, now: datetime
) -> tuple[Session, Standing]:
    """Session and standing, when the token opens them. Raises Unauthenticated."""
    if session is None or standing is None or not session.admits(token, now):
        raise Unauthenticated
    if not belongs(session, standing):
        raise Unauthenticated
    return session, standing


def belongs(session: Session, standing: Standing) -> bool:
    """Whether the user, or the application that acts as him, may still come in by that session."""
    if session.client and session.client not in standing.clients:
        return False
    return standing.enabled and session.generation == standing.generation
