"""Who may do what with a secret or a folder: grants, and the one function that decides.

A right is a role permission and a grant, together. Nothing here knows an administrator: his role
holds every permission and still opens no secret without a grant on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from chalicelib.core.errors import AccessDenied, Invalid, NotFound


class Role(IntEnum):
    """How far a grant goes on a secret; each includes those before it."""

    LIST = 1
    VIEW = 2
    EDIT = 3
    OWNER = 4

    @property
    def label(self) -> str:
        return self.name.capitalize()


class FolderRole(IntEnum):
    """How far a grant goes on a folder; each includes those before it."""

    VIEW = 1
    ADD_SECRET = 2
    EDIT = 3
    OWNER = 4

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").title()


class Who(StrEnum):
    USER = "user"
    GROUP = "group"
    EVERYTHING = "everything"  # in no grant: see EVERY_GRANT


@dataclass(frozen=True, slots=True)
class Grantee:
    """A user or a group."""

    who: Who
    id: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What one user or group may do. On a folder it may name a role for its secrets as well."""

    id: int
    to: Grantee
    role: Role | None
    folder_role: FolderRole | None = None


class Deed(StrEnum):
    """What somebody wants to do with a secret. To view is to see all but its values."""

    LIST = "list"
    VIEW = "view"
    REVEAL = "reveal"
    EDIT = "edit"
    OWN = "own"
    DELETE = "delete"
    RESTORE = "restore"
    AUDIT = "audit"
    HISTORY = "history"
    CHANGE_PASSWORD = "change password"  # noqa: S105 - the name of a deed
    HEARTBEAT = "heartbeat"
    CHECK_OUT = "check out"
    FORCE_CHECK_IN = "force check in"
    COPY = "copy"
    CONVERT = "convert"


class FolderDeed(StrEnum):
    """What somebody wants to do with a folder."""

    SEE = "see"
    ADD_SECRET = "add secret"  # noqa: S105 - the name of a deed
    EDIT = "edit"
    OWN = "own"


DEEDS: Mapping[Deed, tuple[str, Role]] = {
    Deed.LIST: ("View Secret", Role.LIST),
    Deed.VIEW: ("View Secret", Role.VIEW),
    Deed.REVEAL: ("View Secret", Role.VIEW),
    Deed.EDIT: ("Edit Secret", Role.EDIT),
    Deed.OWN: ("Own Secret", Role.OWNER),
    Deed.DELETE: ("Delete Secret", Role.OWNER),
    Deed.RESTORE: ("View Deleted Secrets", Role.OWNER),
    Deed.AUDIT: ("View Secret Audit", Role.VIEW),
    Deed.HISTORY: ("View Secret Password History", Role.EDIT),
    Deed.CHANGE_PASSWORD: ("Edit Secret", Role.EDIT),
    Deed.HEARTBEAT: ("View Secret", Role.VIEW),
    Deed.CHECK_OUT: ("View Secret", Role.VIEW),
    Deed.FORCE_CHECK_IN: ("Force Check In", Role.VIEW),
    Deed.COPY: ("Copy Secret", Role.EDIT),
    Deed.CONVERT: ("Own Secret", Role.OWNER),
}
"""What each deed needs: the role permission, and the role that a grant must give."""

FOLDER_DEEDS: Mapping[FolderDeed, tuple[str, FolderRole]] = {
    FolderDeed.SEE: ("View Folders", FolderRole.VIEW),
    FolderDeed.ADD_SECRET: ("Add Secret", FolderRole.ADD_SECRET),
    FolderDeed.EDIT: ("Administer Folders", FolderRole.EDIT),
    FolderDeed.OWN: ("Administer Folders", FolderRole.OWNER),
}


class Verdict(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied"  # he may know that it exists, and no more
    HIDDEN = "hidden"  # for him it does not exist


def decide(
    deed: Deed, permissions: Collection[str], role: Role | None, *, deleted: bool = False
) -> Verdict:
    """Whether someone with these role permissions, granted `role` on a secret, may do `deed`.

    A deleted secret exists only for those who may view deleted secrets.
    """
    seen = _holds(DEEDS[Deed.LIST], permissions, role)
    if not seen or (deleted and "View Deleted Secrets" not in permissions):
        return Verdict.HIDDEN
    return Verdict.ALLOWED if _holds(DEEDS[deed], permissions, role) else Verdict.DENIED


def decide_folder(
    deed: FolderDeed, permissions: Collection[str], role: FolderRole | None
) -> Verdict:
    """The same for a folder."""
    if not _holds(FOLDER_DEEDS[FolderDeed.SEE], permissions, role):
        return Verdict.HIDDEN
    return Verdict.ALLOWED if _holds(FOLDER_DEEDS[deed], permissions, role) else Verdict.DENIED


def _holds(need: tuple[str, IntEnum], permissions: Collection[str], role: IntEnum | None) -> bool:
    permission, least = need
    return permission in permissions and role is not None and role >= least


def enforce(verdict: Verdict, noun: str) -> None:
    """Raise what a verdict means: AccessDenied, or NotFound for what must stay unknown."""
    if verdict is Verdict.HIDDEN:
        raise NotFound(f"The {noun} was not found.")
    if verdict is Verdict.DENIED:
        raise AccessDenied(f"Access denied: you may not do this with the {noun}.")


EVERY_GRANT = Grantee(Who.EVERYTHING, 0)
"""Whoever this stands for is an owner of everything: unlimited administration."""


def role_of(grants: Iterable[Grant], them: Collection[Grantee]) -> Role | None:
    """The highest role on a secret that the grants give to any of `them`."""
    if EVERY_GRANT in them:
        return Role.OWNER
    return max((one.role for one in grants if one.role and one.to in them), default=None)


def folder_role_of(grants: Iterable[Grant], them: Collection[Grantee]) -> FolderRole | None:
    """The highest role on a folder that the grants give to any of `them`."""
    if EVERY_GRANT in them:
        return FolderRole.OWNER
    found = (one.folder_role for one in grants if one.folder_role and one.to in them)
    return max(found, default=None)


def grantees(user_id: int, groups: Iterable[int]) -> frozenset[Grantee]:
    """All that a grant may name to reach a user: himself and his groups."""
    mine = {Grantee(Who.GROUP, id) for id in groups}
    return frozenset(mine | {Grantee(Who.USER, user_id)})


def role_named(name: str | None) -> Role | None:
    """The role of that name, None for no name. Raises Invalid for another."""
    if not name or name.lower() == "none":
        return None
    for role in Role:
        if role.label.lower() == name.strip().lower():
            return role
    raise Invalid("The secret access role must be List, View, Edit or Owner.")


def folder_role_named(name: str | None) -> FolderRole | None:
    """The folder role of that name, None for no name. Raises Invalid for another."""
    if not name or name.lower() == "none":
        return None
    for role in FolderRole:
        if role.label.replace(" ", "").lower() == name.replace(" ", "").lower():
            return role
    raise Invalid("The folder access role must be View, Edit, Add Secret or Owner.")


class PermissionsAreInherited(Invalid):
    """The permissions are inherited from the folder above: break the inheritance first."""

    code = "API_PermissionsAreInherited"


def with_grant(grants: tuple[Grant, ...], wanted: Grant) -> tuple[Grant, ...]:
    """The grants with that one; it takes the place of one of its id."""
    return (*(one for one in grants if one.id != wanted.id), wanted)


def demand_owner(before: Iterable[Grant], after: Iterable[Grant]) -> None:
    """Raise Invalid if a change of grants leaves nobody who could change them back."""
    if _is_owned(before) and not _is_owned(after):
        raise Invalid("At least one Owner must remain.")


def _is_owned(grants: Iterable[Grant]) -> bool:
    return any(
        one.folder_role is FolderRole.OWNER or (one.folder_role is None and one.role is Role.OWNER)
        for one in grants
    )
