"""What a user's own password must be: long, and not one that everybody tries (NIST 800-63B).

No rules about kinds of characters unless an administrator wants them: they make passwords worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

LONGEST = 256
FEWEST_DIFFERENT = 5

BLOCKED = frozenset(
    {
        "administrator",
        "administrator1",
        "changemechangeme",
        "conclaveconclave",
        "correcthorsebatterystaple",
        "iloveyouiloveyou",
        "letmeinletmein",
        "passwordpassword",
        "password1234",
        "password12345",
        "password123456",
        "passw0rd1234",
        "p@ssw0rd1234",
        "qwertyqwerty",
        "qwertyuiop123",
        "secretserver",
        "thycoticthycotic",
        "welcome12345",
        "welcomewelcome",
    }
)
WORDS = (
    "administrator", "autumn", "changeme", "conclave", "default", "iloveyou", "letmein", "passwort",
    "password", "qwerty", "secretserver", "spring", "summer", "thycotic", "welcome", "winter",
)  # fmt: skip
"""With years, digits and symbols beside them they are still what anybody tries."""

FEWEST_LETTERS = 4
"""Letters that must be left once such a word is taken out."""

_AS_LETTERS = str.maketrans("@430$5!", "aaeossi")
FEWEST_BESIDES = 6
"""Characters that must be left once the user's name is taken out."""

KINDS: Mapping[str, Callable[[str], bool]] = {
    "a lower-case letter": str.islower,
    "an upper-case letter": str.isupper,
    "a digit": str.isdecimal,
    "a symbol": lambda one: not one.isalnum() and not one.isspace(),
}

_RUNS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
)
FEWEST_OF_A_RUN = 6
"""Letters that make a run also with digits and symbols between or beside them."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an administrator wants of users' passwords.

    shortest: characters at least
    kinds:    of `KINDS`, those of which one must be there
    history:  how many of his last passwords nobody takes again, the one in use included
    least_age: how old one must be before its user changes it again
    """

    shortest: int = 12
    kinds: tuple[str, ...] = ()
    history: int = 5
    least_age: timedelta = timedelta(0)


USUAL = Policy()


@dataclass(frozen=True, slots=True)
class Former:
    """A user's former passwords. hashes: newest first. own_at: when he last changed it himself."""

    hashes: tuple[str, ...] = field(default=(), repr=False)
    own_at: datetime | None = None


def check(password: Plain, user_name: str, policy: Policy = USUAL) -> None:
    """Raise Invalid, saying what to do but never what was typed, unless the password will do."""
    given = password.reveal()
    text = given.casefold()
    if not policy.shortest <= len(text) <= LONGEST:
        raise Invalid(f"A password has {policy.shortest} to {LONGEST} characters.")
    for kind in policy.kinds:
        if not any(map(KINDS[kind], given)):
            raise Invalid(f"A password has {kind} in it.")
    if _is_tried_first(text):
        raise Invalid("This password is among the first that anybody tries: choose another.")
    if _is_mostly(text, user_name.casefold()):
        raise Invalid("The password must not be made of the user name: choose another.")


def check_age(former: Former, policy: Policy, now: datetime) -> None:
    """Raise Invalid when its user changed it too lately; a reset by others does not count."""
    if former.own_at is not None and now - former.own_at < policy.least_age:
        raise Invalid("You changed your password lately: it is too early to change it again.")


def _is_tried_first(text: str) -> bool:
    if len(set(text)) < FEWEST_DIFFERENT or _is_run(text):
        return True
    if text in BLOCKED or "".join(filter(str.isalnum, text)) in BLOCKED:
        return True
    read = ["".join(filter(str.isalpha, one)) for one in (text, text.translate(_AS_LETTERS))]
    if len(read[0]) >= FEWEST_OF_A_RUN and _is_run(read[0]):
        return True
    return any(
        word in letters and len(letters.replace(word, "")) < FEWEST_LETTERS
        for letters in read
        for word in WORDS
    )


def _is_run(text: str) -> bool:
    return any(text in run or text[::-1] in run for run in _RUNS)


def _is_mostly(text: str, name: str) -> bool:
    """Whether little is left once the name is taken out of it."""
    return len(name) > 2 and name in text and len(text.replace(name, "")) < FEWEST_BESIDES
