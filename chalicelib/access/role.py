"""Roles and groups, and what they give together.

Their definitions are few, so every process keeps them all, as of an epoch of the gate. A principal
row holds only which of them a user has; a change to a role or group therefore works for everybody
with the change itself, and nothing has to be rewritten user by user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chalicelib.core.errors import StillUsed

from .owners import NO_OWNERS, Owners
from .permissions import SHIPPED
from .restriction import Restriction, admits
from .user import Standing

EPOCH = "roles"
FIRST_OWN_ROLE = 100
"""Ids below are those of shipped roles."""

SHIPPED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions."""

    id: int
    name: str
    created: datetime
    permissions: frozenset[str] = frozenset()
    enabled: bool = True
    version: int | None = None

    @property
    def is_system(self) -> bool:
        return self.id in SHIPPED

    def require_changeable(self) -> None:
        """Raise StillUsed for a shipped role: it is the same in every cluster."""
        if self.is_system:
            raise StillUsed(f"The role {self.name} is shipped and does not change: make another.")


@dataclass(frozen=True, slots=True)
class Group:
    """Users under one name, for roles and grants. A disabled one gives nothing.

    owners:      who may change its members without administering groups
    personal_of: the user whose own it is; 0 for all that are kept as rows
    """

    id: int
    name: str
    created: datetime
    enabled: bool = True
    roles: frozenset[int] = frozenset()
    owners: Owners = NO_OWNERS
    personal_of: int = 0
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """All roles, groups and restrictions of addresses, as of an epoch."""

    roles: Mapping[int, Role] = field(default_factory=dict)
    groups: Mapping[int, Group] = field(default_factory=dict)
    restrictions: Mapping[int, Restriction] = field(default_factory=dict)

    def admits(self, standing: Standing, address: str) -> bool:
        """Whether a user may come from that address."""
        bound = self.restrictions.values()
        return admits(bound, standing.user_id, self.groups_of(standing), address)

    def groups_of(self, standing: Standing) -> frozenset[int]:
        """The enabled groups a user is in, his personal one included."""
        enabled = {id for id in standing.groups if id in self.groups and self.groups[id].enabled}
        return frozenset(enabled | ({standing.personal_group_id} - {0}))

    def permissions_of(self, standing: Standing) -> frozenset[str]:
        """What a user's roles give him, his groups' included."""
        return frozenset().union(*map(self._given_by, self.roles_of(standing)))

    def roles_of(self, standing: Standing) -> frozenset[int]:
        """The ids of a user's roles, his own and his enabled groups'."""
        groups = [self.groups[id] for id in self.groups_of(standing) if id in self.groups]
        return standing.roles.union(*(group.roles for group in groups))

    def _given_by(self, id: int) -> frozenset[str]:
        role = self.roles.get(id)
        return role.permissions if role is not None and role.enabled else frozenset()


def with_shipped(roles: Iterable[Role]) -> dict[int, Role]:
    """The shipped roles and these, by id."""
    shipped = [Role(id, name, SHIPPED_AT, given) for id, (name, given) in SHIPPED.items()]
    return {role.id: role for role in (*shipped, *roles)}
