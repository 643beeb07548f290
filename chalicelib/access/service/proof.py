"""What somebody shows besides his password: a security key, or a code of one kind or another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.access import factor as rule
from chalicelib.access.security_key import SecurityKeys, Shown, Unproven
from chalicelib.access.user import Person
from chalicelib.core import totp
from chalicelib.core.plain import Plain

from .mail_codes import MailCodes
from .ports import Ceremonies, Factors, Keys, Throttle, Write


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether it will do. why: not, for the audit. writes: what uses it up, if it will.

    asks: a code is to be mailed to him, for which he did not come with one
    keys: his security keys as `writes` leaves them, if it changes them
    """

    why: str = ""
    writes: Sequence[Write] = field(default=(), repr=False)
    asks: bool = False
    keys: SecurityKeys | None = None


@dataclass(frozen=True)
class Proofs:
    """No code is good twice: that is a condition of the very transaction that it lets through.

    Codes are counted where they are used. So of a mirrored cluster each region takes a code once.

    ceremonies: made when a security key is shown, and not before
    """

    factors: Factors
    throttle: Throttle
    codes: MailCodes
    keys: Keys
    ceremonies: Callable[[], Ceremonies]

    def of(
        self, person: Person, code: Plain, now: datetime, *, outside: bool = False, again: bool
    ) -> Proof:
        """What a code proves of a person; without a second factor none is needed.

        again: somebody wrote at the same time, perhaps with the same code: look before. One
        GetItem then. Raises Unsealable, and then nobody is let in.
        """
        factor, given = person.factor, rule.typed(code)
        if not person.has_factor:
            return Proof()
        if not given:
            return Proof("no code" if person.has_code else "no security key")
        if factor is not None and factor.confirmed and rule.is_of_app(given):
            return self._of_app(factor, given, now, again)
        if outside:
            return Proof("recovery codes count in the writing region only")
        return self._recovered(person, rule.hashed(person.user.id, given))

    def _recovered(self, person: Person, hashed: str) -> Proof:
        """What a recovery code proves: of the app, or of the keys."""
        factor, keys = person.factor, person.keys
        if factor is not None and factor.confirmed and hashed in factor.recovery:
            return Proof(writes=[self.factors.recovered(factor, hashed)])
        if keys is not None and hashed in keys.recovery:
            return self._of_keys(keys.recovered(hashed))
        return Proof("wrong code")

    def of_key(self, person: Person, shown: Shown, now: datetime) -> Proof:
        """The same of a security key that was shown. Its use is written down with its count."""
        keys = person.keys
        if keys is None:
            return Proof("no security key is registered")
        if not shown.challenge:
            return Proof("the challenge has ended, was used, or is not of this attempt")
        try:
            key, counter = self.ceremonies().asserted(shown, keys)
        except Unproven as error:
            return Proof(str(error))
        return self._of_keys(keys.used(key, counter, now))

    def _of_keys(self, after: SecurityKeys) -> Proof:
        return Proof(writes=[self.keys.saved(after)], keys=after)

    def mailed(
        self, person: Person, code: Plain, address: str, now: datetime, *, outside: bool
    ) -> Proof:
        """The same of a code that was mailed for an attempt from that address."""
        given = rule.typed(code)
        if outside:
            return Proof("codes by e-mail count in the writing region only")
        if not given:
            return Proof("no code", asks=True)
        used = self.codes.used(person, given, address, now)
        return Proof("wrong code") if used is None else Proof(writes=[used])

    def of_new(self, factor: rule.Factor, code: Plain, now: datetime) -> Proof:
        """The same of a factor that is being set up."""
        return self._of_app(factor, rule.typed(code), now, False)

    def _of_app(self, factor: rule.Factor, code: Plain, now: datetime, again: bool) -> Proof:
        seed = totp.from_text(self.factors.seed(factor).reveal())
        step = totp.matching(seed, code.reveal(), now)
        if step is None:
            return Proof("wrong code")
        once, at = rule.used_once(factor.user_id, step), totp.begin_of(step)
        if again and self.throttle.is_spent(once, at):
            return Proof("the code was used before")
        return Proof(writes=[self.throttle.taken(once, at)])
