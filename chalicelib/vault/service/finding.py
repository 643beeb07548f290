"""From what a request names to the secret, the right to it, and its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, NotFound
from chalicelib.vault import restriction
from chalicelib.vault.folder import NO_FOLDER, Tree, split_path
from chalicelib.vault.grants import Deed, Role, Verdict, decide, enforce
from chalicelib.vault.ports import Commit, Folders, Secrets, Write
from chalicelib.vault.restriction import Asked
from chalicelib.vault.secret import Secret, Stored, name_in_path
from chalicelib.vault.state import SecretState
from chalicelib.vault.visit import Visit

from .refusing import Refusals
from .watching import Watching

PARTS_OF_A_NAME = 4
"""So many parts of a path may be the secret's name: each costs a look into one more folder."""


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
    """Whom it keeps from a secret that there is, the trail names: see `Refusals`."""

    secrets: Secrets
    folders: Folders
    attempts: Refusals
    watching: Watching

    def secret(self, visit: Visit, at: At, deed: Deed) -> Found:
        """The secret, if the visitor may do `deed` with it.

        No call when its rows came with the request. NotFound for what he may not even list,
        AccessDenied for what he may list and no more, or what its restrictions keep from him now.
        """
        found = self.granted(visit, at, deed)
        if why := self.kept(visit, found, deed):
            raise self.refused(visit, found, deed, why)
        return found

    def granted(self, visit: Visit, at: At, deed: Deed) -> Found:
        """The same, whatever else the secret asks for."""
        found = self.look(visit, at)
        self.demand(visit, found, deed)
        if not found.secret.is_active and not at.deleted:
            raise NotFound("The secret was not found: it is deleted.")
        return found

    def demand(self, visit: Visit, found: Found, deed: Deed) -> None:
        """Raise NotFound or AccessDenied for who has not the right to it. One call then."""
        verdict = self.verdict(visit, found, deed)
        if verdict is not Verdict.ALLOWED:
            self.attempts.note(visit, found.secret.id, deed, f"access {verdict}")
        try:
            enforce(verdict, "secret")
        except AccessDenied as denied:
            denied.is_told = True
            raise

    def refused(self, visit: Visit, found: Found, deed: Deed, why: AccessDenied) -> AccessDenied:
        """Why the visitor is kept from it, once the trail says so. One call."""
        self.attempts.note(visit, found.secret.id, deed, str(why))
        why.is_told = True
        return why

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
        """Why the visitor is kept from what he has the right to; None when he is not."""
        return next(iter(self.refusals(visit, found, deed)), None)

    def refusals(self, visit: Visit, found: Found, deed: Deed) -> list[AccessDenied]:
        """All that the secret asks for before it, first things first."""
        return restriction.refusals(_asked(visit, found, deed))

    def may(self, visit: Visit, found: Found, deed: Deed) -> bool:
        """Whether he may do that now."""
        is_right = self.verdict(visit, found, deed) is Verdict.ALLOWED
        return is_right and self.kept(visit, found, deed) is None

    def views(self, visit: Visit, found: Found, how: str) -> list[AuditRecord]:
        """The line of the trail to write before values are shown; none for who may not see them."""
        if not self.may(visit, found, Deed.REVEAL):
            return []
        return [self.line(visit, found, "VIEW", how)]

    def line(self, visit: Visit, found: Found, action: str, what: str = "") -> AuditRecord:
        """The line of the trail that says who saw what, and why he was let in."""
        told = [what, restriction.said(_asked(visit, found, Deed.REVEAL))]
        detail = "; ".join(one for one in told if one)
        return visit.audit(action, "Secret", found.secret.id, detail)

    def note(self, commit: Commit, visit: Visit, found: Found, line: AuditRecord) -> None:
        """Write down that values are shown, before they are. One call, and two more for a mail.

        Raises Conflict when what let them be shown is over meanwhile.
        """
        told = self.watching.viewed(visit, found.secret)
        still = [*self.still_admitted(visit, found), *told.writes]
        if still:
            commit(still, [line], told.events)
        else:
            commit.record(line)

    def still_admitted(self, visit: Visit, found: Found) -> list[Write]:
        """Fails the change if the checkout or the approval that it relies on is over meanwhile."""
        windows = restriction.relied_on(_asked(visit, found, Deed.REVEAL))
        if not windows and not found.secret.checkout.required:
            return []
        return [self.secrets.held_alike(found.state, windows)]

    def settled(
        self, visit: Visit, found: Found, deed: Deed, once: Callable[[Found], Found]
    ) -> Found:
        """What `once` makes of the secret, as it is now whenever somebody else came first."""
        known = [found]
        where = At(found.secret.id, deleted=not found.secret.is_active)

        def attempt() -> Found:
            if known:
                return once(known.pop())
            return once(self.granted(replace(visit, rows={}), where, deed))

        return settled(attempt)

    def _id_at(self, visit: Visit, at: At) -> int:
        r"""The id of the secret at `\Folder\Name` that the visitor may list."""
        for folder_id, name in self._split(visit, at.path):
            ids = [
                one.id
                for one in self.secrets.in_folder(folder_id)
                if name_in_path(one.name) == name and (one.is_active or at.deleted)
            ]
            for stored in self.secrets.fetch(ids).values():
                found = self.judged(visit, stored)
                if self.may(visit, found, Deed.LIST):
                    return stored.secret.id
                self.attempts.note(visit, stored.secret.id, Deed.LIST, "access hidden")
        raise NotFound("The secret was not found.")

    def _split(self, visit: Visit, path: str) -> Iterator[tuple[int, str]]:
        r"""Folder and name that a path may mean, the deepest folder first."""
        parts = split_path(path)
        tree = self.folders.tree(visit.epoch)
        for end in range(len(parts) - 1, max(len(parts) - 1 - PARTS_OF_A_NAME, -1), -1):
            folder = tree.at(parts[:end])
            if folder or not end:
                yield folder.id if folder else NO_FOLDER, name_in_path("/".join(parts[end:]))


def _asked(visit: Visit, found: Found, deed: Deed) -> Asked:
    return Asked(deed, found.secret, found.state, found.role, visit)
