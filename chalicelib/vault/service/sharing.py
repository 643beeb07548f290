"""A secret's own grants: each has an id that leads to its secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.vault.folder import NO_FOLDER, Tree
from chalicelib.vault.grants import Grant, Grantee, Role, Who, role_of
from chalicelib.vault.ports import Counter, Secrets, Write
from chalicelib.vault.secret import Secret
from chalicelib.vault.visit import Visit

MAX_GRANTS = 30
"""So many grants and their pointers fit in one transaction with the rest."""

KIND = "permission"
"""One counter for grants on secrets and folders alike."""


@dataclass(frozen=True, slots=True)
class Sharing:
    secrets: Secrets
    counter: Counter

    def settled(self, before: Secret, after: Secret, tree: Tree) -> tuple[Secret, list[Write]]:
        """The secret with the grants that fit whether it inherits, and the writes for them.

        One that ceases to inherit keeps what its folder gave; one that begins to loses its own.
        """
        if after.folder_id == NO_FOLDER:
            after = replace(after, inherits_permissions=False)
        if before.inherits_permissions == after.inherits_permissions:
            return after, []
        if after.inherits_permissions:
            return replace(after, grants=()), [
                self.secrets.forget_grant(one.id) for one in before.grants
            ]
        return self._own(after, before.grants_in(tree))

    def first(self, secret: Secret, creator: Visit, tree: Tree) -> tuple[Secret, list[Write]]:
        """A new secret with its grants; if its folder gives the creator nothing, he owns it."""
        owner = Grant(0, Grantee(Who.USER, creator.who.user_id), Role.OWNER)
        if secret.folder_id == NO_FOLDER or not secret.inherits_permissions:
            return self._own(secret, [owner])
        inherited = tree.grants_on(secret.folder_id)
        if role_of(inherited, creator.them) is None:
            return self._own(secret, [*inherited, owner])
        return secret, []

    def _own(self, secret: Secret, grants: Iterable[Grant]) -> tuple[Secret, list[Write]]:
        """The secret with grants of its own, made after those."""
        own = tuple(Grant(self.counter.next(KIND), one.to, one.role) for one in grants if one.role)
        check_count(own)
        writes = [self.secrets.point_grant(one.id, secret.id) for one in own]
        return replace(secret, inherits_permissions=False, grants=own), writes


def check_count(grants: tuple[Grant, ...]) -> None:
    if len(grants) > MAX_GRANTS:
        raise Invalid(f"At most {MAX_GRANTS} permissions: use a group.")
