"""Who holds what: the grants on folders and on secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid, NotFound
from chalicelib.vault.folder import Folder, Tree
from chalicelib.vault.grants import (
    Deed,
    FolderDeed,
    FolderRole,
    Grant,
    Grantee,
    PermissionsAreInherited,
    Role,
    demand_owner,
    with_grant,
)
from chalicelib.vault.people import Named, Wanted
from chalicelib.vault.personal import check_sharing
from chalicelib.vault.ports import Commit, Counter, Epochs, Folders, People, Secrets, Write
from chalicelib.vault.secret import Secret
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found
from .folders import EPOCH, FolderService
from .indexing import Indexing
from .sharing import KIND, check_count


@dataclass(frozen=True, slots=True)
class Held:
    """One grant on one thing, and what its holder is called."""

    grant: Grant
    on: int
    holder: Named


@dataclass(frozen=True, slots=True)
class Roles:
    """What a grant is to give."""

    role: Role | None
    folder_role: FolderRole | None = None


@dataclass(frozen=True, slots=True)
class FolderPermissionService:
    tree: FolderService
    folders: Folders
    people: People
    counter: Counter
    epochs: Epochs
    commit: Commit

    def on(self, visit: Visit, folder_id: int) -> list[Held]:
        """The grants that count on a folder, its own or inherited, for who may see it."""
        seen = self.tree.see(visit, folder_id)
        return _held(self.people, seen.tree.grants_on(folder_id), folder_id)

    def everywhere(self, visit: Visit) -> list[Held]:
        """All grants on the folders that the visitor may see, where they are given."""
        tree = self.folders.tree(visit.epoch)
        own = [one for one in tree.by_id.values() if not one.inherits_permissions]
        shown = [one for one in own if self._sees(visit, one)]
        return [held for one in shown for held in _held(self.people, one.grants, one.id)]

    def get(self, visit: Visit, grant_id: int) -> Held:
        """One grant, for who may see its folder."""
        folder, grant = _find(self.folders.tree(visit.epoch), grant_id)
        self.tree.see(visit, folder.id)
        return _held(self.people, [grant], folder.id)[0]

    def give(
        self, visit: Visit, folder_id: int, wanted: Wanted, roles: Roles, breaks: bool
    ) -> Held:
        """Grant roles on a folder; who holds some already gets these instead.

        PermissionsAreInherited unless `breaks`, for a folder that has none of its own.
        """
        _demand_folder_role(roles)
        seen = self.tree.see(visit, folder_id, FolderDeed.OWN)
        check_sharing(seen.tree, folder_id)
        holder = self.people.find(wanted)
        folder = self._own(seen.folder, seen.tree, breaks)
        known = [one.id for one in folder.grants if one.to == holder.to]
        id = known[0] if known else self.counter.next(KIND)
        grant = Grant(id, holder.to, roles.role, roles.folder_role)
        self._write(visit, folder, with_grant(folder.grants, grant), f"given to {holder.name}")
        return Held(grant, folder_id, holder)

    def change(self, visit: Visit, grant_id: int, roles: Roles) -> Held:
        """Let a grant give other roles."""
        _demand_folder_role(roles)
        folder, grant = _find(self.folders.tree(visit.epoch), grant_id)
        check_sharing(self.tree.see(visit, folder.id, FolderDeed.OWN).tree, folder.id)
        after = replace(grant, role=roles.role, folder_role=roles.folder_role)
        self._write(visit, folder, with_grant(folder.grants, after), "changed")
        return _held(self.people, [after], folder.id)[0]

    def take(self, visit: Visit, grant_id: int) -> None:
        """Take a grant away. Invalid when nobody would own the folder any more."""
        folder, grant = _find(self.folders.tree(visit.epoch), grant_id)
        check_sharing(self.tree.see(visit, folder.id, FolderDeed.OWN).tree, folder.id)
        rest = tuple(one for one in folder.grants if one.id != grant.id)
        self._write(visit, folder, rest, f"taken from {grant.to.who} {grant.to.id}")

    def _sees(self, visit: Visit, folder: Folder) -> bool:
        try:
            self.tree.see(visit, folder.id)
        except NotFound:
            return False
        return True

    def _own(self, folder: Folder, tree: Tree, breaks: bool) -> Folder:
        """The folder with grants of its own."""
        if not folder.inherits_permissions:
            return folder
        if not breaks:
            raise PermissionsAreInherited
        own = self.tree.own_grants(tree.grants_on(folder.id))
        return replace(folder, inherits_permissions=False, grants=own)

    def _write(self, visit: Visit, folder: Folder, after: tuple[Grant, ...], how: str) -> None:
        demand_owner(folder.grants, after)
        check_count(after)
        writes: list[Write] = [
            self.folders.put(replace(folder, grants=after)),
            self.epochs.bump(EPOCH),
        ]
        self.commit(writes, [visit.audit("SHARE", "Folder", folder.id, f"permission {how}")])


@dataclass(frozen=True, slots=True)
class SecretPermissionService:
    finder: Finder
    secrets: Secrets
    people: People
    counter: Counter
    indexing: Indexing
    commit: Commit

    def on(self, visit: Visit, secret_id: int) -> list[Held]:
        """The grants that count on a secret, its own or inherited, for who may view it."""
        found = self.finder.secret(visit, At(secret_id), Deed.VIEW)
        return _held(self.people, found.secret.grants_in(found.tree), secret_id)

    def get(self, visit: Visit, grant_id: int) -> Held:
        """One grant of a secret's own, for who may view the secret."""
        found, grant = self._find(visit, grant_id, Deed.VIEW)
        return _held(self.people, [grant], found.secret.id)[0]

    def give(self, visit: Visit, secret_id: int, wanted: Wanted, role: Role | None) -> Held:
        """Grant a role on a secret; who holds one already gets this instead.

        PermissionsAreInherited for a secret that has none of its own.
        """
        role = _demanded(role)
        found = self.finder.secret(visit, At(secret_id), Deed.OWN)
        check_sharing(found.tree, found.secret.folder_id)
        if found.secret.inherits_permissions:
            raise PermissionsAreInherited
        holder = self.people.find(wanted)
        known = [one.id for one in found.secret.grants if one.to == holder.to]
        grant = Grant(known[0] if known else self.counter.next(KIND), holder.to, role)
        pointer = [] if known else [self.secrets.point_grant(grant.id, secret_id)]
        after = with_grant(found.secret.grants, grant)
        shared = replace(found.secret, grants=after)
        self._write(visit, found.secret, shared, pointer, f"given to {holder.name}")
        return Held(grant, secret_id, holder)

    def give_each(self, visit: Visit, secret_id: int, roles: Mapping[Grantee, Role]) -> None:
        """Grant these roles on a secret, in one change. May be repeated: then nothing is written.

        PermissionsAreInherited for a secret that has none of its own.
        """
        found = self.finder.secret(visit, At(secret_id), Deed.OWN)
        secret = found.secret
        check_sharing(found.tree, secret.folder_id)
        if secret.inherits_permissions:
            raise PermissionsAreInherited
        after, pointers = secret.grants, []
        for to, role in roles.items():
            known = next((one for one in after if one.to == to), None)
            if known is None:
                grant = Grant(self.counter.next(KIND), to, role)
                pointers.append(self.secrets.point_grant(grant.id, secret_id))
                after = with_grant(after, grant)
            elif known.role is not role:
                after = with_grant(after, replace(known, role=role))
        if after != secret.grants:
            told = ", ".join(f"{to.who} {to.id}" for to in roles)
            shared = replace(secret, grants=after)
            self._write(visit, secret, shared, pointers, f"given to {told}")

    def give_only(self, visit: Visit, secret_id: int, roles: Mapping[Grantee, Role]) -> None:
        """Let exactly these hold grants on a secret, which inherits none from then on, in one
        change. May be repeated: then nothing is written. Invalid when nobody would own it.
        """
        secret = self.finder.secret(visit, At(secret_id), Deed.OWN).secret
        known = {one.to: one for one in secret.grants}
        if not secret.inherits_permissions and {to: one.role for to, one in known.items()} == roles:
            return
        if Role.OWNER not in roles.values():
            raise Invalid("At least one Owner must remain.")
        fresh = {to: self.counter.next(KIND) for to in roles if to not in known}
        after = tuple(
            replace(known[to], role=role) if to in known else Grant(fresh[to], to, role)
            for to, role in roles.items()
        )
        pointers = [self.secrets.point_grant(id, secret_id) for id in fresh.values()]
        gone = (one.id for to, one in known.items() if to not in roles)
        pointers += [self.secrets.forget_grant(id) for id in gone]
        told = ", ".join(f"{to.who} {to.id}" for to in roles)
        own = replace(secret, inherits_permissions=False, grants=after)
        self._write(visit, secret, own, pointers, f"only given to {told}")

    def change(self, visit: Visit, grant_id: int, role: Role | None) -> Held:
        """Let a grant give another role."""
        found, grant = self._find(visit, grant_id, Deed.OWN)
        check_sharing(found.tree, found.secret.folder_id)
        after = replace(grant, role=_demanded(role))
        shared = replace(found.secret, grants=with_grant(found.secret.grants, after))
        self._write(visit, found.secret, shared, [], "changed")
        return _held(self.people, [after], found.secret.id)[0]

    def take(self, visit: Visit, grant_id: int) -> None:
        """Take a grant away. Invalid when nobody would own the secret any more."""
        found, grant = self._find(visit, grant_id, Deed.OWN)
        rest = tuple(one for one in found.secret.grants if one.id != grant.id)
        pointer = [self.secrets.forget_grant(grant.id)]
        how = f"taken from {grant.to.who} {grant.to.id}"
        self._write(visit, found.secret, replace(found.secret, grants=rest), pointer, how)

    def _find(self, visit: Visit, grant_id: int, deed: Deed) -> tuple[Found, Grant]:
        """The secret that holds a grant, and the grant. Two reads."""
        secret_id = self.secrets.of_grant(grant_id)
        if secret_id is None:
            raise NotFound("The secret permission was not found.")
        found = self.finder.secret(visit, At(secret_id), deed)
        for one in found.secret.grants:
            if one.id == grant_id:
                return found, one
        raise NotFound("The secret permission was not found.")

    def _write(
        self,
        visit: Visit,
        secret: Secret,
        after: Secret,
        pointer: list[Write],
        how: str,
    ) -> None:
        demand_owner(secret.grants, after.grants)
        check_count(after.grants)
        audit = [visit.audit("SHARE", "Secret", secret.id, f"permission {how}")]
        found = self.indexing.writes(visit, secret, after)
        self.commit([self.secrets.put(after), *pointer, *found], audit)


def _held(people: People, grants: Iterable[Grant], on: int) -> list[Held]:
    """Grants with the names of their holders; one who is gone is called by his id."""
    listed = list(grants)
    names = people.known([one.to for one in listed])
    return [Held(one, on, names.get(one.to) or _gone(one.to)) for one in listed]


def _gone(to: Grantee) -> Named:
    return Named(to, f"{to.who} {to.id}", f"{to.who} {to.id}", 0)


def _find(tree: Tree, grant_id: int) -> tuple[Folder, Grant]:
    """The folder that holds a grant, and the grant. No call."""
    for folder in tree.by_id.values():
        for grant in folder.grants:
            if grant.id == grant_id:
                return folder, grant
    raise NotFound("The folder permission was not found.")


def _demand_folder_role(roles: Roles) -> None:
    if roles.folder_role is None:
        raise Invalid("folderAccessRoleName is required.")


def _demanded(role: Role | None) -> Role:
    if role is None:
        raise Invalid("secretAccessRoleName is required.")
    return role
