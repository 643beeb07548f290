"""API tokens: what an application signs in with instead of a person; of its user's rights, some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core.errors import Invalid

from .permissions import NAMES
from .principal import Principal
from .session import Session, Token
from .user import named

USUAL_DAYS, MOST_DAYS = 30, 365
MOST_TOKENS = 50


@dataclass(frozen=True, slots=True)
class NewToken:
    """One to be made. scope: the role permissions that it has at most; none: all its user's."""

    name: str
    days: int = USUAL_DAYS
    scope: frozenset[str] = frozenset()

    def check(self, who: Principal) -> None:
        """Raise Invalid unless its user may have such a one."""
        if not 1 <= self.days <= MOST_DAYS:
            raise Invalid(f"days is a whole number from 1 to {MOST_DAYS}.")
        named(self.name, "The name of an API token")
        if unknown := self.scope - NAMES:
            raise Invalid(f"scope: there is no role permission {min(unknown)!r}.")
        if beyond := self.scope - who.permissions:
            raise Invalid(f"scope: you have no role permission {min(beyond)!r} yourself.")


def fresh(token: Token, new: NewToken, generation: int, now: datetime, address: str) -> Session:
    """Its session: it does not slide, and nothing refreshes it."""
    return Session(
        id=token.session_id,
        user_id=token.user_id,
        generation=generation,
        started_at=now,
        expires_at=now + timedelta(days=new.days),
        slid_at=now,
        token=token.hash(),
        refresh="",
        family="",
        address=address,
        name=named(new.name, "The name of an API token"),
        scope=new.scope,
    )
