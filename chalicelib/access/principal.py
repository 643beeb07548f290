"""Who asks: a user as one request sees him, with all that his roles and groups give him."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.core.audit import SYSTEM as SYSTEM_ID
from chalicelib.core.errors import AccessDenied

from .permissions import NAMES

MINE = "user#me"
"""Stands for the caller's own partition among the rows that an endpoint reads with the session."""


def partition_of(user_id: int) -> str:
    """Where the rows lie that are a user's own."""
    return f"user#{user_id}"


class Means(StrEnum):
    SESSION = "session"
    API_TOKEN = "api token"  # noqa: S105 - what it is called
    CLIENT = "sdk client"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user, or the system itself.

    groups:     ids of the groups he is in
    session_id: the session his token belongs to; "" for the system
    address:    the client's address; "" for the system
    enrols:     he may only set up the second factor that he is to have
    means:      what the token is: of a person's session, or of an application
    generation: of his sessions: those of another have ended
    unlimited:  for as long as unlimited administration is on, all secrets and folders are his
    """

    user_id: int
    name: str
    display_name: str
    permissions: frozenset[str]
    groups: frozenset[int] = frozenset()
    session_id: str = ""
    address: str = ""
    generation: int = 0
    is_system: bool = False
    enrols: bool = False
    means: Means = Means.SESSION
    unlimited: bool = False

    def may(self, permission: str) -> bool:
        """Whether one of his roles holds that permission."""
        return permission in self.permissions

    def require_in_person(self) -> None:
        """Raise AccessDenied for an application: what it holds must not outlive its end."""
        if self.means is not Means.SESSION:
            raise AccessDenied(
                "Access denied: this takes a person's session, not an application's."
            )

    def require(self, *permissions: str) -> None:
        """Raise AccessDenied unless his roles hold one of these permissions."""
        if not any(map(self.may, permissions)):
            wanted = " or ".join(permissions)
            raise AccessDenied(f"Access denied: the role permission {wanted} is missing.")


@dataclass(frozen=True, slots=True)
class Behalf:
    """Who asked for work that goes on without him: whose rights it has, as they are by then.

    generation: once his sessions of it are ended, so is what he asked for
    token:      of an application, its token's session: with that ends what it asked for; else ""
    """

    user_id: int
    generation: int
    address: str = ""
    token: str = ""


def behalf_of(who: Principal) -> Behalf:
    token = "" if who.means is Means.SESSION else who.session_id
    return Behalf(who.user_id, who.generation, who.address, token)


SYSTEM = Principal(SYSTEM_ID, "system", "System", NAMES, is_system=True)
"""Who does scheduled work."""
