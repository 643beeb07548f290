"""What secret policies say while somebody makes or changes a secret, or a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chalicelib.access.principal import behalf_of
from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import Folder, Tree
from chalicelib.vault.policy import Policy, assigned, brought, demand_kept, kept_up, policy_id_of
from chalicelib.vault.policy_run import PolicyRun, PolicySubject
from chalicelib.vault.ports import Write
from chalicelib.vault.ruling_ports import PolicyRows
from chalicelib.vault.secret import Secret
from chalicelib.vault.visit import Visit

CUSTOMISES = "Administer Custom Password Requirements"
ASSIGNS = "Assign Secret Policy"


@dataclass(frozen=True, slots=True)
class Policing:
    """No call of its own. definitions: as of now, as a rule without a call.

    has_site: whether there is a site of that id; one read, until it was seen once
    """

    definitions: Callable[[], Definitions]
    rows: PolicyRows
    ids: Ids
    has_site: Callable[[int], bool]

    def of(self, secret: Secret, tree: Tree) -> Policy | None:
        """The policy that counts for a secret."""
        return self.definitions().counting(policy_id_of(secret, tree))

    def ruled(self, visit: Visit, secret: Secret, wanted: Mapping[str, int]) -> Secret:
        """The secret with requirements of its own: see `Definitions.with_requirements`.

        Unavailable during an upgrade: a node of the version before would not keep them.
        AccessDenied for who changes them without the role permission.
        """
        if not wanted:
            return secret
        if visit.upgrading:
            raise Unavailable("Requirements of one secret can be set once the upgrade is finished.")
        ruled = self.definitions().with_requirements(secret, wanted)
        if ruled.requirements != secret.requirements:
            visit.who.require(CUSTOMISES)
        return ruled

    def first(self, visit: Visit, blank: Secret, secret: Secret, tree: Tree) -> Secret:
        """A new secret as its policy has it. Who may assign none makes secrets that inherit."""
        if secret.policy_id:
            self._demand_assigner(visit, secret.policy_id)
        elif not visit.who.may(ASSIGNS):
            secret = replace(secret, switches=replace(secret.switches, inherits_policy=True))
        policy = self.of(secret, tree)
        return assigned(policy, blank, secret) if policy else secret

    def copied(self, visit: Visit, blank: Secret, copy: Secret, tree: Tree) -> Secret:
        """A copy as its policy has it: it has the source's own, if its maker may assign one."""
        if copy.policy_id and not visit.who.may(ASSIGNS):
            switches = replace(copy.switches, inherits_policy=True)
            copy = replace(copy, policy_id=0, switches=switches)
        return self.first(visit, blank, copy, tree)

    def enforced(self, secret: Secret, tree: Tree) -> Secret:
        """With all that is enforced on it: another template may take what the former did not."""
        policy = self.of(secret, tree)
        return kept_up(policy, secret) if policy else secret

    def settled(self, visit: Visit, before: Secret, wanted: Secret, tree: Tree) -> Secret:
        """The changed secret as its policy has it.

        Raises EnforcedByPolicy for a change of what that enforces, AccessDenied for who may assign
        no policy, and Unavailable for another one during an upgrade.
        """
        if _own(before) != _own(wanted):
            self._demand_assigner(visit, wanted.policy_id)
        policy = self.of(wanted, tree)
        if policy_id_of(before, tree) != policy_id_of(wanted, tree):
            if visit.upgrading:
                raise Unavailable("Another secret policy can count once the upgrade is finished.")
            return assigned(policy, before, wanted) if policy else brought(None, wanted)
        if policy:
            demand_kept(policy, before, wanted)
        return wanted

    def after_renaming(self, before: Secret, wanted: Secret, tree: Tree) -> Secret:
        """With all that is enforced: who goes through the secrets by name may miss this one."""
        return self.enforced(wanted, tree) if before.name != wanted.name else wanted

    def demand_site(self, before: int, after: int) -> None:
        """Invalid for another site that is not there: its work would be offered to nobody."""
        if after != before and not self.has_site(after):
            raise Invalid(f"The site {after} was not found.")

    def writes(self, before: Secret | None, after: Secret) -> list[Write]:
        """What finds the secret by its own policy."""
        was, now = before.policy_id if before else 0, after.policy_id
        if was == now:
            return []
        disowned = [self.rows.disown(was, after.id)] if was else []
        return disowned + ([self.rows.own(now, after.id)] if now else [])

    def of_folder(self, visit: Visit, before: Folder | None, after: Folder) -> None:
        """Refuse another policy of a folder to who may assign none.

        A move is none, though another policy may count by it.
        """
        was = (before.policy_id, before.inherits_policy) if before else (0, True)
        now = (after.policy_id, after.inherits_policy)
        if was != now and (before or after.policy_id):
            self._demand_assigner(visit, after.policy_id)
            if visit.upgrading:
                raise Unavailable("Another secret policy can count once the upgrade is finished.")

    def through(self, visit: Visit, subject: PolicySubject, id: int) -> Write:
        """Has a change go through the secrets that it is about."""
        run = PolicyRun(subject, id, self.ids(), visit.now, behalf_of(visit.who))
        return self.rows.ask(run)

    def _demand_assigner(self, visit: Visit, policy_id: int) -> None:
        visit.who.require(ASSIGNS)
        if policy_id and self.definitions().counting(policy_id) is None:
            raise Invalid("The secret policy was not found, or is not active.")


def _own(secret: Secret) -> tuple[int, bool]:
    return (secret.policy_id, secret.switches.inherits_policy)
