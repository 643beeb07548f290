"""Security keys: sign in with one; register, list and remove one's own; reset another user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.access import factor as rule
from chalicelib.access.lockout import network
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.security_key import (
    CONFIRM,
    LIFE,
    REGISTER,
    SIGN_IN,
    Place,
    Response,
    SecurityKey,
    SecurityKeys,
    Shown,
    Unproven,
    challenge_allowance,
    key_name,
)
from chalicelib.access.user import Person, folded
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Invalid, NotFound
from chalicelib.core.plain import Plain

from .entry import Attempt, Issued
from .factors import go_on
from .ports import Ceremonies, Commit, Groups, Keys, Once, Random, Sessions, Users, Write
from .proof import Proof
from .standings import Standings
from .tokens import TokenService

PURPOSE = "security key"


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge: what finishes it, and what a browser is asked."""

    id: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody shows of his factor, besides the session: a code, or a key for a challenge."""

    place: Place
    code: Plain
    challenge: str = ""
    response: Response | None = None


@dataclass(frozen=True)
class KeyService:
    """mac: a keyed hash for a purpose, in hex. random: so many random bytes. ids: fresh ids."""

    users: Users
    standings: Standings
    groups: Groups
    sessions: Sessions
    keys: Keys
    once: Once
    ceremonies: Callable[[], Ceremonies]
    tokens: TokenService
    commit: Commit
    mac: Callable[[str, bytes], str]
    random: Callable[[int], bytes] = field(repr=False)
    ids: Random = field(repr=False)

    def ask_to_sign_in(self, name: str, place: Place, address: str, now: datetime) -> Asked:
        """A challenge for an attempt of that name from that address: alike whoever has the name.

        Raises Throttled. Two AWS calls.
        """
        self.tokens.failures.pace(challenge_allowance(address), now)
        return self._asked(SIGN_IN, place, self._attempt(name, address), now)

    def sign_in(
        self, attempt: Attempt, id: str, place: Place, response: Response, now: datetime
    ) -> Issued:
        """Tokens for name, password and key. The challenge is used up, whatever comes of it.

        Raises what `TokenService.log_in` does. Five AWS calls.
        """
        bound = self._attempt(attempt.user_name, attempt.address)
        shown = self._shown(SIGN_IN, id, place, bound, response, now)
        return self.tokens.log_in(replace(attempt, shown=shown), now)

    def state(self, who: Principal) -> Person:
        """The person as he stands. Raises NotFound."""
        return self._person(who.user_id)

    def ask_to_confirm(self, who: Principal, place: Place, now: datetime) -> Asked:
        """A challenge with which he shows a key for what he is about to change of them."""
        who.require_in_person()
        return self._asked(CONFIRM, place, who.session_id, now)

    def begin(self, who: Principal, password: Plain, given: Given, now: datetime) -> Asked:
        """A challenge for a new key. Whoever has a second factor shows it besides the password.

        Raises Invalid for a wrong password or factor, which counts as a failed log-in.
        """
        who.require_in_person()
        person = self._person(who.user_id)
        if not self.tokens.recheck(person, password, who.address, now):
            raise Invalid("The password is not right.")
        proof = self._proof(who, person, given, now)
        self.commit(proof.writes, [_record(who, "SECURITY KEY BEGUN", now)])
        asked = self._asked(REGISTER, given.place, who.session_id, now)
        user = (who.user_id, person.user.user_name)
        keys = person.keys or SecurityKeys(who.user_id)
        challenge = self._challenge(asked.id)
        options = self.ceremonies().creation(given.place, user, keys, challenge)
        return replace(asked, options=options)

    def register(  # noqa: PLR0913 - the parts of a ceremony
        self, who: Principal, id: str, name: str, place: Place, response: Response, now: datetime
    ) -> tuple[SecurityKey, list[Plain]]:
        """The new key. With the first one come recovery codes, and his other sessions end.

        Raises Invalid when the answer or the challenge will not do, StillUsed for a key of his.
        """
        who.require_in_person()
        named = key_name(name)
        shown = self._shown(REGISTER, id, place, who.session_id, response, now)
        if not shown.challenge:
            raise Invalid("The challenge has ended or was used: begin again.")
        try:
            credential, counter = self.ceremonies().registered(shown)
        except Unproven as error:
            raise Invalid(f"The key was not taken: {error}.") from None
        made = SecurityKey(0, credential, named, place.site, counter, now)
        return settled(partial(self._register, who, made, now))

    def _register(
        self, who: Principal, made: SecurityKey, now: datetime
    ) -> tuple[SecurityKey, list[Plain]]:
        person, codes, writes = self._person(who.user_id), list[Plain](), list[Write]()
        after = (person.keys or SecurityKeys(who.user_id)).with_key(made)
        if person.keys is None:
            codes, hashes = self._recovery(who)
            after = replace(after, recovery=hashes)
            standing = replace(person.standing, generation=person.standing.generation + 1)
            wants_code = person.user.needs_code and not person.has_code
            writes += self.standings.saved(person.standing, standing)
            writes.append(go_on(self.sessions, who, standing.generation, wants_code))
        key = after.keys[-1]
        record = _record(who, "SECURITY KEY ADDED", now, f"{key.number}: {key.name}")
        self.commit([self.keys.saved(after), *writes], [record])
        return key, codes

    def remove(self, who: Principal, number: int, given: Given, now: datetime) -> None:
        """Take one of one's own away; with the last go the recovery codes.

        Raises NotFound, and Invalid for a wrong factor, which counts as a failed log-in.
        """
        person, keys = self._of(who)
        keys.without(number)
        proof = self._proof(who, person, given, now)
        after = (proof.keys or keys).without(number)
        write = self.keys.saved(after) if after.keys else self.keys.removed(keys)
        others = () if proof.keys else proof.writes
        self.commit([write, *others], [_record(who, "SECURITY KEY REMOVED", now, str(number))])

    def renew_recovery(self, who: Principal, given: Given, now: datetime) -> list[Plain]:
        """New recovery codes; those before count no more. Raises as `remove` does."""
        person, keys = self._of(who)
        proof = self._proof(who, person, given, now)
        codes, hashes = self._recovery(who)
        after = replace(proof.keys or keys, recovery=hashes)
        others = () if proof.keys else proof.writes
        record = _record(who, "RECOVERY CODES RENEWED", now, "of the security keys")
        self.commit([self.keys.saved(after), *others], [record])
        return codes

    def reset(self, who: Principal, id: int, now: datetime) -> None:
        """Forget another user's keys and end his sessions. May be repeated.

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
        gone = [self.keys.removed(person.keys)] if person.keys else []
        line = AuditRecord(
            who.user_id, "SECURITY KEYS RESET", "User", str(id), now, "", who.address
        )
        self.commit([*gone, *self.standings.saved(person.standing, after)], [line])

    def _asked(self, what: str, place: Place, bound: str, now: datetime) -> Asked:
        id = self.ids()
        self.once.keep(id, what, {"bound": bound, "origin": place.origin}, now + LIFE)
        return Asked(id, self.ceremonies().request(place, self._challenge(id)))

    def _shown(  # noqa: PLR0913 - the parts of a ceremony
        self, what: str, id: str, place: Place, bound: str, response: Response, now: datetime
    ) -> Shown:
        """What was shown for a challenge, which is thereby used up. One AWS call."""
        facts: Mapping[str, Any] | None = self.once.take(id, what, now)
        good = facts == {"bound": bound, "origin": place.origin}
        return Shown(place, self._challenge(id) if good else b"", response)

    def _proof(self, who: Principal, person: Person, given: Given, now: datetime) -> Proof:
        """Raises Invalid."""
        shown: Plain | Shown = given.code
        if given.response is not None:
            bound = who.session_id
            shown = self._shown(CONFIRM, given.challenge, given.place, bound, given.response, now)
        proof = self.tokens.recheck_factor(person, shown, who.address, now)
        if proof is None:
            raise Invalid("The code or the security key is not right.")
        return proof

    def _attempt(self, name: str, address: str) -> str:
        """An attempt as its challenge knows it: by a keyed hash, since a password may be there."""
        return self.mac(PURPOSE, f"{network(address)} {folded(name)}".encode())

    def _challenge(self, id: str) -> bytes:
        return bytes.fromhex(self.mac(f"{PURPOSE} challenge", id.encode()))

    def _recovery(self, who: Principal) -> tuple[list[Plain], frozenset[str]]:
        codes: Sequence[Plain] = rule.recovery_codes(self.random)
        hashes = frozenset(rule.hashed(who.user_id, rule.typed(one)) for one in codes)
        return list(codes), hashes

    def _of(self, who: Principal) -> tuple[Person, SecurityKeys]:
        who.require_in_person()
        person = self._person(who.user_id)
        if person.keys is None:
            raise NotFound("A security key of yours was not found.")
        return person, person.keys

    def _person(self, id: int) -> Person:
        person = self.users.find(id)
        if person is None:
            raise NotFound(f"The user {id} was not found.")
        return person


def _record(who: Principal, action: str, now: datetime, detail: str = "") -> AuditRecord:
    return AuditRecord(who.user_id, action, "User", str(who.user_id), now, detail, who.address)
