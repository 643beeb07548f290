"""ProcessSecretPolicyChangesMessage: changes of policies reach the secrets under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.access.principal import SYSTEM, Behalf, Principal
from chalicelib.core.again import settled
from chalicelib.core.clock import Clock
from chalicelib.core.errors import AccessDenied, ConclaveError, Conflict, Invalid
from chalicelib.core.tick import Tally
from chalicelib.vault import change as rules
from chalicelib.vault.change_told import told
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import Tree
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.hook import without_others
from chalicelib.vault.policy import Policy, brought, policy_id_of
from chalicelib.vault.policy_run import OWN, PolicyRun, Spot, spot_of
from chalicelib.vault.ports import Commit, Secrets, Values
from chalicelib.vault.ruling_ports import DefinitionRows, PolicyRows
from chalicelib.vault.secret import Secret, Stored
from chalicelib.vault.templates import Part
from chalicelib.vault.visit import Visit

from .finding import Finder
from .indexing import Indexing
from .privileged import demand_privileged

SLICE = 100
"""Secrets that are looked at before it is written down how far it is."""


class Authenticated(Protocol):
    @property
    def principal(self) -> Principal: ...


@dataclass(frozen=True, slots=True)
class Present:
    """What counts for a run. asker: who asked for it, as of now; None when he may nothing more."""

    run: PolicyRun
    known: Definitions
    tree: Tree
    visit: Visit
    asker: Visit | None


@dataclass(frozen=True, slots=True)
class ApplyService:
    """epochs:  of the folders and of the search index, read from the gate
    on_behalf: who asked, as of now. Raises AccessDenied for who may do nothing here any more
    refusal:   why nothing may be written here now, as in maintenance mode; None when it may
    """

    definitions: DefinitionRows
    rows: PolicyRows
    secrets: Secrets
    values: Values
    finder: Finder
    indexing: Indexing
    commit: Commit
    epochs: Callable[[], tuple[int, int]]
    on_behalf: Callable[[Behalf, datetime], Authenticated]
    refusal: Callable[[], ConclaveError | None]
    clock: Clock

    def run(self, deadline: datetime) -> Tally:
        """Slice after slice of one change until time is up. Nothing asked for: one Query.

        May be repeated and may die anywhere: a secret that is in line is left alone. One read for
        fifty secrets, and a transaction for each that is not.
        """
        now = self.clock()
        runs = self.rows.runs()
        due = [one for one in runs if one.is_due(now)]
        if not due or self.refusal():
            return Tally(len(due))
        one, tally = due[0].begun(now), Tally()
        present = self._present(one, now)
        after: PolicyRun | None = one
        while after is not None:
            spot, done = self._slice(present, spot_of(after.cursor))
            tally += done
            after = replace(after, cursor=str(spot)) if spot else after.ended_pass()
            with suppress(Conflict):  # asked for anew meanwhile: from the first on
                self.commit([self.rows.moved(after) if after else self.rows.over(one)])
            if spot is None or self.clock() >= deadline:
                break
        goes_on = bool(after and after.cursor) or len(due) > 1
        return replace(tally, cursor="more" if goes_on else "")

    def _present(self, run: PolicyRun, now: datetime) -> Present:
        folders, search = self.epochs()
        visit = Visit(SYSTEM, now, folders, cause=run.turn, search_epoch=search)
        asker: Visit | None = None
        with suppress(AccessDenied):
            asker = replace(visit, who=self.on_behalf(run.asker, now).principal)
        tree = self.finder.folders.tree(folders)
        return Present(run, self.definitions.fresh(), tree, visit, asker)

    def _slice(self, present: Present, spot: Spot) -> tuple[Spot | None, Tally]:
        """Look at so many secrets from there on, and say where the next slice begins."""
        folders, tally = present.run.folders(present.tree), Tally()
        at: Spot | None = spot if spot.folder else spot.next(folders)
        for _ in range(SLICE):  # empty folders cost a Query as well
            left = SLICE - tally.found
            if at is None or left < 1:
                break
            ids, last = self._page(present.run, at, left)
            done = [self._settled(present, one) for one in self.secrets.fetch(ids).values()]
            tally += Tally(len(ids), done.count(True), done.count(False))
            at = Spot(at.folder, last) if len(ids) >= left else at.next(folders)
        return at, tally

    def _page(self, run: PolicyRun, at: Spot, most: int) -> tuple[Sequence[int], str]:
        if at.folder != OWN:
            listed = self.secrets.page_in_folder(at.folder, at.after, most)
            return [one.id for one in listed], listed[-1].sort_key() if listed else ""
        is_policy = run.subject == "policy"
        owned = self.rows.owned(run.id, int(at.after or 0), most) if is_policy else []
        return owned, str(owned[-1]) if owned else ""

    def _settled(self, present: Present, stored: Stored) -> bool | None:
        """Bring one secret in line: whether that was done; None when nothing was to be done.

        False when a part of it was left, as who asked for it may not send its values elsewhere.
        """
        known, number = [stored], stored.secret.id

        def attempt() -> bool | None:
            found = known.pop() if known else self.secrets.fetch([number]).get(number)
            return self._apply(present, found) if found else None

        try:
            return settled(attempt)
        except (Conflict, Invalid):
            return False

    def _apply(self, present: Present, stored: Stored) -> bool | None:
        before, tree = stored.secret, present.tree
        policy = present.known.counting(policy_id_of(before, tree))
        wanted = brought(policy, before)
        after = self._allowed(present, stored, wanted)
        if after == before:
            return None if after == wanted else False
        redirected = rules.redirects(before, after, ())
        if redirected:
            after = replace(after, pins=(), hooks=without_others(after.hooks))
        self._write(present, stored, after, policy, redirected)
        return after.site_id == wanted.site_id and after.privileged_id == wanted.privileged_id

    def _allowed(self, present: Present, stored: Stored, wanted: Secret) -> Secret:
        """Without what sends values elsewhere, unless who asked for it might do so by hand."""
        before = stored.secret
        if not rules.redirects(before, wanted, ()):
            return wanted
        stays = replace(wanted, site_id=before.site_id, privileged_id=before.privileged_id)
        if present.asker is None:
            return stays
        found = self.finder.judged(present.asker, stored)
        if self.finder.verdict(present.asker, found, Deed.REVEAL) is not Verdict.ALLOWED:
            return stays
        if not wanted.privileged_id:
            return wanted
        machine = wanted.template.parts.get(Part.MACHINE, "")
        place = self.values.open(before.id, before.value_of(machine))
        try:
            demand_privileged(self.finder, present.asker, wanted, place)
        except ConclaveError:  # an account that was there already may not be sent there either
            return stays if before.privileged_id else replace(wanted, privileged_id=0)
        return wanted

    def _write(
        self,
        present: Present,
        stored: Stored,
        after: Secret,
        policy: Policy | None,
        redirected: Sequence[str],
    ) -> None:
        before, visit = stored.secret, present.visit
        state = rules.next_state(stored.state, before, after, (), visit.now)
        writes = [self.secrets.put(after), *self.indexing.writes(visit, before, after)]
        if state != stored.state:
            writes.append(self.secrets.put_state(state))
        what = f"{policy.name}: {told(before, after, ()) or 'as it was'}" if policy else "none"
        lines = [visit.audit("SECRET POLICY APPLIED", "Secret", before.id, what)]
        if redirected:
            where = f"sent elsewhere from now on: {', '.join(redirected)}; host pins cleared"
            lines.append(visit.audit("REDIRECT", "Secret", before.id, where))
        self.commit(writes, lines)
