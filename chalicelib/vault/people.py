"""Those who hold grants, as requests name them and as answers call them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.paging import MAX_TAKE, Paging

from .grants import Grantee, Who

if TYPE_CHECKING:
    from chalicelib.access.service.groups import GroupService
    from chalicelib.access.service.users import UserService
    from chalicelib.access.user import User

ALL = Paging(take=MAX_TAKE)


@dataclass(frozen=True, slots=True)
class Named:
    """A user or group. `group_id` of a user: his personal group, by which clients may name him."""

    to: Grantee
    name: str
    known_as: str
    group_id: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a request names a user or a group; the first that is given counts."""

    user_id: int | None = None
    group_id: int | None = None
    user_name: str = ""
    group_name: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Users and groups as access knows them. One Query for users, one for groups."""

    users: UserService
    groups: GroupService

    def known(self, whom: Collection[Grantee]) -> Mapping[Grantee, Named]:
        found = {}
        if any(one.who is Who.USER for one in whom):
            found = {named.to: named for named in self._users()}
        if any(one.who is Who.GROUP for one in whom):
            found |= {named.to: named for named in self._groups()}
        return {one: found[one] for one in whom if one in found}

    def members(self, whom: Collection[Grantee]) -> frozenset[int]:
        """Ids of those users, and of who is in those groups and enabled. Two reads a group.

        A group that is gone has nobody in it.
        """
        users = {one.id for one in whom if one.who is Who.USER}
        groups = self.known([one for one in whom if one.who is Who.GROUP])
        for one in groups:
            users |= {user.id for user in self.groups.members(one.id, False, ALL).records}
        return frozenset(users)

    def find(self, wanted: Wanted) -> Named:
        if wanted.user_id or wanted.user_name:
            return _only(self._users(), wanted.user_id, wanted.user_name, "user")
        if not wanted.group_id and not wanted.group_name:
            raise Invalid("A userId or groupId is required.")
        personal = [one for one in self._users() if one.group_id == wanted.group_id]
        if wanted.group_id and personal:
            return personal[0]
        return _only(self._groups(), wanted.group_id, wanted.group_name, "group")

    def _users(self) -> list[Named]:
        from chalicelib.access.user_query import UserQuery

        return [_named(one) for one in self.users.search(UserQuery(), ALL).records]

    def _groups(self) -> list[Named]:
        groups = self.groups.search("", True, ALL).records
        return [Named(Grantee(Who.GROUP, one.id), one.name, one.name, one.id) for one in groups]


def _named(user: User) -> Named:
    to = Grantee(Who.USER, user.id)
    return Named(to, user.user_name, user.display_name or user.user_name, user.personal_group_id)


def _only(known: list[Named], id: int | None, name: str, what: str) -> Named:
    for one in known:
        if (id and one.to.id == id) or (not id and one.name.casefold() == name.strip().casefold()):
            return one
    raise NotFound(f"The {what} was not found.")
