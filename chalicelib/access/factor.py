"""A user's second factor: an authenticator app, and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.core.plain import Plain

from .lockout import Allowance

RECOVERY_CODES = 10
RECOVERY_BYTES = 10
"""80 bits: nobody finds one by trying hashes, so SHA-256 will do."""

_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
_BETWEEN = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Factor:
    """The app that makes a user's codes.

    sealed:    its seed, for this user and this `made_at` alone
    confirmed: whether a code of it was shown; until then nobody is asked for one
    recovery:  hashes of the recovery codes that are left
    """

    user_id: int
    sealed: bytes = field(repr=False)
    made_at: datetime
    confirmed: bool = False
    recovery: frozenset[str] = field(default=frozenset(), repr=False)


def typed(code: Plain) -> Plain:
    """A code without the spaces and dashes that people type."""
    return Plain(_BETWEEN.sub("", code.reveal()).lower())


def is_of_app(code: Plain) -> bool:
    """Whether it has the form of an app's code; anything else can only be a recovery code."""
    return _DIGITS.fullmatch(code.reveal()) is not None


def recovery_codes(random: Callable[[int], bytes]) -> list[Plain]:
    """Fresh recovery codes, as people are shown them: `abcd-efgh-ijkl-mnop`."""
    return [_recovery_code(random(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def hashed(user_id: int, code: Plain) -> str:
    """What is kept of a recovery code. `code`: as `typed` gives it."""
    return hashlib.sha256(b"%d %s" % (user_id, code.reveal().encode())).hexdigest()


def used_once(user_id: int, step: int) -> Allowance:
    """A code of one step is good once."""
    return Allowance(("code", str(user_id), str(step)), 1, timedelta(minutes=5))


def _recovery_code(random: bytes) -> Plain:
    text = base64.b32encode(random).decode().lower()
    return Plain("-".join(text[start : start + 4] for start in range(0, len(text), 4)))
