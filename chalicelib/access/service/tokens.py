"""Logging in, staying in, logging out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.factor import Factor
from chalicelib.access.lockout import (
    delay_allowance,
    elsewhere_allowance,
    login_allowance,
    refresh_allowance,
)
from chalicelib.access.principal import Means, Principal
from chalicelib.access.security_key import Shown
from chalicelib.access.session import Session, Token
from chalicelib.access.user import Login, Person
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import (
    Conflict,
    LoginFailed,
    OtherRegion,
    Unauthenticated,
)
from chalicelib.core.plain import Plain

from .door import belongs
from .entry import UNKNOWN, Attempt, Case, Issued, Issuing, Terms, entry_line
from .failures import Failures
from .ports import Commit, Hasher, Random, Sessions, Throttle, Users, Write
from .proof import Proof, Proofs

TRIES = 5
OTHERS_SESSION = "This session was begun in another region: log out there, or let it end unused."


@dataclass(frozen=True)
class TokenService:
    users: Users
    failures: Failures
    sessions: Sessions
    throttle: Throttle
    hasher: Hasher
    commit: Commit
    issuing: Issuing
    random: Random
    region: Callable[[], str]
    proofs: Proofs
    terms: Callable[[object], Terms]
    """From the gate's row to what holds now; nothing is read for it while no epoch has moved."""

    def log_in(self, attempt: Attempt, now: datetime) -> Issued:
        """Tokens for a name, its password and its code. The audit is written with them, or neither.

        Raises LoginFailed, always in the same words and after the same work, when name, password or
        code are wrong or the account is locked or disabled; Throttled before any of that. Four AWS
        calls.
        """
        self.failures.pace(login_allowance(attempt.user_name, attempt.address), now)
        person, terms = self._find(attempt)
        hashed = "" if person is None else person.login.password_hash
        right = self.hasher.matches(hashed, attempt.password)
        for number in range(TRIES):
            try:
                return self._judge(Case(attempt, person, right, terms, now, number > 0))
            except Conflict:
                person, terms = self._find(attempt)
                if person is None or person.login.password_hash != hashed:
                    right = False
        raise Conflict

    def refresh(self, token: Plain, address: str, now: datetime) -> Issued:
        """New tokens for a refresh token, which is thereby used up.

        Raises LoginFailed. A token that was used before ends its session: one of the two who
        presented it had stolen it.
        """
        self.failures.pace(refresh_allowance(address), now)
        presented = _parsed(token)
        session, standing, rows = self.sessions.read(
            presented.session_id, presented.user_id, [GATE_KEY]
        )
        terms = self.terms(rows.get(GATE_KEY))
        if session is None or not session.owns_refresh(presented):
            raise LoginFailed
        if not session.is_of(terms.region):
            raise LoginFailed  # its own region refreshes it: see `Session.region`
        if standing is None or not belongs(session, standing):
            raise LoginFailed
        if not terms.definitions.admits(standing, address):
            raise LoginFailed
        if not session.may_refresh(presented, now):
            self._end(
                session, "a refresh token was used again, too late or too often", address, now
            )
            raise LoginFailed
        return self._refreshed(session, presented, address, now)

    def log_out(self, who: Principal, now: datetime) -> bool:
        """End the session of the token in use. May be repeated. False for an API token: it stays.

        Raises OtherRegion for a session of another region: unused, it ends by itself.
        """
        if who.means is Means.API_TOKEN:
            return False  # several may use it: who wants to, revokes it
        record = entry_line(who.user_id, "LOGOUT", str(who.user_id), now, who.address)
        region = self.region()
        try:
            self.commit([self.sessions.ended(who.session_id, region)], [record])
        except Conflict:
            if not region:
                raise
            raise OtherRegion(OTHERS_SESSION) from None
        return True

    def recheck(self, person: Person, password: Plain, address: str, now: datetime) -> bool:
        """Whether it is the password of somebody who is logged in; a failure counts as one."""
        if self._is_barred(person, address, now):
            return False
        right = self.hasher.matches(person.login.password_hash, password)
        return self._counted(person, "" if right else "wrong current password", address, now)

    def recheck_new(
        self, person: Person, factor: Factor, code: Plain, address: str, now: datetime
    ) -> Sequence[Write] | None:
        """What uses up a code of an app that somebody who is logged in is setting up.

        None, counted, when it is wrong.
        """
        if self._is_barred(person, address, now):
            return None
        proof = self.proofs.of_new(factor, code, now)
        return proof.writes if self._counted(person, proof.why, address, now) else None

    def recheck_factor(
        self, person: Person, given: Plain | Shown, address: str, now: datetime
    ) -> Proof | None:
        """What somebody who is logged in proves by a security key, or by a code of any kind.

        None, counted, when it is wrong.
        """
        if self._is_barred(person, address, now):
            return None
        if isinstance(given, Shown):
            proof = self.proofs.of_key(person, given, now)
        else:
            proof = self.proofs.of(person, given, now, again=True)
        return proof if self._counted(person, proof.why, address, now) else None

    def _counted(self, person: Person, why: str, address: str, now: datetime) -> bool:
        """Whether all is well with somebody who is logged in; else it counts as a failure."""
        if why:
            self.failures.count(person, why, address, now, self.terms(None).strictness)
        return not why

    def _is_barred(self, person: Person, address: str, now: datetime) -> bool:
        """Whether nothing that he shows will do now. Raises Throttled."""
        self.failures.pace(login_allowance(person.user.user_name, address), now)
        return person.login.lockout.is_locked(now)

    def _find(self, attempt: Attempt) -> tuple[Person | None, Terms]:
        """Who he says he is, and what holds, as of one moment. Two reads, found or not."""
        person, rows = self.users.find_at_the_door(attempt.user_name, [GATE_KEY])
        return person, self.terms(rows.get(GATE_KEY))

    def _judge(self, case: Case) -> Issued:
        """Let in or count the failure; Conflict when somebody else did so at the same time."""
        person, address, now = case.person, case.attempt.address, case.now
        if person is None:
            self.commit([], [entry_line(SYSTEM, "LOGIN_FAILED", UNKNOWN, now, address)])
            raise LoginFailed
        outside = case.terms.outside
        proof = self._proof(case, person)
        counts = not case.right or bool(proof.why and not proof.asks)
        if outside:
            return self._judge_elsewhere(case, person, proof, counts)
        why = self._refusal(case, person, proof)
        if why and proof.asks and why == proof.why:
            told = self.proofs.codes.asked(person, address, now)
            why = "a code was mailed" if told.events else "no code could be mailed"
            line = entry_line(SYSTEM, "LOGIN_FAILED", str(person.user.id), now, address, why)
            self.commit(told.writes, [line], told.events)
            raise LoginFailed
        if why:
            rule = case.terms.strictness if counts else None
            self.failures.count(person, why, address, now, rule)
            raise LoginFailed
        written = self._logged_in(person.login, case.attempt.password, now)
        return self.issuing.issue(case, person, [written, *proof.writes])

    def _proof(self, case: Case, person: Person) -> Proof:
        """What he shows proves: a security key, or a code of his app, or one mailed to him."""
        attempt, now, outside = case.attempt, case.now, case.terms.outside
        if attempt.shown is not None:
            return self.proofs.of_key(person, attempt.shown, now)
        if person.user.mails_codes and not person.has_factor:
            return self.proofs.mailed(person, attempt.code, attempt.address, now, outside=outside)
        return self.proofs.of(person, attempt.code, now, outside=outside, again=case.again)

    def _judge_elsewhere(self, case: Case, person: Person, proof: Proof, counts: bool) -> Issued:
        """The same outside the writing region, which may not change the account's row.

        Failures are counted there, in a row of that region, until they are too many.
        """
        address, now = case.attempt.address, case.now
        failures = elsewhere_allowance(person.user.id, case.terms.strictness)
        full = self.throttle.is_spent(failures, now)
        why = "too many failures" if full else self._refusal(case, person, proof)
        id = str(person.user.id)
        if why:
            if counts:
                self.throttle.take(failures, now)
            self.commit([], [entry_line(SYSTEM, "LOGIN_FAILED", id, now, address, why)])
            raise LoginFailed
        return self.issuing.issue(case, person, proof.writes)

    def _refusal(self, case: Case, person: Person, proof: Proof) -> str:
        """Why nobody comes in, for the audit; "" when he does."""
        lockout, address = person.login.lockout, case.attempt.address
        if lockout.is_locked(case.now):
            return "the account is locked"
        if lockout.is_full(case.now, case.terms.strictness) and not self.throttle.take(
            delay_allowance(person.user.id, address), case.now
        ):
            return "too soon after failures"
        if not case.right:
            return "wrong password"
        if not case.terms.definitions.admits(person.standing, address):
            return "not from this address"
        return proof.why if person.standing.enabled else "the account is disabled"

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
        record = entry_line(id, "TOKEN_REFRESH", str(id), now, address)
        try:
            self.commit([self.sessions.refreshed(session, after)], [record])
        except Conflict:
            self._end(session, "a refresh token was used twice at once", address, now)
            raise LoginFailed from None
        return Issued(access.text(), refresh.text())

    def _end(self, session: Session, why: str, address: str, now: datetime) -> None:
        id = session.user_id
        record = entry_line(SYSTEM, "SESSION_ENDED", str(id), now, address, why)
        self.commit([self.sessions.ended(session.id, session.region)], [record])


def _parsed(token: Plain) -> Token:
    try:
        return Token.parse(token.reveal())
    except Unauthenticated:
        raise LoginFailed from None
