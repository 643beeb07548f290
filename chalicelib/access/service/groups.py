"""Groups and who is in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from chalicelib.access.group_change import GroupChange, changed
from chalicelib.access.owners import (
    GROUPS,
    NO_OWNERS,
    SEEN_GROUPS,
    Owner,
    Owners,
    require_reaches,
)
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_of_roles
from chalicelib.access.restriction import Bound
from chalicelib.access.role import EPOCH, Definitions, Group
from chalicelib.access.user import Standing, User, folded, named
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.paging import Page, Paging, page

from .owning import by_name, changeable, group_of, resolved
from .ports import Bindings, Commit, Epochs, Groups, Ids, Users
from .standings import Standings

CHUNK = 16
"""Users a transaction: each takes three of its fifty items."""

Also: TypeAlias = tuple[list[Any], list[AuditRecord]]
UNBOUND: Also = ([], [])

MOST_MEMBERS = 1000
"""Changes of membership that one request may make."""


@dataclass(frozen=True)
class GroupService:
    groups: Groups
    users: Users
    standings: Standings
    epochs: Epochs
    commit: Commit
    ids: Ids
    restrictions: Bindings

    def search(
        self, text: str, include_inactive: bool, paging: Paging, owned_by: Principal | None = None
    ) -> Page[Group]:
        """A page of groups, by name unless asked otherwise; of `owned_by`, those that he owns."""
        found = [
            group
            for group in self.groups.definitions().groups.values()
            if (include_inactive or group.enabled) and folded(text) in folded(group.name)
            if owned_by is None or group.owners.include(owned_by)
        ]
        return page(sorted(found, key=lambda one: folded(one.name)), paging, _property)

    def get(self, id: int) -> Group:
        """One group; a personal one has its user alone in it. Raises NotFound."""
        return group_of(self.groups.definitions(), self.users, id)

    def see(self, who: Principal, id: int) -> Group:
        """The same for somebody. AccessDenied for who may see only what he owns, and not this."""
        group = self.get(id)
        require_reaches(who, group.owners, SEEN_GROUPS)
        return group

    def owners(self, group: Group) -> list[Owner]:
        """Its owners by name."""
        return by_name(group.owners, self.groups.definitions(), self.users)

    def create(self, who: Principal, new: GroupChange, now: datetime) -> Group:
        """A new, empty group. Raises StillUsed when the name is taken, NotFound for an owner."""
        name = named(new.name or "", "The group name")
        group = Group(self.ids.next("group"), name, now, new.enabled is not False)
        group = replace(group, owners=self._owned(group, new))
        self._save(who, "CREATE", (None, group), UNBOUND, now)
        return self.get(group.id)

    def change(self, who: Principal, id: int, change: GroupChange, now: datetime) -> Group:
        """The group as changed; for all its members with this very change.

        Raises NotFound, Invalid, StillUsed for a name that is taken and for who would shut himself
        out, and AccessDenied when the group has roles beyond the caller's own rights.
        """
        definitions = self.groups.definitions()
        before = changeable(definitions, self.users, id)
        require_reach_of_roles(who, before.roles, definitions)
        after = replace(changed(before, change), owners=self._owned(before, change))
        bound = self._bound(who, id, change, now)
        if after != before or bound[0]:
            self._save(who, "UPDATE", (before, after), bound, now)
        return self.get(id)

    def disable(self, who: Principal, id: int, now: datetime) -> None:
        """The group gives nothing any more, to nobody. May be repeated."""
        self.change(who, id, GroupChange(enabled=False), now)

    def members(self, id: int, include_inactive: bool, paging: Paging) -> Page[User]:
        """A page of a group's users, by name."""
        users = self.users.by_ids(self._members(self.get(id))).values()
        found = [user for user in users if include_inactive or user.enabled]
        return page(sorted(found, key=lambda one: folded(one.user_name)), paging)

    def member(self, id: int, user_id: int) -> User:
        """A user who is in the group. Raises NotFound."""
        members = self._members(self.get(id))
        user = self.users.by_ids([user_id]).get(user_id)
        if user is None or user_id not in members:
            raise NotFound(f"The user {user_id} was not found in this group.")
        return user

    def groups_of(self, user_id: int, paging: Paging) -> Page[Group]:
        """A page of the groups that a user is in."""
        standing = self._standings([user_id])[0]
        known = self.groups.definitions().groups
        found = [known[id] for id in standing.groups if id in known]
        return page(sorted(found, key=lambda one: folded(one.name)), paging)

    def assign(self, who: Principal, id: int, user_ids: Collection[int], now: datetime) -> None:
        """These users are its members, and nobody else. May be repeated: it goes on."""
        current = self.groups.members(id)
        self.join(who, [id], frozenset(user_ids) - current, now)
        self.leave(who, [id], current - frozenset(user_ids), now)

    def join(
        self, who: Principal, ids: Collection[int], user_ids: Collection[int], now: datetime
    ) -> None:
        """Put users into groups. Whoever is in has the groups' rights, chunk by chunk.

        May be repeated. Raises NotFound, StillUsed for a personal group, and AccessDenied for who
        neither administers groups nor owns these, or when one has roles beyond his own rights.
        """
        self._moved(who, ids, user_ids, now, joins=True)

    def leave(
        self, who: Principal, ids: Collection[int], user_ids: Collection[int], now: datetime
    ) -> None:
        """Take users out of groups. May be repeated."""
        self._moved(who, ids, user_ids, now, joins=False)

    def _moved(
        self,
        who: Principal,
        ids: Collection[int],
        user_ids: Collection[int],
        now: datetime,
        joins: bool,
    ) -> None:
        definitions = self.groups.definitions()
        if len(ids) * len(user_ids) > MOST_MEMBERS:
            raise Invalid(f"One request changes at most {MOST_MEMBERS} memberships.")
        for id in ids:
            group = changeable(definitions, self.users, id)
            require_reaches(who, group.owners, GROUPS)
            if not joins:
                _require_unbound(who, id, definitions)
            require_reach_of_roles(who, group.roles, definitions)
        for id in ids:
            for users in _chunks(sorted(frozenset(user_ids))):
                settled(partial(self._move, who, id, users, now, joins))

    def _move(
        self, who: Principal, id: int, user_ids: Sequence[int], now: datetime, joins: bool
    ) -> None:
        """One transaction: the rows of the members and of their standings agree, always."""
        write: Callable[[int, int], Any] = self.groups.joined if joins else self.groups.left
        writes, audit = [], []
        for before in self._standings(user_ids):
            if (id in before.groups) == joins:
                continue
            groups = before.groups | {id} if joins else before.groups - {id}
            after = replace(before, groups=groups)
            writes += [*self.standings.saved(before, after), write(id, before.user_id)]
            action = "ADD_MEMBER" if joins else "REMOVE_MEMBER"
            audit.append(_record(who, action, id, now, f"user {before.user_id}"))
        if writes:
            self.commit(writes, audit)

    def _standings(self, user_ids: Sequence[int]) -> list[Standing]:
        found = self.users.standings(user_ids)
        for id in user_ids:
            if id not in found:
                raise NotFound(f"The user {id} was not found.")
        return [found[id] for id in user_ids]

    def _members(self, group: Group) -> frozenset[int]:
        """The ids of who is in it."""
        if group.personal_of:
            return frozenset({group.personal_of})
        return self.groups.members(group.id)

    def _owned(self, group: Group, change: GroupChange) -> Owners:
        """Its owners once that has changed. Raises NotFound for one that there is not."""
        asked = (change.owners, change.added_owners, change.removed_owners)
        if change.owners is None and not any(asked):
            return group.owners
        definitions = self.groups.definitions()
        wanted, added, removed = (
            None if one is None else resolved(one, definitions, self.users) for one in asked
        )
        kept = group.owners if wanted is None else wanted
        return (kept | (added or NO_OWNERS)) - (removed or NO_OWNERS)

    def _bound(self, who: Principal, id: int, change: GroupChange, now: datetime) -> Also:
        if change.restrictions is None:
            return UNBOUND
        return self.restrictions.bound(who, Bound("groups", id), change.restrictions, now)

    def _save(
        self,
        who: Principal,
        action: str,
        states: tuple[Group | None, Group],
        also: Also,
        now: datetime,
    ) -> None:
        """states: before and after; also: what belongs to the change besides, and its audit"""
        before, after = states
        names = self.groups.named("group", after.id, after.name, before.name if before else "")
        group = [self.groups.group_saved(after)] if after != before else []
        owners = before.owners if before else NO_OWNERS
        detail = after.owners.told() if after.owners != owners else ""
        audit = [_record(who, action, after.id, now, detail)] if group else []
        writes = [*group, *names, *also[0], self.epochs.bump(EPOCH)]
        try:
            self.commit(writes, [*audit, *also[1]])
        except Conflict:
            if names:
                raise StillUsed("A group of that name exists already.") from None
            raise


def _require_unbound(who: Principal, id: int, definitions: Definitions) -> None:
    """An owner does not take himself out of a group that binds its members to addresses."""
    is_bound = any(id in one.groups for one in definitions.restrictions.values())
    if is_bound and not who.may(GROUPS[0]):
        raise AccessDenied(
            f"Access denied: the group binds its members to addresses, so this takes {GROUPS[0]}."
        )


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]


def _property(group: Group, name: str) -> object:
    return {"id": group.id, "name": group.name, "created": group.created.timestamp()}.get(name)


def _record(who: Principal, action: str, id: int, now: datetime, detail: str = "") -> AuditRecord:
    return AuditRecord(who.user_id, action, "Group", str(id), now, detail, who.address)
