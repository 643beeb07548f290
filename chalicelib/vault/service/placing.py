"""Where secrets may be made, and of which templates."""

from __future__ import annotations

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.vault.folder import NO_FOLDER, Folder, Tree
from chalicelib.vault.grants import FolderDeed, decide_folder, enforce, folder_role_of
from chalicelib.vault.ports import Secrets
from chalicelib.vault.templates import Template
from chalicelib.vault.visit import Visit

KNOWN_BEFORE = frozenset({2, 9, 6003, 6007, 6030})
"""Templates that the version before has: while nodes are upgraded, it reads what is made."""


def demand_addable(visit: Visit, folder_id: int, tree: Tree, kind: Template) -> None:
    """Refuse a folder to which the visitor may add no secret, or none of that template.

    No folder is everybody's, for any.
    """
    if folder_id == NO_FOLDER:
        return
    folder = tree.folder(folder_id)
    role = folder_role_of(tree.grants_on(folder_id), visit.them)
    may_add = decide_folder(FolderDeed.ADD_SECRET, visit.who.permissions, role)
    enforce(may_add, "folder")
    demand_taken(folder, kind)


def demand_taken(folder: Folder, kind: Template) -> None:
    """Invalid for a folder whose secrets are to be of other templates."""
    if not folder.takes(kind.id):
        raise Invalid(f"The folder {folder.name} takes no secrets of the template {kind.name}.")


def demand_usable(visit: Visit, kind: Template) -> Template:
    """The template of a secret to be made. Invalid for one that was deactivated.

    Unavailable for one that nodes of the version before would not know.
    """
    if not kind.is_active:
        raise Invalid("The secret template is not active.")
    if visit.upgrading and kind.id not in KNOWN_BEFORE:
        raise Unavailable(
            "Secrets of this template can be made once the upgrade in progress is finished."
        )
    return kind


def served(secrets: Secrets, id: int) -> int:
    """How many secrets a privileged account works for, by their own rows."""
    others = secrets.fetch(secrets.served(id)).values()
    return sum(one.secret.is_active and one.secret.privileged_id == id for one in others)
