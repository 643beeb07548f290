"""Users: what is known of them, and what a change to them may not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.core.errors import Invalid

from .factor import Factor
from .lockout import Lockout
from .owners import NO_OWNERS, Owners
from .security_key import SecurityKeys

LONGEST_NAME = 256
LONGEST_TEXT = 320


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in. His personal group has an id of its own, for grants to him alone.

    needs_code:  an administrator wants an app of him: without one he can only set it up
    mails_codes: log-in asks for a code that is mailed to him, unless he has an app or a key
    needs_key:   an administrator wants a security key of him, in the same way
    owners:      who may change him without administering users
    """

    id: int
    user_name: str
    display_name: str
    created: datetime
    email_address: str = ""
    enabled: bool = True
    is_application_account: bool = False
    personal_group_id: int = 0
    needs_code: bool = False
    mails_codes: bool = False
    needs_key: bool = False
    owners: Owners = NO_OWNERS
    version: int | None = None

    @property
    def takes_seat(self) -> bool:
        """Whether licences count him: every enabled named user, no application account."""
        return self.enabled and not self.is_application_account


@dataclass(frozen=True, slots=True)
class Login:
    """What a user logs in with, and how that went lately."""

    user_id: int
    password_hash: str = field(repr=False)
    changed_at: datetime
    lockout: Lockout = Lockout()
    last_login: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What every request asks about its user: the principal row.

    generation: sessions of another generation have ended
    clients:    the accounts of applications that act as him; sessions of any other have ended
    """

    user_id: int
    name: str
    display_name: str
    enabled: bool = True
    generation: int = 1
    roles: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    personal_group_id: int = 0
    clients: frozenset[int] = frozenset()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """All rows of one user."""

    user: User
    login: Login
    standing: Standing
    factor: Factor | None = None
    keys: SecurityKeys | None = None

    @property
    def has_code(self) -> bool:
        """Whether log-in takes a code of his app."""
        return self.factor is not None and self.factor.confirmed

    @property
    def has_key(self) -> bool:
        """Whether log-in takes a security key of his."""
        return self.keys is not None

    @property
    def has_factor(self) -> bool:
        """Whether log-in asks him for one of the two."""
        return self.has_code or self.has_key

    @property
    def must_enrol(self) -> bool:
        """Whether he may do nothing else before he has set a second factor up."""
        return (self.user.needs_code and not self.has_code) or self.lacks_key

    @property
    def lacks_key(self) -> bool:
        return self.user.needs_key and not self.has_key

    def lacks_factor(self) -> bool:
        """Whether he, a person, would come in by his password alone."""
        user = self.user
        return not (self.has_factor or user.mails_codes or user.is_application_account)


def folded(name: str) -> str:
    """A name as names are compared: without regard to case and outer spaces."""
    return name.strip().casefold()


def named(text: str, what: str) -> str:
    """A name that will do, trimmed. Raises Invalid."""
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"{what} must have 1 to {LONGEST_NAME} printable characters.")
    return name


def short(text: str, what: str) -> str:
    """A text that will do, trimmed; it may be empty. Raises Invalid."""
    trimmed = text.strip()
    if len(trimmed) > LONGEST_TEXT or not trimmed.isprintable():
        raise Invalid(f"{what} must have at most {LONGEST_TEXT} printable characters.")
    return trimmed
