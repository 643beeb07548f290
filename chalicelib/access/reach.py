"""Nobody hands out, or takes hold of, more than he has himself."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.core.errors import AccessDenied, NotFound

from .permissions import ADMINISTRATOR, SHIPPED, WITHHELD
from .principal import Principal
from .role import Definitions, Role
from .user import Standing


def require_reach(who: Principal, permissions: Iterable[str]) -> None:
    """Raise AccessDenied unless he holds all of these permissions himself.

    Else whoever may reset passwords could become an administrator by resetting one's password, and
    whoever may assign roles by assigning himself one.
    """
    beyond = frozenset(permissions) - who.permissions
    if who.permissions >= SHIPPED[ADMINISTRATOR][1]:
        beyond -= WITHHELD  # or nobody could ever hand them out
    if beyond:
        raise AccessDenied(
            f"Access denied: this reaches beyond your own rights, such as {min(beyond)}."
        )


def require_reach_over(who: Principal, standing: Standing, definitions: Definitions) -> None:
    """Raise AccessDenied unless he holds whatever that user's roles give."""
    require_reach(who, definitions.permissions_of(standing))


def require_reach_of_roles(who: Principal, roles: Iterable[int], definitions: Definitions) -> None:
    """Raise AccessDenied unless he holds what these roles give; NotFound for an unknown one."""
    for id in roles:
        require_reach(who, role_of(definitions, id).permissions)


def role_of(definitions: Definitions, id: int) -> Role:
    """The role. Raises NotFound."""
    role = definitions.roles.get(id)
    if role is None:
        raise NotFound(f"The role {id} was not found.")
    return role
