"""Owners: who looks after one group or one user without administering all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from chalicelib.core.errors import AccessDenied

from .principal import Principal


@dataclass(frozen=True, slots=True)
class Owners:
    """The ids of users, and of groups whose members all are."""

    users: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.groups)

    def include(self, who: Principal) -> bool:
        return who.user_id in self.users or not self.groups.isdisjoint(who.groups)

    def __or__(self, others: Owners) -> Owners:
        return Owners(self.users | others.users, self.groups | others.groups)

    def __sub__(self, others: Owners) -> Owners:
        return Owners(self.users - others.users, self.groups - others.groups)

    def told(self) -> str:
        """For the trail."""
        named = (("users", self.users), ("groups", self.groups))
        parts = [f"{kind} {', '.join(map(str, sorted(ids)))}" for kind, ids in named if ids]
        return "owners: " + ("; ".join(parts) or "none")


NO_OWNERS = Owners()


@dataclass(frozen=True, slots=True)
class AskedOwners:
    """Owners as a request names them. A group id may be that of somebody's personal group."""

    user_ids: Collection[int] = ()
    group_ids: Collection[int] = ()
    user_names: Collection[str] = field(default=(), repr=False)
    group_names: Collection[str] = ()

    def __bool__(self) -> bool:
        return any((self.user_ids, self.group_ids, self.user_names, self.group_names))


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner, by name. user_id: None for a group; a user's group is his personal one."""

    group_id: int
    name: str
    user_id: int | None = None


GROUPS = ("Administer Groups", "Own Group")
SEEN_GROUPS = ("View Groups", "Own Group")
USERS = ("Administer Users", "Own User")
SEEN_USERS = ("View Users", "Own User")
"""Role permissions: the first reaches all of them, the second those that one owns."""


def reaches(who: Principal, owners: Owners, permissions: tuple[str, str]) -> bool:
    every, own = permissions
    return who.may(every) or (who.may(own) and owners.include(who))


def require_reaches(who: Principal, owners: Owners, permissions: tuple[str, str]) -> None:
    """Raise AccessDenied for who has neither the permission for all, nor owns this one."""
    if not reaches(who, owners, permissions):
        every, own = permissions
        raise AccessDenied(
            f"Access denied: this takes the role permission {every}, or {own} and being an owner."
        )
