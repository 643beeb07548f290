"""Groups as requests name them: kept ones, everybody's personal one, and owners by all of these."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.access.owners import AskedOwners, Owner, Owners
from chalicelib.access.role import Definitions, Group
from chalicelib.access.user import User, folded
from chalicelib.core.errors import NotFound, StillUsed

from .ports import Users


def group_of(definitions: Definitions, users: Users, id: int) -> Group:
    """The group; of anybody's personal id one with him alone in it. Raises NotFound.

    A Query a MB of users, for ids that no kept group has.
    """
    group = definitions.groups.get(id)
    return group if group is not None else _personal(users, id)


def changeable(definitions: Definitions, users: Users, id: int) -> Group:
    """The group, to be changed. Raises NotFound, StillUsed for a personal one."""
    group = group_of(definitions, users, id)
    if group.personal_of:
        raise StillUsed(f"The personal group of {group.name} is his alone and does not change.")
    return group


def resolved(asked: AskedOwners, definitions: Definitions, users: Users) -> Owners:
    """Whom a request names. Raises NotFound. Reads all users, unless it names groups only."""
    named = {*map(folded, asked.group_names)}
    groups = {one.id for one in definitions.groups.values() if folded(one.name) in named}
    groups |= {id for id in asked.group_ids if id in definitions.groups}
    _require_all(named, {folded(definitions.groups[id].name) for id in groups})
    owners, personal = Owners(groups=frozenset(groups)), set(asked.group_ids) - groups
    if not (personal or asked.user_names or asked.user_ids):
        return owners
    everybody = users.every()
    wanted = {*map(folded, asked.user_names)}
    _require_all(asked.user_ids, {one.id for one in everybody})
    _require_all(personal, {one.personal_group_id for one in everybody})
    _require_all(wanted, {folded(one.user_name) for one in everybody})
    found = [
        one.id
        for one in everybody
        if one.id in asked.user_ids
        or one.personal_group_id in personal
        or folded(one.user_name) in wanted
    ]
    return owners | Owners(frozenset(found))


def by_name(owners: Owners, definitions: Definitions, users: Users) -> list[Owner]:
    """Those of the owners that there are, by name. A BatchGetItem if there are users among them."""
    people = users.by_ids(owners.users).values() if owners.users else ()
    found = [Owner(one.personal_group_id, one.user_name, one.id) for one in people]
    groups = [definitions.groups[id] for id in owners.groups if id in definitions.groups]
    found += [Owner(one.id, one.name) for one in groups]
    return sorted(found, key=lambda one: folded(one.name))


def _personal(users: Users, id: int) -> Group:
    for user in users.every():
        if id and user.personal_group_id == id:
            return _personal_of(user)
    raise NotFound(f"The group {id} was not found.")


def _personal_of(user: User) -> Group:
    return Group(
        id=user.personal_group_id,
        name=user.user_name,
        created=user.created,
        enabled=user.enabled,
        personal_of=user.id,
    )


def _require_all(wanted: Collection[int | str], known: Collection[int | str]) -> None:
    for one in wanted:
        if one not in known:
            raise NotFound(f"The owner {one} was not found.")
