"""What may be changed of a user, and how the audit tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.settings.mail import ADDRESS

from .owners import AskedOwners
from .user import Login, Person, User, named, short

SEARCHED = ("userName", "displayName", "emailAddress")
SWITCHES = {
    "isApplicationAccount": "is_application_account",
    "oathTwoFactor": "needs_code",
    "twoFactor": "mails_codes",
    "fido2TwoFactor": "needs_key",
}


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made."""

    user_name: str
    display_name: str
    password: Plain
    email_address: str = ""
    enabled: bool = True
    is_application_account: bool = False
    needs_code: bool = False
    mails_codes: bool = False
    needs_key: bool = False


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to change of a user; None leaves it.

    needs_code:    whether he is to have a second factor; False takes the one that he has away
    mails_codes:   whether log-in asks for a code that is mailed to him
    needs_key:     whether he is to have a security key; False takes his keys away
    ends_sessions: he is logged out everywhere
    restrictions:  ids of the address restrictions that bind him, and no others
    owners:        who may change him without administering users; nobody, when it names nobody
    """

    display_name: str | None = None
    email_address: str | None = None
    enabled: bool | None = None
    is_application_account: bool | None = None
    password: Plain | None = None
    locked: bool | None = None
    lock_reason: str = "locked by an administrator"
    needs_code: bool | None = None
    mails_codes: bool | None = None
    needs_key: bool | None = None
    ends_sessions: bool = False
    restrictions: frozenset[int] | None = None
    owners: AskedOwners | None = None


def changed(user: User, change: UserChange) -> User:
    if change.display_name is not None:
        user = replace(user, display_name=named(change.display_name, "The display name"))
    if change.email_address is not None:
        user = replace(user, email_address=short(change.email_address, "The e-mail address"))
    for name in ("enabled", *SWITCHES.values()):
        wanted = getattr(change, name)
        if wanted is not None:
            user = replace(user, **{name: wanted})
    if user.mails_codes and not ADDRESS.fullmatch(user.email_address):
        raise Invalid("Codes by e-mail (twoFactor) need an e-mail address of the user.")
    return user


def locked(login: Login, change: UserChange, now: datetime) -> Login:
    """Locked or unlocked, if that is asked for and not so already."""
    lockout = login.lockout
    if change.locked and not lockout.reason:
        return replace(login, lockout=lockout.closed(change.lock_reason))
    if change.locked is False and lockout.is_locked(now):
        return replace(login, lockout=lockout.opened())
    return login


def told(before: Person, after: Person) -> Iterator[tuple[str, str]]:
    """What the audit says of a change: actions, and the names of properties, never their values."""
    yield from _told_of_user(before.user, after.user)
    if before.user.enabled != after.user.enabled:
        yield ("ENABLE" if after.user.enabled else "DISABLE"), ""
    if before.factor is not None and after.factor is None:
        yield "TWO FACTOR OFF", ""
    if before.keys is not None and after.keys is None:
        yield "SECURITY KEYS OFF", ""
    if before.login.password_hash != after.login.password_hash:
        yield "PASSWORD_RESET", ""
    if before.login.lockout.reason != after.login.lockout.reason:
        yield ("LOCK" if after.login.lockout.reason else "UNLOCK"), after.login.lockout.reason
    elif before.login.lockout.locked_until and not after.login.lockout.locked_until:
        yield "UNLOCK", ""


def _told_of_user(before: User, after: User) -> Iterator[tuple[str, str]]:
    old, new = texts(before), texts(after)
    names = [name for name in SEARCHED if old[name] != new[name]]
    names += [name for name, one in SWITCHES.items() if getattr(before, one) != getattr(after, one)]
    if names:
        yield "UPDATE", ", ".join(names)
    if before.owners != after.owners:
        yield "UPDATE", after.owners.told()


def texts(user: User) -> dict[str, str]:
    return dict(zip(SEARCHED, (user.user_name, user.display_name, user.email_address), strict=True))
