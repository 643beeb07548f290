"""What has metadata, and who may see or change it: whoever may see or change the thing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.vault.folder import Folder
from chalicelib.vault.grants import Deed, FolderDeed
from chalicelib.vault.secret import Secret
from chalicelib.vault.service import At, Finder, FolderService
from chalicelib.vault.visit import Visit

from .field import Item, ItemType


class Secrets(Protocol):
    def unchanged(self, secret: Secret) -> Any: ...


class Folders(Protocol):
    def exists(self, folder: Folder) -> Any: ...


class People(Protocol):
    def get(self, id: int) -> Any: ...


@dataclass(frozen=True, slots=True)
class Items:
    finder: Finder
    secrets: Secrets
    folders: FolderService
    folder_rows: Folders
    users: People
    groups: People

    def admit(self, visit: Visit, item: Item, *, changes: bool) -> list[Any]:
        """The writes that fail a change if the item is gone meanwhile.

        NotFound or AccessDenied for who may not see it, or not change it.
        """
        match item.type:
            case ItemType.SECRET:
                deed = Deed.EDIT if changes else Deed.VIEW
                return [self.secrets.unchanged(self.finder.secret(visit, At(item.id), deed).secret)]
            case ItemType.FOLDER:
                seen = self.folders.see(
                    visit, item.id, FolderDeed.EDIT if changes else FolderDeed.SEE
                )
                return [self.folder_rows.exists(seen.folder)]
            case ItemType.USER:
                if changes or visit.who.user_id != item.id:
                    visit.who.require("Administer Users" if changes else "View Users")
                self.users.get(item.id)
            case ItemType.GROUP:
                visit.who.require("Administer Groups" if changes else "View Groups")
                self.groups.get(item.id)
        return []
