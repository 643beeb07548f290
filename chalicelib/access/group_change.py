"""What may be changed of a group."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .role import Group
from .user import named


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What is to change of a group; None leaves it.

    restrictions: ids of the address restrictions that bind its members, and no others
    """

    name: str | None = None
    enabled: bool | None = None
    restrictions: frozenset[int] | None = None


def changed(group: Group, change: GroupChange) -> Group:
    """Raises Invalid for a name that will not do."""
    return replace(
        group,
        name=group.name if change.name is None else named(change.name, "The group name"),
        enabled=group.enabled if change.enabled is None else change.enabled,
    )
