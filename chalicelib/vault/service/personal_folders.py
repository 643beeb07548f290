"""Makes a user's own folder when he first asks for folders."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict
from chalicelib.vault.folder import Folder, Tree
from chalicelib.vault.grants import FolderRole, Grant, Grantee, Role, Who
from chalicelib.vault.personal import PERMISSION, ROOT_ID, Terms, free_name, id_of, root_of
from chalicelib.vault.ports import Commit, Counter, Epochs, Folders, Write
from chalicelib.vault.visit import Visit

from .folders import EPOCH
from .sharing import KIND

TRIES = 3


@dataclass(frozen=True, slots=True)
class PersonalFolders:
    folders: Folders
    counter: Counter
    epochs: Epochs
    commit: Commit
    terms: Callable[[], Terms]

    def at_home(self, visit: Visit) -> Visit:
        """The visit, whose tree holds the visitor's own folder if he is to have one.

        No call once it is there. Made in one transaction; whoever makes one at the same time is met
        by its condition, and the tree is read again. Where nothing may be written, nothing is.
        """
        terms = self.terms()
        if visit.refusal or not terms.enabled or not visit.who.may(PERMISSION):
            return visit
        for _ in range(TRIES):
            writes, audit = self._missing(visit, terms)
            if not writes:
                break
            with suppress(Conflict):  # somebody else came first: the next turn sees what is missing
                self.commit([*writes, self.epochs.bump(EPOCH)], audit)
            visit = replace(visit, epoch=visit.epoch + 1)
        return visit

    def _missing(self, visit: Visit, terms: Terms) -> tuple[list[Write], list[AuditRecord]]:
        """What has to be written for his folder to be there, under a root of the right name."""
        tree = self.folders.tree(visit.epoch)
        writes, audit = [], []
        root, known = root_of(tree, terms), tree.by_id.get(ROOT_ID)
        if known is None or known.name != root.name:
            action = "UPDATE" if known else "CREATE"
            writes.append(self.folders.put(root))
            audit.append(visit.audit(action, "Folder", ROOT_ID, "of the personal folders"))
        if id_of(visit.who.user_id) not in tree.by_id:
            own = self._own(visit, tree, terms)
            writes.append(self.folders.put(own))
            audit.append(visit.audit("CREATE", "Folder", own.id, "a personal folder"))
        return writes, audit

    def _own(self, visit: Visit, tree: Tree, terms: Terms) -> Folder:
        who = visit.who
        id, name = id_of(who.user_id), who.name if terms.by_user_name else who.display_name
        grant = Grant(
            self.counter.next(KIND),
            Grantee(Who.USER, who.user_id),
            Role.OWNER,
            FolderRole.OWNER,
        )
        name = free_name(tree, ROOT_ID, name, id)
        return Folder(id, name, ROOT_ID, inherits_permissions=False, grants=(grant,))
