"""Role permissions as a table, named exactly as in the field, and the roles every cluster has.

A permission is a right to a kind of operation. A secret asks for a grant on it as well, so a role
alone opens none: not even Administrator's, but for the hours of unlimited administration.
"""

from __future__ import annotations

from .permission import Permission
from .permissions_later import LATER
from .permissions_used import USED

PERMISSIONS: tuple[Permission, ...] = tuple(sorted((*USED, *LATER), key=lambda one: one.id))
IN_USE: frozenset[str] = frozenset(one.name for one in USED)
NAMES: frozenset[str] = frozenset(one.name for one in PERMISSIONS)
BY_ID: dict[int, Permission] = {one.id: one for one in PERMISSIONS}
BY_NAME: dict[str, Permission] = {one.name: one for one in PERMISSIONS}

ADMINISTRATOR = 1
USER = 2
READ_ONLY_USER = 3

WITHHELD: frozenset[str] = frozenset(one.name for one in PERMISSIONS if not one.administrator)
"""What not even Administrator holds. Nothing asks for these yet."""

SHIPPED: dict[int, tuple[str, frozenset[str]]] = {
    ADMINISTRATOR: (
        "Administrator",
        frozenset(one.name for one in PERMISSIONS if one.administrator),
    ),
    USER: ("User", frozenset(one.name for one in PERMISSIONS if one.user)),
    READ_ONLY_USER: ("Read-Only User", frozenset(one.name for one in PERMISSIONS if one.read_only)),
}
"""The shipped roles: id to name and permissions. They are code, not rows, so none can be lost."""
