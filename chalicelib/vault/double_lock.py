"""DoubleLock: a second key on the values of secrets, which people's second passwords open. Pure.

    second password --argon2id--> private key --opens--> box --holds--> key of the lock --> value

A user makes a key pair with his second password; its public half is open. A lock has a key, boxed
to the public key of each holder. The cluster keeps all of it and can open none of it by itself. A
new edition of the key is made when a holder is taken out; it opens the editions before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from chalicelib.access.lockout import MINUTE, Allowance
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, StillUsed

from .grants import Deed
from .state import SecretState

MOST_HOLDERS = 200
MOST_LOCKS = 1_000
MOST_EDITIONS = 200
MAX_NAME = 100

KEPT = frozenset({Deed.REVEAL, Deed.HISTORY})
"""What only a holder does, with his second password."""

NEVER = frozenset({Deed.HEARTBEAT, Deed.CHANGE_PASSWORD, Deed.CHECK_OUT, Deed.COPY, Deed.CONVERT})
"""What nobody does: the cluster would have to open the values by itself."""

OpenLocks: TypeAlias = Mapping[int, Mapping[int, bytes]]
"""The keys of locks in the clear, for one request: by lock, then by edition."""

NONE_OPEN: OpenLocks = MappingProxyType({})


class RequiresDoubleLockPassword(AccessDenied):
    """The secret requires your DoubleLock password: send it as doubleLockPassword."""

    code = "API_RequiresDoubleLockPassword"


class CreateDoubleLockPassword(AccessDenied):
    """You have no DoubleLock password yet: make one, and let a holder add you."""

    code = "API_CreateDoubleLockPassword"


class DoubleLockNoAccess(AccessDenied):
    """You are no holder of the secret's DoubleLock: one of its holders can add you."""

    code = "API_DoubleLockNoAccess"


class WrongDoubleLockPassword(RequiresDoubleLockPassword):
    """The DoubleLock password is wrong."""


class UnderDoubleLock(AccessDenied):
    """The secret is under a DoubleLock: not checked, changed, checked out, copied or converted."""

    code = "API_UnderDoubleLock"


class Standing(StrEnum):
    """What a user needs to get through a lock: the contract's SecretAccessRequired."""

    PASSWORD = "RequiresDoubleLockPassword"  # noqa: S105 - a state's name
    PAIR = "CreateDoubleLockPassword"
    NO_ACCESS = "DoubleLockNoAccess"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A user's. `number` counts the passwords that it had; `id` is never used twice.

    sealed: its private half, under his second password and the cluster's data key
    """

    user_id: int
    id: str
    number: int
    public: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the newest key of a lock in a box for the key pair `pair`."""

    user_id: int
    pair: str
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DoubleLock:
    """edition: of its newest key
    former:  the key of each earlier edition, by that edition: sealed under the one that followed
    secrets: how many are under it
    """

    id: int
    name: str
    edition: int = 1
    holders: tuple[Holder, ...] = ()
    former: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    secrets: int = 0
    version: int = 0

    def holder(self, user_id: int) -> Holder | None:
        return next((one for one in self.holders if one.user_id == user_id), None)

    def standing(self, user_id: int, pair: KeyPair | None) -> Standing:
        """What that user needs. One who made a new pair holds nothing until he is added anew."""
        if pair is None:
            return Standing.PAIR
        mine = self.holder(user_id)
        return Standing.PASSWORD if mine and mine.pair == pair.id else Standing.NO_ACCESS

    def held_by(self, wanted: Holder) -> DoubleLock:
        """The lock with that holder; his box takes the place of one that he had."""
        others = tuple(one for one in self.holders if one.user_id != wanted.user_id)
        if len(others) >= MOST_HOLDERS:
            raise Invalid(f"A DoubleLock has at most {MOST_HOLDERS} holders.")
        return replace(self, holders=(*others, wanted))

    def without(self, user_id: int) -> DoubleLock:
        """The lock without that holder. StillUsed when nobody could open its secrets any more."""
        others = tuple(one for one in self.holders if one.user_id != user_id)
        if not others and self.secrets:
            raise StillUsed(
                f"Nobody else holds the DoubleLock, and {self.secrets} secrets are under it."
            )
        return replace(self, holders=others)

    def counted(self, more: int) -> DoubleLock:
        """The lock with so many more secrets under it."""
        return replace(self, secrets=max(self.secrets + more, 0))


REFUSALS: Mapping[Standing, type[AccessDenied]] = {
    Standing.PAIR: CreateDoubleLockPassword,
    Standing.NO_ACCESS: DoubleLockNoAccess,
}
"""Why the password of such a user is not even looked at."""


def refusal(lock: int, deed: Deed, opened: OpenLocks) -> AccessDenied | None:
    """Why a lock forbids a deed; nobody is exempt, unlimited administration included."""
    if not lock:
        return None
    if deed in NEVER:
        return UnderDoubleLock()
    return RequiresDoubleLockPassword() if deed in KEPT and lock not in opened else None


def demand_terms(lock: int, *, checkout: bool) -> None:
    """Raise Invalid for a lock and checkout together: a check-in could not change the password."""
    if lock and checkout:
        raise Invalid("A secret under a DoubleLock cannot have checkout.")


def demand_idle(state: SecretState) -> None:
    """Raise Invalid while somebody or something works with the values as they are sealed now."""
    works = (state.heartbeat_item, state.change_item, state.after_check_in, state.checkout)
    if any(works) or state.runs or state.is_out_of_sync:
        raise Invalid(
            "DoubleLock can be set once the secret is checked in, in sync, and no work is under way"
            " on its account."
        )


def named(name: str) -> str:
    """A lock's name as it is stored. Invalid for none, or a long one."""
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= MAX_NAME:
        raise Invalid(f"A DoubleLock's name has 1 to {MAX_NAME} characters.")
    return clean


def found(lock: DoubleLock | None) -> DoubleLock:
    if lock is None:
        raise NotFound("The DoubleLock was not found.")
    return lock


def attempts(user_id: int) -> Allowance:
    """How often a user's second password is tried at all, as for log-ins of one name."""
    return Allowance(("double-lock", str(user_id)), 20, MINUTE)


def failures(user_id: int) -> Allowance:
    """How often it may be wrong, as for log-ins."""
    return Allowance(("double-lock failures", str(user_id)), 5, timedelta(minutes=15))
