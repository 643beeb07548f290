"""Roles, groups and who is in them."""

from __future__ import annotations

from chalicelib.access.restriction import Restriction
from chalicelib.access.role import Definitions, Group, Role, with_shipped
from chalicelib.access.user import folded
from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.table import partition
from chalicelib.core.clock import parse_stamp, stamp

from .rows import (
    DEFINITIONS,
    DefinitionRow,
    GroupRow,
    MemberRow,
    NameRow,
    RestrictionRow,
    RoleRow,
    group_key,
    member_key,
    name_key,
    restriction_key,
    role_key,
    versioned,
)
from .users import numbers, owners_of


class Groups:
    """Reads roles, groups and members, and makes the writes that change them."""

    def definitions(self) -> Definitions:
        """All roles, groups and restrictions, consistently read. One Query a MB."""
        rows = partition(DefinitionRow, DEFINITIONS)
        groups = [_group(row) for row in rows if isinstance(row, GroupRow)]
        restrictions = [_restriction(row) for row in rows if isinstance(row, RestrictionRow)]
        return Definitions(
            with_shipped(_role(row) for row in rows if isinstance(row, RoleRow)),
            {group.id: group for group in groups},
            {one.id: one for one in restrictions},
        )

    def members(self, group_id: int) -> frozenset[int]:
        """The ids of a group's members. One Query a MB."""
        rows = partition(MemberRow, member_key(group_id, 0)[0], begins="member#")
        return numbers(row.user_id for row in rows)

    def joined(self, group_id: int, user_id: int) -> Write:
        return Put(MemberRow(*member_key(group_id, user_id), user_id=user_id))

    def left(self, group_id: int, user_id: int) -> Write:
        return Delete(MemberRow(*member_key(group_id, user_id)))

    def role_saved(self, role: Role) -> Write:
        row = RoleRow(
            *role_key(role.id),
            id=role.id,
            name=role.name,
            created=stamp(role.created),
            enabled=role.enabled,
            permissions=set(role.permissions),
        )
        return Put(versioned(row, role.version))

    def group_saved(self, group: Group) -> Write:
        row = GroupRow(
            *group_key(group.id),
            id=group.id,
            name=group.name,
            created=stamp(group.created),
            enabled=group.enabled,
            roles=set(group.roles),
            owner_users=set(group.owners.users) or None,
            owner_groups=set(group.owners.groups) or None,
        )
        return Put(versioned(row, group.version))

    def restriction_saved(self, restriction: Restriction) -> Write:
        row = RestrictionRow(
            *restriction_key(restriction.id),
            id=restriction.id,
            name=restriction.name,
            range=restriction.range,
            users=set(restriction.users) or None,
            groups=set(restriction.groups) or None,
        )
        return Put(versioned(row, restriction.version))

    def restriction_removed(self, restriction: Restriction) -> Write:
        row = RestrictionRow(*restriction_key(restriction.id))
        return Delete(versioned(row, restriction.version))

    def named(self, what: str, owner: int, name: str, before: str = "") -> list[Write]:
        """Take a name, and leave the one before; nothing when they count as the same."""
        if folded(name) == folded(before):
            return []
        taken = NameRow(*name_key(what, folded(name)), owner=owner)
        writes: list[Write] = [Put(taken, NameRow.pk.does_not_exist())]
        if before:
            writes.append(Delete(NameRow(*name_key(what, folded(before)))))
        return writes

    def unnamed(self, what: str, name: str) -> Write:
        """Leave a name."""
        return Delete(NameRow(*name_key(what, folded(name))))


def _role(row: RoleRow) -> Role:
    return Role(
        id=int(row.id),
        name=row.name,
        created=parse_stamp(row.created),
        permissions=frozenset(row.permissions or ()),
        enabled=row.enabled,
        version=int(row.version),
    )


def _restriction(row: RestrictionRow) -> Restriction:
    return Restriction(
        id=int(row.id),
        name=row.name,
        range=row.range,
        users=numbers(row.users),
        groups=numbers(row.groups),
        version=int(row.version),
    )


def _group(row: GroupRow) -> Group:
    return Group(
        id=int(row.id),
        name=row.name,
        created=parse_stamp(row.created),
        enabled=row.enabled,
        roles=numbers(row.roles),
        owners=owners_of(row),
        version=int(row.version),
    )
