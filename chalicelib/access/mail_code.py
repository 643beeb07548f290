"""A code by e-mail as second factor: asked for by an attempt to log in, good for that alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .lockout import Allowance, network
from .user import Person

LIFE = timedelta(minutes=10)
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Challenge:
    """What waits for a code. The code itself is made when its mail is sent.

    place:    who asked and from where, under a keyed hash: another address has another challenge
    password: when his password was set: with another one, no code of before counts
    mac:      keyed hash of the code that was mailed last; "" while none was
    """

    id: str
    user_id: int
    place: str
    made_at: datetime
    password: datetime
    mac: str = field(default="", repr=False)
    used: bool = False

    def is_live(self, now: datetime) -> bool:
        return not self.used and now < self.made_at + LIFE

    def counts_for(self, person: Person, now: datetime) -> bool:
        return bool(self.mac) and self.is_live(now) and self.password == person.login.changed_at


def place_of(user_id: int, address: str) -> bytes:
    """What is hashed for a challenge's place."""
    return f"{user_id} {network(address)}".encode()


def allowance(user_id: int) -> Allowance:
    """How many codes are mailed to one user: each but the last of them counts no more."""
    return Allowance(("mail code", str(user_id)), 5, timedelta(minutes=15))
