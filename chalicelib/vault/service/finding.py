"""From what a request names to the secret, the right to it, and its folder."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, NotFound
from chalicelib.vault import checkout
from chalicelib.vault.folder import NO_FOLDER, Tree, split_path
from chalicelib.vault.grants import Deed, Role, Verdict, decide, enforce
from chalicelib.vault.ports import Commit, Folders, Secrets
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.state import SecretState
from chalicelib.vault.visit import Visit


@dataclass(frozen=True, slots=True)
class At:
    """Which secret: by id, or by path when the id is 0. `deleted`: also if it is deleted."""

    id: int
    path: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A secret that somebody may see, and how far his grant on it goes."""

    secret: Secret
    state: SecretState
    tree: Tree
    role: Role | None


@dataclass(frozen=True, slots=True)
class Finder:
    secrets: Secrets
    folders: Folders

    def secret(self, visit: Visit, at: At, deed: Deed) -> Found:
        """The secret, if the visitor may do `deed` with it.

        No call when its rows came with the request. NotFound for what he may not even list,
        AccessDenied for what he may list and no more, or what checkout keeps from him now.
        """
        found = self.granted(visit, at, deed)
        if why := self.kept(visit, found, deed):
            raise why
        return found

    def granted(self, visit: Visit, at: At, deed: Deed) -> Found:
        """The same, whoever holds the secret."""
        found = self.look(visit, at)
        enforce(self.verdict(visit, found, deed), "secret")
        if not found.secret.is_active and not at.deleted:
            raise NotFound("The secret was not found: it is deleted.")
        return found

    def look(self, visit: Visit, at: At) -> Found:
        """The secret, whatever the visitor may do: ask `verdict` before showing anything."""
        id = at.id if at.id else self._id_at(visit, at)
        stored = self.secrets.in_rows(visit.rows, id) or self.secrets.fetch([id]).get(id)
        if stored is None:
            raise NotFound("The secret was not found.")
        return self.judged(visit, stored)

    def judged(self, visit: Visit, stored: Stored) -> Found:
        """The secret with the visitor's role on it."""
        tree = self.folders.tree(visit.epoch)
        role = stored.secret.role_for(visit.them, tree)
        return Found(stored.secret, stored.state, tree, role)

    def verdict(self, visit: Visit, found: Found, deed: Deed) -> Verdict:
        deleted = not found.secret.is_active
        return decide(deed, visit.who.permissions, found.role, deleted=deleted)

    def kept(self, visit: Visit, found: Found, deed: Deed) -> AccessDenied | None:
        """Why checkout keeps the visitor from what he has the right to; None when it does not."""
        return checkout.refusal(deed, found.secret.checkout, found.state, visit)

    def may(self, visit: Visit, found: Found, deed: Deed) -> bool:
        """Whether he may do that now."""
        is_right = self.verdict(visit, found, deed) is Verdict.ALLOWED
        return is_right and self.kept(visit, found, deed) is None

    def views(self, visit: Visit, found: Found, how: str) -> list[AuditRecord]:
        """The line of the trail to write before values are shown; none for who may not see them."""
        if not self.may(visit, found, Deed.REVEAL):
            return []
        return [visit.audit("VIEW", "Secret", found.secret.id, how)]

    def note(self, commit: Commit, found: Found, line: AuditRecord) -> None:
        """Write down that values are shown, before they are. One call.

        Raises Conflict when the checkout that let them be shown is over meanwhile.
        """
        if found.secret.checkout.required:
            commit([self.secrets.held_alike(found.state)], [line])
        else:
            commit.record(line)

    def _id_at(self, visit: Visit, at: At) -> int:
        r"""The id of the secret at `\Folder\Name` that the visitor may list."""
        *folders, name = split_path(at.path) or [""]
        folder = self.folders.tree(visit.epoch).at(folders)
        if not name or (folders and folder is None):
            raise NotFound("The secret was not found.")
        listed = self.secrets.in_folder(folder.id if folder else NO_FOLDER)
        ids = [
            one.id
            for one in listed
            if one.name == name.strip().casefold() and (one.is_active or at.deleted)
        ]
        for stored in self.secrets.fetch(ids).values():
            found = self.judged(visit, stored)
            if self.may(visit, found, Deed.LIST):
                return stored.secret.id
        raise NotFound("The secret was not found.")
