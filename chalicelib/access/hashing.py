"""argon2id, and nothing else that knows its parameters (RFC 9106, as OWASP advises for servers)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.core.plain import Plain

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash that no password has: what an unknown user's password is checked against, in vain."""


class Argon2:
    """Hashes and checks passwords. Slow on purpose: throttle first."""

    def hash(self, password: Plain) -> str:
        return _hasher().hash(password.reveal())

    def matches(self, hashed: str, password: Plain) -> bool:
        """Whether the password has that hash; "" is nobody's, and takes as long."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return _hasher().verify(hashed or NOBODY, password.reveal())
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return _hasher().check_needs_rehash(hashed)


@dataclass(frozen=True, slots=True)
class Cost:
    """What argon2id is to cost. It is kept with whatever was made at that cost."""

    memory_kib: int
    passes: int
    lanes: int


def cost() -> Cost:
    """Today's."""
    return Cost(MEMORY_KIB, PASSES, LANES)


def key_from(password: Plain, salt: bytes, at: Cost) -> bytes:
    """A key of 32 bytes that only this password yields, with that salt. Throttle first."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        password.reveal().encode(), salt, at.passes, at.memory_kib, at.lanes, 32, Type.ID
    )


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
