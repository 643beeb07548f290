"""Secret policies: made and changed by those who administer them, for all secrets under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.core.errors import AccessDenied, Invalid
from chalicelib.vault.definitions import EPOCH, Definitions
from chalicelib.vault.folder import Tree
from chalicelib.vault.grants import Deed
from chalicelib.vault.policy import SILENT, Policy, demand_whole, told
from chalicelib.vault.policy_run import PolicySubject
from chalicelib.vault.ports import Commit, Counter, Epochs, Secrets, Write
from chalicelib.vault.ruling_ports import DefinitionRows, PolicyRows
from chalicelib.vault.state import LOCAL_SITE
from chalicelib.vault.visit import Visit

from .finding import At, Finder
from .policing import Policing
from .templates import demand_settled

KIND = "SecretPolicy"
MOST_COUNTED = 50
"""Of so many folders the secrets are counted: one Query each."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a policy goes: what has it as its own, and what inherits it."""

    folders: int
    inheriting_folders: int
    secrets: int
    inheriting_secrets: int


@dataclass(frozen=True, slots=True)
class PolicyService:
    definitions: DefinitionRows
    rows: PolicyRows
    secrets: Secrets
    finder: Finder
    policing: Policing
    counter: Counter
    epochs: Epochs
    commit: Commit

    def current(self) -> Definitions:
        return self.definitions.current()

    def create(self, visit: Visit, draft: Policy) -> Policy:
        """Make a policy. Each call makes another. Invalid for one that no secret could keep."""
        known = self._known(visit)
        made = replace(draft, id=self.counter.next("secret-policy"))
        return self._write(visit, known, None, made)

    def change(self, visit: Visit, id: int, change: Callable[[Policy], Policy]) -> Policy:
        """Change a policy. It counts at once for what is made and changed from now on;
        ProcessSecretPolicyChangesMessage takes it to the secrets that there are. What differs in
        nothing is not written.
        """
        known = self._known(visit)
        before = known.policy(id)
        return self._write(visit, known, before, change(before))

    def reach(self, visit: Visit, policy: Policy) -> Reach:
        """How far it goes. Two Queries, and one for each folder, up to fifty."""
        tree: Tree = self.finder.folders.tree(visit.epoch)
        own = [one for one in tree.by_id.values() if one.policy_id == policy.id]
        under = [id for id in tree.by_id if tree.policy_on(id) == policy.id]
        listed = sum(len(self.secrets.in_folder(id)) for id in under[:MOST_COUNTED])
        return Reach(len(own), len(under) - len(own), len(self.rows.owned(policy.id)), listed)

    def _known(self, visit: Visit) -> Definitions:
        demand_settled(visit)
        return self.definitions.fresh()

    def _write(
        self, visit: Visit, known: Definitions, before: Policy | None, after: Policy
    ) -> Policy:
        if after == before:
            return after
        demand_whole(after)
        others = (one for one in known.policies.values() if one.id != after.id)
        if after.name.casefold() in {one.name.casefold() for one in others}:
            raise Invalid("A secret policy of that name exists.")
        self._demand_privileged(visit, before, after)
        _demand_workflow(known, before, after)
        self._demand_site(before, after)
        writes: list[Write] = [self.rows.put(after), self.epochs.bump(EPOCH)]
        if before:
            writes.append(self.policing.through(visit, PolicySubject.POLICY, after.id))
        action = "UPDATE" if before else "CREATE"
        self.commit(writes, [visit.audit(action, KIND, after.id, told(before, after))])
        return self.definitions.fresh().policy(after.id)

    def _demand_site(self, before: Policy | None, after: Policy) -> None:
        """Refuse a site that is not there, as at a secret itself."""
        was = before.settings.get("siteId", SILENT).value if before else None
        now = after.settings.get("siteId", SILENT).value
        if now is not None:
            self.policing.demand_site(int(was or LOCAL_SITE), int(now))  # type: ignore[arg-type]

    def _demand_privileged(self, visit: Visit, before: Policy | None, after: Policy) -> None:
        """Refuse a privileged account whose values he may not view, as at a secret itself."""
        name = "privilegedSecretId"
        wanted = after.settings.get(name, SILENT).value
        if not wanted or (before and before.settings.get(name) == after.settings.get(name)):
            return
        found = self.finder.look(visit, At(int(wanted)))  # type: ignore[arg-type]
        if not found.secret.is_active or not self.finder.may(visit, found, Deed.REVEAL):
            raise AccessDenied("Access denied: you may not use that privileged account.")


def _demand_workflow(known: Definitions, before: Policy | None, after: Policy) -> None:
    """Refuse a workflow that is not there, or inactive, as at a secret itself."""
    name = "approvalWorkflow"
    wanted = after.settings.get(name, SILENT)
    if not wanted.value or (before and before.settings.get(name) == wanted):
        return
    if not known.workflow(int(wanted.value)).is_active:  # type: ignore[arg-type]
        raise Invalid("The workflow template is not active.")
