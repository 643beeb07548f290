"""Second factors: set one up, replace its recovery codes, take it away, reset another user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from chalicelib.access import factor as rule
from chalicelib.access.factor import Factor
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.user import Person
from chalicelib.core import totp
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, StillUsed
from chalicelib.core.plain import Plain

from .ports import Commit, Factors, Groups, Sessions, Users, Write
from .standings import Standings
from .tokens import TokenService

ISSUER = "Conclave"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown once. uri: the same as a QR code has it."""

    seed: Plain
    uri: Plain


@dataclass(frozen=True)
class FactorService:
    """random: so many random bytes"""

    users: Users
    standings: Standings
    groups: Groups
    sessions: Sessions
    factors: Factors
    tokens: TokenService
    commit: Commit
    random: Callable[[int], bytes] = field(repr=False)

    def state(self, who: Principal) -> Person:
        """The person as he stands. Raises NotFound."""
        return self._person(who.user_id)

    def begin(self, who: Principal, password: Plain, code: Plain, now: datetime) -> Enrolment:
        """A new seed for an authenticator app; nobody is asked for its codes before `confirm`.

        Repeated, the seed before is forgotten. Raises StillUsed when there is a confirmed one,
        Invalid for a wrong password, which counts as a failed log-in. Who has security keys shows
        one of their recovery codes as well.
        """
        who.require_in_person()
        person = self._person(who.user_id)
        if person.has_code:
            raise StillUsed("You have a second factor: take it away first, with one of its codes.")
        if not self.tokens.recheck(person, password, who.address, now):
            raise Invalid("The password is not right.")
        proof = self.tokens.recheck_factor(person, code, who.address, now)
        if proof is None:
            raise Invalid("The code is not right: with a security key this takes a recovery code.")
        seed = Plain(totp.as_text(self.random(totp.SEED_BYTES)))
        factor = self.factors.sealed(who.user_id, seed, now)
        begun = [*proof.writes, self.factors.begun(factor)]
        self.commit(begun, [_record(who, "TWO FACTOR BEGUN", now)])
        uri = totp.uri(seed.reveal(), ISSUER, person.user.user_name)
        return Enrolment(seed, Plain(uri))

    def confirm(self, who: Principal, code: Plain, now: datetime) -> list[Plain]:
        """Ask for codes from now on. The recovery codes, shown once; ends all his other sessions.

        Raises NotFound when nothing was begun, StillUsed when it is confirmed, Invalid for a wrong
        code, which counts as a failed log-in.
        """
        who.require_in_person()
        person = self._person(who.user_id)
        factor = person.factor
        if factor is None:
            raise NotFound("Nothing was begun: a second factor was not found.")
        if factor.confirmed:
            raise StillUsed("Your second factor is set up already.")
        used = self._used(who, person, factor, code, now)
        codes, hashes = self._recovery(who)
        after = replace(person.standing, generation=person.standing.generation + 1)
        writes = [
            *used,
            self.factors.confirmed(factor, hashes),
            *self.standings.saved(person.standing, after),
            go_on(self.sessions, who, after.generation, person.lacks_key),
        ]
        self.commit(writes, [_record(who, "TWO FACTOR ON", now)])
        return codes

    def renew_recovery(self, who: Principal, code: Plain, now: datetime) -> list[Plain]:
        """New recovery codes; those before count no more. Raises as `confirm` does."""
        person, factor = self._confirmed(who)
        used = self._spent(who, person, code, now)
        codes, hashes = self._recovery(who)
        record = _record(who, "RECOVERY CODES RENEWED", now)
        self.commit([*used, self.factors.confirmed(factor, hashes)], [record])
        return codes

    def remove(self, who: Principal, code: Plain, now: datetime) -> None:
        """Take one's own away. Whoever must have one can then only set up another.

        Raises as `confirm` does.
        """
        person, factor = self._confirmed(who)
        used = self._spent(who, person, code, now)
        self.commit([*used, self.factors.removed(factor)], [_record(who, "TWO FACTOR OFF", now)])

    def reset(self, who: Principal, id: int, now: datetime) -> None:
        """Forget another user's second factor and end his sessions. May be repeated.

        Raises NotFound, and AccessDenied when he has rights that the caller has not, or is the
        caller: a stolen session must not be able to.
        """
        settled(partial(self._reset, who, id, now))

    def _reset(self, who: Principal, id: int, now: datetime) -> None:
        person = self._person(id)
        require_reach_over(who, person.standing, self.groups.definitions())
        if id == who.user_id:
            raise AccessDenied("Access denied: another administrator resets yours.")
        after = replace(person.standing, generation=person.standing.generation + 1)
        gone = [self.factors.removed(person.factor)] if person.factor else []
        record = AuditRecord(who.user_id, "TWO FACTOR RESET", "User", str(id), now, "", who.address)
        self.commit([*gone, *self.standings.saved(person.standing, after)], [record])

    def _used(
        self, who: Principal, person: Person, factor: Factor, code: Plain, now: datetime
    ) -> Sequence[Write]:
        """What uses the code up. Raises Invalid when it is wrong."""
        used = self.tokens.recheck_new(person, factor, code, who.address, now)
        if used is None:
            raise Invalid("The code is not right.")
        return used

    def _spent(self, who: Principal, person: Person, code: Plain, now: datetime) -> Sequence[Write]:
        """The same of his factor, where its row is changed anyway: a row is written once."""
        proof = self.tokens.recheck_factor(person, code, who.address, now)
        if proof is None:
            raise Invalid("The code is not right.")
        return proof.writes if rule.is_of_app(rule.typed(code)) or proof.keys else []

    def _recovery(self, who: Principal) -> tuple[list[Plain], frozenset[str]]:
        codes = rule.recovery_codes(self.random)
        return codes, frozenset(rule.hashed(who.user_id, rule.typed(one)) for one in codes)

    def _confirmed(self, who: Principal) -> tuple[Person, Factor]:
        who.require_in_person()
        person = self._person(who.user_id)
        if person.factor is None or not person.has_code:
            raise NotFound("A second factor of yours was not found.")
        return person, person.factor

    def _person(self, id: int) -> Person:
        person = self.users.find(id)
        if person is None:
            raise NotFound(f"The user {id} was not found.")
        return person


def go_on(sessions: Sessions, who: Principal, generation: int, wants_more: bool) -> Write:
    """Lets the session in use outlive the others, and do everything once nothing is wanted."""
    keep = sessions.regenerated if wants_more else sessions.enrolled
    return keep(who.session_id, generation)


def _record(who: Principal, action: str, now: datetime) -> AuditRecord:
    return AuditRecord(who.user_id, action, "User", str(who.user_id), now, "", who.address)
