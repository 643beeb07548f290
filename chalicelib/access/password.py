"""What a user's own password must be: long, and not one that everybody tries (NIST 800-63B).

No rules about kinds of characters: they make passwords worse.
"""

from __future__ import annotations

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

SHORTEST = 12
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
_RUNS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)


def check(password: Plain, user_name: str) -> None:
    """Raise Invalid, saying what to do but never what was typed, unless the password will do."""
    text = password.reveal().casefold()
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters.")
    if text in BLOCKED or len(set(text)) < FEWEST_DIFFERENT or _is_run(text):
        raise Invalid("This password is among the first that anybody tries: choose another.")
    if _is_mostly(text, user_name.casefold()):
        raise Invalid("The password must not be made of the user name: choose another.")


def _is_run(text: str) -> bool:
    return any(text in run or text[::-1] in run for run in _RUNS)


def _is_mostly(text: str, name: str) -> bool:
    """Whether little is left once the name is taken out of it."""
    return len(name) > 2 and name in text and len(text.replace(name, "")) < SHORTEST // 2
