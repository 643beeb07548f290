"""One's own sessions and API tokens: see them, end them, make a token for an application."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access.api_token import MOST_TOKENS, NewToken, fresh
from chalicelib.access.principal import Principal
from chalicelib.access.session import Session, Token
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, NotFound, OtherRegion, StillUsed
from chalicelib.core.ids import Ids
from chalicelib.core.paging import Page, Paging, page
from chalicelib.core.plain import Plain

from .door import belongs
from .ports import Commit, Random, Sessions, Users
from .tokens import OTHERS_SESSION

AT_ONCE = 20
"""Sessions that one change ends."""


@dataclass(frozen=True)
class SessionService:
    sessions: Sessions
    users: Users
    commit: Commit
    ids: Ids
    random: Random
    region: Callable[[], str]

    def own(self, who: Principal, paging: Paging, now: datetime) -> Page[Session]:
        """The caller's live sessions, newest first. They are found by an index, a moment late."""
        found = self._live(who, self.sessions.of(who.user_id), now)
        return page(found, paging, _property)

    def end(self, who: Principal, number: int, now: datetime) -> None:
        """End one session of the caller's. Raises NotFound, OtherRegion, AccessDenied."""
        who.require_in_person()
        found = self._live(who, self.sessions.of(who.user_id), now)
        self._end(who, [_numbered(found, number, "session")], now)

    def end_others(self, who: Principal, now: datetime) -> None:
        """End all sessions of the caller's but the one in use. May be repeated."""
        who.require_in_person()
        found = self._live(who, self.sessions.of(who.user_id), now)
        others = [one for one in found if one.id != who.session_id]
        for start in range(0, len(others), AT_ONCE):
            self._end(who, others[start : start + AT_ONCE], now)

    def tokens(self, who: Principal, paging: Paging, now: datetime) -> Page[Session]:
        """The caller's API tokens that still count, newest first."""
        found = self._live(who, self.sessions.tokens_of(who.user_id), now)
        return page(found, paging, _property)

    def generate(self, who: Principal, new: NewToken, now: datetime) -> Plain:
        """A token for an application, in the clear once: it acts for the caller until it ends.

        Raises AccessDenied when no person asks, Invalid, StillUsed when there are too many.
        """
        who.require_in_person()
        new.check(who)
        standing = self.users.standings([who.user_id])[who.user_id]
        kept = self._live(who, self.sessions.tokens_of(who.user_id), now)
        if len(kept) >= MOST_TOKENS:
            raise StillUsed(f"You have {MOST_TOKENS} API tokens: revoke one first.")
        token = Token(who.user_id, self.ids(), self.random())
        made = fresh(token, new, standing.generation, now, who.address)
        detail = ", ".join(sorted(new.scope)) or "all rights"
        record = _record(who, "API TOKEN CREATED", now, f"until {made.expires_at:%F}: {detail}")
        self.commit([self.sessions.made(made)], [record])
        return Plain(token.text())

    def revoke(self, who: Principal, number: int, now: datetime) -> None:
        """End one API token of the caller's at once. Raises NotFound."""
        found = self._live(who, self.sessions.tokens_of(who.user_id), now)
        one = _numbered(found, number, "API token")
        record = _record(who, "API TOKEN REVOKED", now, one.name)
        self.commit([self.sessions.ended(one.id)], [record])

    def _live(self, who: Principal, found: Iterable[Session], now: datetime) -> list[Session]:
        standing = self.users.standings([who.user_id])[who.user_id]
        live = [one for one in found if one.is_live(now) and belongs(one, standing)]
        return sorted(live, key=lambda one: one.started_at, reverse=True)

    def _end(self, who: Principal, sessions: Collection[Session], now: datetime) -> None:
        region = self.region()
        writes = [self.sessions.ended(one.id, region) for one in sessions]
        try:
            self.commit(writes, [_record(who, "SESSION_ENDED", now, "by its user")])
        except Conflict:
            raise OtherRegion(OTHERS_SESSION) from None


def _numbered(found: Iterable[Session], number: int, what: str) -> Session:
    session = next((one for one in found if one.number == number), None)
    if session is None:
        raise NotFound(f"The {what} {number} was not found.")
    return session


def _property(session: Session, name: str) -> object:
    """A property of a session by the name that clients sort by."""
    begun = session.started_at.timestamp()
    return {"loginDate": begun, "ipAddress": session.address, "name": session.name}.get(name)


def _record(who: Principal, action: str, now: datetime, detail: str) -> AuditRecord:
    return AuditRecord(who.user_id, action, "User", str(who.user_id), now, detail, who.address)
