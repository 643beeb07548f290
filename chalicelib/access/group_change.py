"""What may be changed of a group."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .owners import AskedOwners
from .role import Group
from .user import named


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What is to change of a group; None leaves it.

    restrictions: ids of the address restrictions that bind its members, and no others
    owners:       these and no others; nobody, when it names nobody
    added_owners, removed_owners: besides
    """

    name: str | None = None
    enabled: bool | None = None
    restrictions: frozenset[int] | None = None
    owners: AskedOwners | None = None
    added_owners: AskedOwners = AskedOwners()
    removed_owners: AskedOwners = AskedOwners()


def changed(group: Group, change: GroupChange) -> Group:
    """Raises Invalid for a name that will not do."""
    return replace(
        group,
        name=group.name if change.name is None else named(change.name, "The group name"),
        enabled=group.enabled if change.enabled is None else change.enabled,
    )
