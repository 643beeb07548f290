"""A user's security keys (FIDO2, WebAuthn), and the ceremonies in which a browser shows one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from chalicelib.core.errors import Invalid, NotFound, StillUsed

from .lockout import Allowance, network

LIFE = timedelta(minutes=5)
"""How long a challenge may be answered."""

MOST_KEYS = 10
LONGEST_NAME = 100
SIGN_IN, REGISTER, CONFIRM = "sign-in", "register", "confirm"

Response: TypeAlias = Mapping[str, Any]
"""What the browser answers, as `PublicKeyCredential.toJSON()` has it."""


class Unproven(Exception):
    """A key's answer does not hold; the text says why, for the audit."""


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """One key. It is good at one site only.

    number:     what its user calls it by
    credential: its public half, as base64url; no secret
    site:       the host at whose pages it was registered
    counter:    how often it has signed, by its own account; 0 for those that do not count
    """

    number: int
    credential: str = field(repr=False)
    name: str
    site: str
    counter: int
    made_at: datetime
    used_at: datetime | None = None

    def accepts(self, counter: int) -> bool:
        """Whether that count may follow: a copy of a key counts for itself, and falls behind."""
        return counter > self.counter or counter == self.counter == 0


@dataclass(frozen=True, slots=True)
class SecurityKeys:
    """All keys of one user: one row.

    recovery: hashes of the recovery codes that are left
    turn:     of the row; moves with each change and each use
    """

    user_id: int
    keys: tuple[SecurityKey, ...] = ()
    recovery: frozenset[str] = field(default=frozenset(), repr=False)
    turn: int = 0

    def with_key(self, key: SecurityKey) -> SecurityKeys:
        """Raises StillUsed when it is one of his already, Invalid when there are too many."""
        if any(one.credential == key.credential for one in self.keys):
            raise StillUsed("This key is registered already.")
        if len(self.keys) >= MOST_KEYS:
            raise Invalid(f"A user has at most {MOST_KEYS} security keys: remove one first.")
        number = max((one.number for one in self.keys), default=0) + 1
        return replace(self, keys=(*self.keys, replace(key, number=number)))

    def without(self, number: int) -> SecurityKeys:
        """Raises NotFound."""
        left = tuple(one for one in self.keys if one.number != number)
        if len(left) == len(self.keys):
            raise NotFound(f"The security key {number} was not found.")
        return replace(self, keys=left)

    def recovered(self, hashed: str) -> SecurityKeys:
        """With one recovery code fewer."""
        return replace(self, recovery=self.recovery - {hashed})

    def used(self, key: SecurityKey, counter: int, now: datetime) -> SecurityKeys:
        used = replace(key, counter=counter, used_at=now)
        return replace(self, keys=tuple(used if one is key else one for one in self.keys))


@dataclass(frozen=True, slots=True)
class Place:
    """The page that asks: its origin, which has passed the console's check, and its host."""

    origin: str
    site: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A key that a browser showed. challenge: what it had to sign; empty when there was none."""

    place: Place
    challenge: bytes = field(repr=False)
    response: Response = field(repr=False)


def key_name(text: str) -> str:
    """A key's name that will do, trimmed. Raises Invalid."""
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"name must have 1 to {LONGEST_NAME} printable characters.")
    return name


def challenge_allowance(address: str) -> Allowance:
    """How many challenges an address may ask for."""
    return Allowance(("challenge", network(address)), 100, timedelta(minutes=1))
