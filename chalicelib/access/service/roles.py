"""Roles: what they hold, and who has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.access.permission import Permission
from chalicelib.access.permissions import BY_ID, NAMES
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach, require_reach_of_roles, role_of
from chalicelib.access.role import EPOCH, FIRST_OWN_ROLE, Definitions, Role, with_shipped
from chalicelib.access.user import Standing, folded, named
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.paging import Page, Paging, page

from .owning import changeable, group_of
from .ports import Commit, Epochs, Groups, Ids, Users
from .standings import Standings


@dataclass(frozen=True, slots=True)
class AssignedRole:
    """A role that a user has, and through which groups; `own` if it is his without any."""

    role: Role
    own: bool
    groups: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class RoleService:
    groups: Groups
    users: Users
    standings: Standings
    epochs: Epochs
    commit: Commit
    ids: Ids

    def search(self, include_inactive: bool, paging: Paging) -> Page[Role]:
        """A page of roles, by name unless asked otherwise."""
        roles = self.groups.definitions().roles.values()
        return _paged([role for role in roles if include_inactive or role.enabled], paging)

    def every(self) -> list[Role]:
        """All roles, disabled ones too."""
        return list(self.groups.definitions().roles.values())

    def get(self, id: int) -> Role:
        """One role. Raises NotFound."""
        return role_of(self.groups.definitions(), id)

    def create(self, who: Principal, name: str, enabled: bool, now: datetime) -> Role:
        """A new role without permissions. Raises StillUsed when the name is taken."""
        id = FIRST_OWN_ROLE + self.ids.next("role")
        role = Role(id, named(name, "The role name"), now, enabled=enabled)
        self._save(who, "CREATE", (None, role), now)
        return self.get(id)

    def change(
        self, who: Principal, id: int, name: str | None, enabled: bool | None, now: datetime
    ) -> Role:
        """The role as changed; for all who have it with this very change. None leaves it."""
        before = self.get(id)
        before.require_changeable()
        require_reach(who, before.permissions)
        after = replace(
            before,
            name=before.name if name is None else named(name, "The role name"),
            enabled=before.enabled if enabled is None else enabled,
        )
        if after != before:
            self._save(who, "UPDATE", (before, after), now)
        return self.get(id)

    def permit(
        self, who: Principal, id: int, permission_ids: Collection[int], now: datetime
    ) -> None:
        """The role holds these permissions and no others; for all who have it, at once.

        Raises AccessDenied when one of them, or one it held, is not the caller's own.
        """
        before = self.get(id)
        before.require_changeable()
        after = replace(before, permissions=frozenset(map(_permission_name, permission_ids)))
        require_reach(who, before.permissions | after.permissions)
        if after != before:
            self._save(who, "UPDATE_PERMISSIONS", (before, after), now)

    def unassigned(self) -> list[str]:
        """The permissions that no role holds, by name."""
        roles = self.groups.definitions().roles.values()
        return sorted(NAMES.difference(*(role.permissions for role in roles)))

    def of_user(self, user_id: int, paging: Paging) -> Page[Role]:
        """A page of the roles that are a user's own."""
        known = self.groups.definitions().roles
        ids = self._standing(user_id).roles
        return _paged([known[id] for id in ids if id in known], paging)

    def assigned_to(self, user_id: int, paging: Paging) -> Page[AssignedRole]:
        """A page of all roles that a user has, with the groups they come from."""
        standing, definitions = self._standing(user_id), self.groups.definitions()
        return page(_assigned(standing, definitions), paging)

    def of_group(self, group_id: int, paging: Paging) -> Page[Role]:
        """A page of a group's roles."""
        definitions = self.groups.definitions()
        ids = group_of(definitions, self.users, group_id).roles
        return _paged([definitions.roles[id] for id in ids if id in definitions.roles], paging)

    def give_user(
        self, who: Principal, user_id: int, role_ids: Collection[int], now: datetime
    ) -> None:
        """A user has these roles too. May be repeated."""
        settled(partial(self._user_roles, who, user_id, role_ids, now, gives=True))

    def take_from_user(
        self, who: Principal, user_id: int, role_ids: Collection[int], now: datetime
    ) -> None:
        """A user has these roles no more. StillUsed for the last Administrator."""
        settled(partial(self._user_roles, who, user_id, role_ids, now, gives=False))

    def give_group(
        self, who: Principal, group_id: int, role_ids: Collection[int], now: datetime
    ) -> None:
        """All members of a group have these roles too, at once. May be repeated."""
        settled(partial(self._group_roles, who, group_id, role_ids, now, gives=True))

    def take_from_group(
        self, who: Principal, group_id: int, role_ids: Collection[int], now: datetime
    ) -> None:
        """The members of a group have these roles no more through it."""
        settled(partial(self._group_roles, who, group_id, role_ids, now, gives=False))

    def set_group(
        self, who: Principal, group_id: int, role_ids: Collection[int], now: datetime
    ) -> None:
        """A group has these roles and no others, in one change. May be repeated."""
        settled(partial(self._set_group, who, group_id, frozenset(role_ids), now))

    def _set_group(
        self, who: Principal, group_id: int, role_ids: frozenset[int], now: datetime
    ) -> None:
        definitions = self.groups.definitions()
        before = changeable(definitions, self.users, group_id)
        gained, lost = role_ids - before.roles, before.roles - role_ids
        require_reach_of_roles(who, gained | lost, definitions)
        if gained or lost:
            writes = [
                self.groups.group_saved(replace(before, roles=role_ids)),
                self.epochs.bump(EPOCH),
            ]
            moved = [(ids, gives) for ids, gives in ((gained, True), (lost, False)) if ids]
            self.commit(
                writes,
                [_roles_record(who, "Group", group_id, ids, gives, now) for ids, gives in moved],
            )

    def _user_roles(
        self,
        who: Principal,
        user_id: int,
        role_ids: Collection[int],
        now: datetime,
        gives: bool,
    ) -> None:
        require_reach_of_roles(who, role_ids, self.groups.definitions())
        before = self._standing(user_id)
        after = replace(before, roles=_moved(before.roles, role_ids, gives))
        if after != before:
            writes = self.standings.saved(before, after)
            self.commit(writes, [_roles_record(who, "User", user_id, role_ids, gives, now)])

    def _group_roles(
        self,
        who: Principal,
        group_id: int,
        role_ids: Collection[int],
        now: datetime,
        gives: bool,
    ) -> None:
        definitions = self.groups.definitions()
        require_reach_of_roles(who, role_ids, definitions)
        before = changeable(definitions, self.users, group_id)
        after = replace(before, roles=_moved(before.roles, role_ids, gives))
        if after != before:
            writes = [self.groups.group_saved(after), self.epochs.bump(EPOCH)]
            self.commit(writes, [_roles_record(who, "Group", group_id, role_ids, gives, now)])

    def _standing(self, user_id: int) -> Standing:
        standing = self.users.standings([user_id]).get(user_id)
        if standing is None:
            raise NotFound(f"The user {user_id} was not found.")
        return standing

    def _save(
        self, who: Principal, action: str, states: tuple[Role | None, Role], now: datetime
    ) -> None:
        """states: before and after"""
        before, role = states
        names = self.groups.named("role", role.id, role.name, before.name if before else "")
        if any(folded(role.name) == folded(one.name) for one in with_shipped(()).values()):
            raise StillUsed("A role of that name exists already.")
        writes = [self.groups.role_saved(role), *names, self.epochs.bump(EPOCH)]
        record = AuditRecord(
            who.user_id, action, "Role", str(role.id), now, _told(*states), who.address
        )
        try:
            self.commit(writes, [record])
        except Conflict:
            if names:
                raise StillUsed("A role of that name exists already.") from None
            raise


def permissions_held(role: Role) -> list[Permission]:
    """A role's permissions by name."""
    held = [one for one in BY_ID.values() if one.name in role.permissions]
    return sorted(held, key=lambda one: one.name)


MOST_TOLD = 900
"""Characters of one line of the trail."""


def _told(before: Role | None, after: Role) -> str:
    """Which permissions were added and removed, for the trail."""
    held = before.permissions if before else frozenset()
    moved = (("added", after.permissions - held), ("removed", held - after.permissions))
    told = "; ".join(f"{how}: {', '.join(sorted(names))}" for how, names in moved if names)
    return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"


def _assigned(standing: Standing, definitions: Definitions) -> list[AssignedRole]:
    joined = [definitions.groups[id] for id in standing.groups if id in definitions.groups]
    found = []
    for id in sorted(definitions.roles_of(standing)):
        through = [one for one in joined if one.enabled and id in one.roles]
        groups = tuple((one.id, one.name) for one in through)
        found.append(AssignedRole(definitions.roles[id], id in standing.roles, groups))
    return found


def _permission_name(id: int) -> str:
    if id not in BY_ID:
        raise Invalid(f"There is no role permission {id}.")
    return BY_ID[id].name


def _moved(roles: frozenset[int], ids: Collection[int], gives: bool) -> frozenset[int]:
    return roles | frozenset(ids) if gives else roles - frozenset(ids)


def _paged(roles: list[Role], paging: Paging) -> Page[Role]:
    return page(sorted(roles, key=lambda one: folded(one.name)), paging, _property)


def _property(role: Role, name: str) -> object:
    return {"id": role.id, "name": role.name, "created": role.created.timestamp()}.get(name)


def _roles_record(  # noqa: PLR0913 - the parts of an audit line
    who: Principal, kind: str, id: int, role_ids: Collection[int], gives: bool, now: datetime
) -> AuditRecord:
    action = "ADD_ROLE" if gives else "REMOVE_ROLE"
    roles = ", ".join(map(str, sorted(role_ids)))
    return AuditRecord(who.user_id, action, kind, str(id), now, f"roles {roles}", who.address)
