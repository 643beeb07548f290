"""Personal folders: one of each user's own, all under one root, for nobody else.

Their ids follow from the user's: nobody can have two, and no row has to say whose one is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from chalicelib.core.errors import AccessDenied

from .folder import MAX_NAME, NO_FOLDER, NORMAL, Folder, Tree

PERMISSION = "Personal Folders"
ROOT_ID = 1_000_000_000
"""Above all ids that are counted up to."""

PERSONAL = 2
"""The type of a personal folder, as `folderTypeId`; that of all others is 1."""

_FORBIDDEN = re.compile(r"[\\/\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says. by_user_name: instead of by the display name."""

    enabled: bool
    root_name: str
    by_user_name: bool


class PersonalFolderIsFixed(AccessDenied):
    """Access denied: a personal folder is its owner's alone, and stays where and what it is."""


def id_of(user_id: int) -> int:
    return ROOT_ID + user_id


def is_personal(folder_id: int) -> bool:
    return folder_id > ROOT_ID


def type_of(folder_id: int) -> int:
    return PERSONAL if is_personal(folder_id) else NORMAL


def lies_in_personal(tree: Tree, folder_id: int) -> bool:
    """Whether it is one, or lies in one."""
    return any(is_personal(one.id) for one in tree.chain(folder_id))


def free_name(tree: Tree, parent_id: int, name: str, but: int) -> str:
    """The name as a folder may have it, with a number if another than `but` has it already."""
    plain = _FORBIDDEN.sub("-", name).strip()[: MAX_NAME - 8] or "-"
    names = (plain if number == 1 else f"{plain} ({number})" for number in count(1))
    return next(one for one in names if _is_free(tree, parent_id, one, but))


def root_of(tree: Tree, terms: Terms) -> Folder:
    """The parent of all personal folders, as it is to be."""
    known = tree.by_id.get(ROOT_ID)
    name = free_name(tree, NO_FOLDER, terms.root_name, ROOT_ID)
    version = known.version if known else 0
    return Folder(ROOT_ID, name, inherits_permissions=False, version=version)


def check_change(tree: Tree, before: Folder, after: Folder) -> None:
    """Raise AccessDenied for what must not become of a folder: see `docs/operations/secrets.md`."""
    if before.id >= ROOT_ID and _stands(before) != _stands(after):
        raise PersonalFolderIsFixed
    moved = after.parent_id != before.parent_id
    if moved and after.parent_id == ROOT_ID:
        raise PersonalFolderIsFixed
    inherit = all(one.inherits_permissions for one in (after, *tree.below(before.id)))
    if before.id < ROOT_ID and lies_in_personal(tree, after.parent_id) and not inherit:
        raise PersonalFolderIsFixed


def check_new(tree: Tree, parent_id: int, inherits: bool) -> None:
    """The same for one that is to be made there."""
    if parent_id == ROOT_ID or (lies_in_personal(tree, parent_id) and not inherits):
        raise PersonalFolderIsFixed


def check_removal(folder: Folder) -> None:
    if folder.id >= ROOT_ID:
        raise PersonalFolderIsFixed


def check_sharing(tree: Tree, folder_id: int) -> None:
    """Raise AccessDenied where permissions are fixed, for folders and what lies in them."""
    if folder_id == ROOT_ID or lies_in_personal(tree, folder_id):
        raise PersonalFolderIsFixed


def _is_free(tree: Tree, parent_id: int, name: str, but: int) -> bool:
    taken = tree.named(parent_id, name)
    return taken is None or taken.id == but


def _stands(folder: Folder) -> tuple[str, int, bool]:
    return folder.name, folder.parent_id, folder.inherits_permissions
