"""Folders: read whole, kept by each process until the gate's epoch moves, written one by one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from chalicelib.aws.commit import Check, Delete, Put, Write
from chalicelib.aws.connection import connection
from chalicelib.aws.table import partition
from chalicelib.vault.folder import Folder, Tree, tree_of

from . import nouns
from .rows import FOLDERS, FolderRow, folder_key


@dataclass(slots=True)
class FolderStore:
    """Keeps one tree. Safe under threads."""

    _kept: tuple[tuple[str, int], Tree] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tree(self, epoch: int) -> Tree:
        """All folders, not older than the epoch. One Query when that has moved, else no call.

        The epoch was read before the folders, so what is kept under it is as new or newer.
        """
        wanted = (connection().data_table, epoch)
        kept = self._kept
        if kept is None or kept[0] != wanted:
            with self._lock:
                kept = self._kept
                if kept is None or kept[0] != wanted:
                    kept = (wanted, tree_of(map(nouns.folder_of, partition(FolderRow, FOLDERS))))
                    self._kept = kept
        return kept[1]

    def put(self, folder: Folder) -> Write:
        """Store a folder, if it is still of the version that the change is based on."""
        return Put(nouns.folder_row(folder))

    def delete(self, folder: Folder) -> Write:
        return Delete(nouns.folder_row(folder))

    def unchanged(self, folder: Folder) -> Write:
        """Fails the change if that folder was changed or deleted in the meantime."""
        return Check(FolderRow, *folder_key(folder.id), FolderRow.version == folder.version)

    def exists(self, folder: Folder) -> Write:
        """Fails the change if that folder was deleted in the meantime."""
        return Check(FolderRow, *folder_key(folder.id), FolderRow.pk.exists())
