"""Folders: made, renamed, moved and removed. Who holds what on them: `permissions`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from chalicelib.core.errors import NotFound, StillUsed
from chalicelib.core.paging import Page, Paging, page
from chalicelib.vault.folder import NO_FOLDER, Folder, Tree, split_path, tree_of
from chalicelib.vault.grants import (
    FolderDeed,
    FolderRole,
    Grant,
    Grantee,
    Role,
    Verdict,
    Who,
    decide_folder,
    enforce,
    folder_role_of,
)
from chalicelib.vault.personal import (
    ROOT_ID,
    check_change,
    check_new,
    check_removal,
    id_of,
    type_of,
)
from chalicelib.vault.policy_run import PolicySubject
from chalicelib.vault.ports import Commit, Counter, Epochs, Folders, Secrets, Write
from chalicelib.vault.visit import Visit

from .policing import Policing
from .sharing import KIND
from .templates import demand_settled

EPOCH = "folders"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FolderQuery:
    """What folders are searched for; None asks nothing."""

    text: str = ""
    parent_id: int | None = None
    only_children: bool = False
    only_roots: bool = False
    type_id: int | None = None
    needs: FolderDeed = FolderDeed.SEE


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What is to be different; None leaves it as it is."""

    name: str | None = None
    parent_id: int | None = None
    inherits_permissions: bool | None = None
    inherits_policy: bool | None = None
    policy_id: int | None = None
    templates: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A folder that somebody may see, in its tree, and how far his grant on it goes."""

    folder: Folder
    tree: Tree
    role: FolderRole | None


@dataclass(frozen=True, slots=True)
class FolderService:
    folders: Folders
    secrets: Secrets
    policing: Policing
    counter: Counter
    epochs: Epochs
    commit: Commit

    def see(self, visit: Visit, id: int, deed: FolderDeed = FolderDeed.SEE) -> Seen:
        """A folder, if the visitor may do `deed` with it. NotFound for what he may not see."""
        tree = self.folders.tree(visit.epoch)
        folder = tree.folder(id)
        role = _role(visit, tree, id)
        enforce(decide_folder(deed, visit.who.permissions, role), "folder")
        return Seen(folder, tree, role)

    def at(self, visit: Visit, path: str) -> int:
        r"""The id of the folder at `\A\B`. NotFound when there is none; `see` says who may."""
        found = self.folders.tree(visit.epoch).at(split_path(path))
        if found is None:
            raise NotFound("The folder was not found.")
        return found.id

    def search(self, visit: Visit, query: FolderQuery, asked: Paging) -> Page[Seen]:
        """The folders that the visitor may see, in order of their paths. No call."""
        tree = self.folders.tree(visit.epoch)
        found = [one for one in self._seen(visit, tree, query) if _matches(one.folder, query)]
        found.sort(key=lambda one: tree.path(one.folder.id).casefold())
        return page(found, asked, _property)

    def create(self, visit: Visit, draft: Folder) -> Seen:
        """Make a folder; its maker owns one that inherits nothing. Each call makes another."""
        tree = self._demand_parent(visit, draft.parent_id)
        tree.check_place(draft.parent_id)
        check_new(tree, draft.parent_id, draft.inherits_permissions)
        folder = replace(
            draft,
            id=self.counter.next("folder"),
            name=tree.check_name(draft.name, draft.parent_id),
            inherits_permissions=draft.inherits_permissions and draft.parent_id != NO_FOLDER,
        )
        if not folder.inherits_permissions:
            folder = replace(folder, grants=(self._owner(visit),))
        self.policing.of_folder(visit, None, folder)
        writes = [self.folders.put(folder), *self._above(tree, folder.parent_id)]
        where = tree.path(folder.parent_id) or "the root"
        self._write(visit, "CREATE", folder, writes, f"in {where}")
        return Seen(folder, _with(tree, folder), FolderRole.OWNER)

    def change(self, visit: Visit, id: int, wanted: FolderChange) -> Seen:
        """Rename or move a folder, or let it begin or cease to inherit permissions.

        All that is in it moves with it, and with it its grants, in this one write.
        """
        seen = self.see(visit, id, FolderDeed.EDIT)
        before, tree = seen.folder, seen.tree
        after = self._applied(visit, seen, wanted)
        if after == before:
            return seen
        check_change(tree, before, after)
        writes = [self.folders.put(after)]
        if after.parent_id != before.parent_id:
            writes += self._above(tree, after.parent_id)
        if _with(tree, after).policy_on(id) != tree.policy_on(id):
            writes.append(self.policing.through(visit, PolicySubject.FOLDER, id))
        self._write(visit, "UPDATE", after, writes, _told(tree, before, after))
        return Seen(after, _with(tree, after), seen.role)

    def delete(self, visit: Visit, id: int) -> None:
        """Remove an empty folder. StillUsed while it holds folders or secrets, deleted ones too."""
        seen = self.see(visit, id, FolderDeed.OWN)
        check_removal(seen.folder)
        if seen.tree.children.get(id):
            raise StillUsed("The folder is not empty: it holds folders.")
        if self.secrets.in_folder(id):
            raise StillUsed("The folder is not empty: it holds secrets, or deleted ones.")
        self._write(visit, "DELETE", seen.folder, [self.folders.delete(seen.folder)])

    def _seen(self, visit: Visit, tree: Tree, query: FolderQuery) -> list[Seen]:
        found = []
        for folder in _scope(tree, query):
            role = _role(visit, tree, folder.id)
            if decide_folder(query.needs, visit.who.permissions, role) is Verdict.ALLOWED:
                found.append(Seen(folder, tree, role))
        return found

    def _demand_parent(self, visit: Visit, parent_id: int) -> Tree:
        """The tree, if the visitor may put folders under that parent."""
        if parent_id != NO_FOLDER:
            return self.see(visit, parent_id, FolderDeed.EDIT).tree
        visit.who.require("Create Root Folders")
        return self.folders.tree(visit.epoch)

    def _applied(self, visit: Visit, seen: Seen, wanted: FolderChange) -> Folder:
        before, tree = seen.folder, seen.tree
        inherits_policy = _or(wanted.inherits_policy, before.inherits_policy)
        after = replace(
            before,
            parent_id=_or(wanted.parent_id, before.parent_id),
            inherits_policy=inherits_policy,
            policy_id=0 if inherits_policy else _or(wanted.policy_id, before.policy_id),
            inherits_permissions=_or(wanted.inherits_permissions, before.inherits_permissions),
        )
        if after.parent_id != before.parent_id:
            self.see(visit, before.id, FolderDeed.OWN)
            self._demand_parent(visit, after.parent_id)
            tree.check_place(after.parent_id, moved=before.id)
        if wanted.name is not None or after.parent_id != before.parent_id:
            name = before.name if wanted.name is None else wanted.name
            after = replace(after, name=tree.check_name(name, after.parent_id, but=before.id))
        if (after.policy_id, inherits_policy) != (before.policy_id, before.inherits_policy):
            self.see(visit, before.id, FolderDeed.OWN)
            self.policing.of_folder(visit, before, after)
        if wanted.templates is not None and wanted.templates != before.templates:
            after = replace(after, templates=self._templates(visit, before.id, wanted.templates))
        return self._shared(visit, seen, after)

    def _templates(self, visit: Visit, id: int, wanted: frozenset[int]) -> frozenset[int]:
        """Templates that there are, from who may say it: an Owner.

        Unavailable during an upgrade: a node of the version before would not keep them.
        """
        self.see(visit, id, FolderDeed.OWN)
        demand_settled(visit)
        for one in wanted:
            self.policing.definitions().template(one)
        return wanted

    def _shared(self, visit: Visit, seen: Seen, after: Folder) -> Folder:
        """The folder with the grants that fit whether it inherits: an Owner's to say."""
        before = seen.folder
        if after.parent_id == NO_FOLDER:
            after = replace(after, inherits_permissions=False)
        if after.inherits_permissions == before.inherits_permissions:
            return after
        self.see(visit, before.id, FolderDeed.OWN)
        if after.inherits_permissions:
            return replace(after, grants=())
        return replace(after, grants=self.own_grants(seen.tree.grants_on(before.id)))

    def own_grants(self, inherited: tuple[Grant, ...]) -> tuple[Grant, ...]:
        """Those grants as a folder's own, under ids of their own."""
        return tuple(replace(one, id=self.counter.next(KIND)) for one in inherited)

    def _owner(self, visit: Visit) -> Grant:
        me = Grantee(Who.USER, visit.who.user_id)
        return Grant(self.counter.next(KIND), me, Role.OWNER, FolderRole.OWNER)

    def _above(self, tree: Tree, parent_id: int) -> list[Write]:
        """Let the change fail if anything above moved meanwhile: two moves could make a ring."""
        return [self.folders.unchanged(one) for one in tree.chain(parent_id)]

    def _write(
        self, visit: Visit, action: str, folder: Folder, writes: list[Write], detail: str = ""
    ) -> None:
        audit = [visit.audit(action, "Folder", folder.id, detail)]
        self.commit([*writes, self.epochs.bump(EPOCH)], audit)


def _scope(tree: Tree, query: FolderQuery) -> list[Folder]:
    """The folders among which is searched."""
    if query.only_roots:
        return [tree.by_id[id] for id in tree.children.get(NO_FOLDER, ())]
    if query.parent_id is None:
        return list(tree.by_id.values())
    if query.only_children:
        return [tree.by_id[id] for id in tree.children.get(query.parent_id, ())]
    return list(tree.below(query.parent_id))


def _role(visit: Visit, tree: Tree, id: int) -> FolderRole | None:
    """How far a grant of his goes; who has a personal folder sees what they all lie in."""
    role = folder_role_of(tree.grants_on(id), visit.them)
    if role is None and id == ROOT_ID and id_of(visit.who.user_id) in tree.by_id:
        return FolderRole.VIEW
    return role


def _matches(folder: Folder, query: FolderQuery) -> bool:
    if query.type_id is not None and query.type_id != type_of(folder.id):
        return False
    return query.text.strip().casefold() in folder.name.casefold()


def _property(seen: Seen, name: str) -> object:
    folder = seen.folder
    known = {
        "id": folder.id,
        "foldername": folder.name,
        "value": folder.name,
        "folderpath": seen.tree.path(folder.id),
        "parentfolderid": folder.parent_id,
    }
    return known.get(name.lower())


def _with(tree: Tree, folder: Folder) -> Tree:
    """The tree as the change leaves it."""
    return tree_of({**tree.by_id, folder.id: folder}.values())


def _or(wanted: T | None, present: T) -> T:
    return present if wanted is None else wanted


def _told(tree: Tree, before: Folder, after: Folder) -> str:
    told = []
    if before.name != after.name:
        told.append("renamed")
    if before.parent_id != after.parent_id:
        told.append(f"moved to {tree.path(after.parent_id) or 'the root'}")
    if before.inherits_permissions != after.inherits_permissions:
        does = "inherits" if after.inherits_permissions else "no longer inherits"
        told.append(f"{does} permissions")
    if (before.policy_id, before.inherits_policy) != (after.policy_id, after.inherits_policy):
        told.append(f"secret policy {'inherited' if after.inherits_policy else after.policy_id}")
    if before.templates != after.templates:
        named = ", ".join(map(str, sorted(after.templates)))
        told.append(f"takes secrets of {f'the templates {named}' if named else 'any template'}")
    return ", ".join(told)
