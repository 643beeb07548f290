"""Logging in, staying in, logging out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.access.lockout import (
    Allowance,
    Strictness,
    delay_allowance,
    elsewhere_allowance,
    login_allowances,
    refresh_allowance,
)
from chalicelib.access.principal import Principal
from chalicelib.access.role import Definitions
from chalicelib.access.session import LIFE, MARGIN, Session, Token, begin
from chalicelib.access.user import Login, Person
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import (
    Conflict,
    LoginFailed,
    OtherRegion,
    Throttled,
    Unauthenticated,
)
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain

from .door import belongs
from .ports import Commit, Hasher, Random, Sessions, Throttle, Users
from .standings import Standings

TRIES = 5
UNKNOWN = "unknown"
"""What the audit calls a user whom nobody knows: the typed name may be a password."""
OTHERS_SESSION = "This session was begun in another region: log out there, or let it end unused."


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens as the client is given them, once. `expires_in` in seconds, less than they live."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = int((LIFE - MARGIN).total_seconds())


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process is: see `cluster.region`.

    region:  of a mirrored cluster, this process's own; "" of any other
    outside: whether it is outside the writing region now
    """

    region: Callable[[], str] = str
    outside: Callable[[], bool] = bool


@dataclass(frozen=True)
class TokenService:
    users: Users
    standings: Standings
    sessions: Sessions
    throttle: Throttle
    hasher: Hasher
    commit: Commit
    ids: Ids
    random: Random
    strictness: Callable[[], Strictness] = Strictness
    definitions: Callable[[], Definitions] = Definitions
    place: Place = Place()

    def log_in(self, user_name: str, password: Plain, address: str, now: datetime) -> Issued:
        """Tokens for a name and its password. The audit is written with them, or neither is.

        Raises LoginFailed, always in the same words and after the same work, when name or password
        are wrong or the account is locked or disabled; Throttled before any of that.
        """
        self._pace(login_allowances(user_name, address), now)
        person = self.users.find_by_name(user_name)
        hashed = "" if person is None else person.login.password_hash
        right = self.hasher.matches(hashed, password)
        for _ in range(TRIES):
            try:
                return self._judge(person, right, password, address, now)
            except Conflict:
                person = self.users.find_by_name(user_name)
                if person is None or person.login.password_hash != hashed:
                    right = False
        raise Conflict

    def refresh(self, token: Plain, address: str, now: datetime) -> Issued:
        """New tokens for a refresh token, which is thereby used up.

        Raises LoginFailed. A token that was used before ends its session: one of the two who
        presented it had stolen it.
        """
        self._pace([refresh_allowance(address)], now)
        presented = _parsed(token)
        session, standing, _ = self.sessions.read(presented.session_id, presented.user_id)
        if session is None or not session.owns_refresh(presented):
            raise LoginFailed
        if not session.is_of(self.place.region()):
            raise LoginFailed  # its own region refreshes it: see `Session.region`
        if standing is None or not belongs(session, standing):
            raise LoginFailed
        if not self.definitions().admits(standing, address):
            raise LoginFailed
        if not session.may_refresh(presented, now):
            self._end(
                session, "a refresh token was used again, too late or too often", address, now
            )
            raise LoginFailed
        return self._refreshed(session, presented, address, now)

    def log_out(self, who: Principal, now: datetime) -> None:
        """End the session of the token in use. May be repeated.

        Raises OtherRegion for a session of another region: unused, it ends by itself.
        """
        record = _record(who.user_id, "LOGOUT", str(who.user_id), now, who.address)
        region = self.place.region()
        try:
            self.commit([self.sessions.ended(who.session_id, region)], [record])
        except Conflict:
            if not region:
                raise
            raise OtherRegion(OTHERS_SESSION) from None

    def recheck(self, person: Person, password: Plain, address: str, now: datetime) -> bool:
        """Whether it is the password of somebody who is logged in; a failure counts as one."""
        self._pace(login_allowances(person.user.user_name, address), now)
        if person.login.lockout.is_locked(now):
            return False
        if self.hasher.matches(person.login.password_hash, password):
            return True
        self._failed(person, "wrong current password", address, now)
        return False

    def _judge(
        self, person: Person | None, right: bool, password: Plain, address: str, now: datetime
    ) -> Issued:
        """Let in or count the failure; Conflict when somebody else did so at the same time."""
        if person is None:
            self.commit([], [_record(SYSTEM, "LOGIN_FAILED", UNKNOWN, now, address)])
            raise LoginFailed
        if self.place.outside():
            return self._judge_elsewhere(person, right, address, now)
        why = self._refusal(person, right, address, now)
        if why:
            self._failed(person, why, address, now, counts=not right)
            raise LoginFailed
        return self._begun(person, password, address, now)

    def _judge_elsewhere(self, person: Person, right: bool, address: str, now: datetime) -> Issued:
        """The same outside the writing region, which may not change the account's row.

        Failures are counted there, in a row of that region, until they are too many.
        """
        failures = elsewhere_allowance(person.user.id, self.strictness())
        full = self.throttle.is_spent(failures, now)
        why = "too many failures" if full else self._refusal(person, right, address, now)
        id = str(person.user.id)
        if why:
            if not right:
                self.throttle.take(failures, now)
            self.commit([], [_record(SYSTEM, "LOGIN_FAILED", id, now, address, why)])
            raise LoginFailed
        return self._issued(person, [], address, now)

    def _refusal(self, person: Person, right: bool, address: str, now: datetime) -> str:
        """Why nobody comes in, for the audit; "" when he does."""
        if person.login.lockout.is_locked(now):
            return "the account is locked"
        if person.login.lockout.is_full(now, self.strictness()) and not self.throttle.take(
            delay_allowance(person.user.id, address), now
        ):
            return "too soon after failures"
        if not right:
            return "wrong password"
        if not self.definitions().admits(person.standing, address):
            return "not from this address"
        return "" if person.standing.enabled else "the account is disabled"

    def _failed(
        self, person: Person, why: str, address: str, now: datetime, counts: bool = True
    ) -> None:
        """Write the failure down, and lock the account if it is one too many."""
        login, id = person.login, person.user.id
        record = _record(SYSTEM, "LOGIN_FAILED", str(id), now, address, why)
        if not counts or login.lockout.is_locked(now):
            self.commit([], [record])
            return
        rule = self.strictness()
        lockout = login.lockout.after_failure(now, rule)
        locks = lockout.is_locked(now)
        if locks and self.standings.is_last_administrator(id, now):
            lockout, locks = login.lockout.after_failure(now, rule, may_lock=False), False
        audit = [record]
        if locks:
            audit.append(_record(SYSTEM, "LOCKOUT", str(id), now, address, "too many failures"))
        self.commit([self.users.login_saved(replace(login, lockout=lockout))], audit)

    def _begun(self, person: Person, password: Plain, address: str, now: datetime) -> Issued:
        return self._issued(person, [self._logged_in(person.login, password, now)], address, now)

    def _issued(
        self, person: Person, writes: Sequence[object], address: str, now: datetime
    ) -> Issued:
        id = person.user.id
        session_id = self.ids()
        access, refresh = (Token(id, session_id, self.random()) for _ in range(2))
        begun = begin(access, refresh, person.standing.generation, now, address)
        session = replace(begun, region=self.place.region())
        self.commit(
            [self.sessions.begun(session), *writes], [_record(id, "LOGIN", str(id), now, address)]
        )
        return Issued(access.text(), refresh.text())

    def _logged_in(self, login: Login, password: Plain, now: datetime) -> object:
        """What a good log-in changes; it fails if the account was locked in the meantime."""
        outdated = self.hasher.is_outdated(login.password_hash)
        if not outdated and not login.lockout.failures and login.lockout.locked_until is None:
            return self.users.logged_in(login, now)
        hashed = self.hasher.hash(password) if outdated else login.password_hash
        return self.users.login_saved(
            replace(
                login,
                password_hash=hashed,
                lockout=login.lockout.after_success(),
                last_login=now,
            )
        )

    def _refreshed(self, session: Session, used: Token, address: str, now: datetime) -> Issued:
        id = session.user_id
        access = Token(id, session.id, self.random())
        refresh = used.next(self.random())
        after = session.refreshed(access, refresh, now)
        record = _record(id, "TOKEN_REFRESH", str(id), now, address)
        try:
            self.commit([self.sessions.refreshed(session, after)], [record])
        except Conflict:
            self._end(session, "a refresh token was used twice at once", address, now)
            raise LoginFailed from None
        return Issued(access.text(), refresh.text())

    def _end(self, session: Session, why: str, address: str, now: datetime) -> None:
        id = session.user_id
        record = _record(SYSTEM, "SESSION_ENDED", str(id), now, address, why)
        self.commit([self.sessions.ended(session.id, session.region)], [record])

    def _pace(self, allowances: Sequence[Allowance], now: datetime) -> None:
        for allowance in allowances:
            if not self.throttle.take(allowance, now):
                raise Throttled(wait=allowance.window)


def _parsed(token: Plain) -> Token:
    try:
        return Token.parse(token.reveal())
    except Unauthenticated:
        raise LoginFailed from None


def _record(  # noqa: PLR0913 - the parts of an audit line
    actor: int, action: str, item: str, now: datetime, address: str, detail: str = ""
) -> AuditRecord:
    return AuditRecord(actor, action, "User", item, now, detail, address)
