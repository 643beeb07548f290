"""Role permissions as a table, named exactly as in the field, and the roles every cluster has.

A permission is a right to a kind of operation. A secret asks for a grant on it as well, so a role
alone opens none: not even Administrator's, but for the hours of unlimited administration.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One right that a role may hold. `id` is what clients see and never changes."""

    id: int
    name: str
    administrator: bool = True
    user: bool = False
    read_only: bool = False


PERMISSIONS: tuple[Permission, ...] = (
    Permission(1, "Add Secret", user=True),
    Permission(2, "View Secret", user=True, read_only=True),
    Permission(3, "Edit Secret", user=True),
    Permission(4, "Delete Secret", user=True),
    Permission(5, "Own Secret", user=True),
    Permission(6, "Copy Secret", user=True),
    Permission(7, "View Launcher Password", user=True, read_only=True),
    Permission(8, "View Secret Audit", user=True, read_only=True),
    Permission(9, "View Secret Password History", user=True, read_only=True),
    Permission(10, "View Deleted Secrets"),
    Permission(11, "View Folders", user=True, read_only=True),
    Permission(12, "Administer Folders", user=True),
    Permission(13, "Create Root Folders"),
    Permission(14, "View Secret Templates", user=True, read_only=True),
    Permission(15, "Administer Secret Templates"),
    Permission(16, "View Password Requirements", user=True, read_only=True),
    Permission(17, "Administer Password Requirements"),
    Permission(18, "Force Check In"),
    Permission(20, "View Users"),
    Permission(21, "Administer Users"),
    Permission(22, "Administer Create Users"),
    Permission(23, "View Groups"),
    Permission(24, "Administer Groups"),
    Permission(25, "View Group Roles"),
    Permission(26, "View Roles"),
    Permission(27, "Administer Role Assignment"),
    Permission(28, "Administer Role Permissions"),
    Permission(29, "Administer Create Application Accounts"),
    Permission(30, "View User Audit Report"),
    Permission(31, "Own Group"),
    Permission(32, "Own User"),
    Permission(40, "View Nodes"),
    Permission(41, "Administer Nodes"),
    Permission(42, "View System Log"),
    Permission(43, "Administer System Log"),
    Permission(44, "View Configuration"),
    Permission(45, "Administer Configuration"),
    Permission(46, "View About", user=True, read_only=True),
    Permission(47, "View Distributed Engine Configuration"),
    Permission(48, "Administer Distributed Engine Configuration"),
    Permission(49, "View Remote Password Changing", user=True),
    Permission(50, "Administer Remote Password Changing"),
    Permission(51, "Administer Key Management"),
    Permission(52, "Rotate Encryption Keys"),
    Permission(53, "View Backup"),
    Permission(54, "Administer Backup"),
    Permission(55, "View IP Addresses"),
    Permission(56, "Administer IP Addresses"),
    Permission(57, "View Licenses"),
    Permission(58, "Administer Licenses"),
    Permission(60, "View Key Management"),
    Permission(61, "View Search Indexer"),
    Permission(62, "Administer Search Indexer"),
    Permission(63, "View DoubleLock Keys"),
    Permission(64, "View OpenID Connect"),
    Permission(65, "Administer OpenID Connect"),
    Permission(66, "Administer DoubleLock Keys"),
    Permission(67, "Approve Secret Erase"),  # ours
    Permission(70, "View Secret Policy"),
    Permission(71, "Administer Secret Policy"),
    Permission(72, "Assign Secret Policy"),
    Permission(73, "Administer Workflows"),
    Permission(80, "View Export"),
    Permission(81, "Administer Export"),
    Permission(82, "Advanced Import"),
    Permission(83, "View Dual Control"),
    Permission(84, "Administer Dual Control"),
    Permission(90, "View Configuration Unlimited Admin"),
    Permission(91, "Administer Configuration Unlimited Admin"),
    Permission(92, "Unlimited Administrator"),
    Permission(93, "View Lists", user=True, read_only=True),
    Permission(94, "Administer Lists"),
    Permission(99, "Administer Metadata"),
    Permission(1001, "Administer Dead Letters"),  # ours: replay and drop messages
)

NAMES: frozenset[str] = frozenset(one.name for one in PERMISSIONS)
BY_ID: dict[int, Permission] = {one.id: one for one in PERMISSIONS}
BY_NAME: dict[str, Permission] = {one.name: one for one in PERMISSIONS}

ADMINISTRATOR = 1
USER = 2
READ_ONLY_USER = 3

SHIPPED: dict[int, tuple[str, frozenset[str]]] = {
    ADMINISTRATOR: (
        "Administrator",
        frozenset(one.name for one in PERMISSIONS if one.administrator),
    ),
    USER: ("User", frozenset(one.name for one in PERMISSIONS if one.user)),
    READ_ONLY_USER: ("Read-Only User", frozenset(one.name for one in PERMISSIONS if one.read_only)),
}
"""The shipped roles: id to name and permissions. They are code, not rows, so none can be lost."""
