"""Changing a secret: one way for every request that does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Conflict
from chalicelib.core.plain import Plain
from chalicelib.vault import change as rules
from chalicelib.vault import hook
from chalicelib.vault.attachment import PLACEHOLDER, REMOVED_AFTER
from chalicelib.vault.change import Change
from chalicelib.vault.change_told import told
from chalicelib.vault.compliance import Judgement, judged
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import (
    Deed,
    Verdict,
)
from chalicelib.vault.ports import Commit, Files, Secrets, Values, Write
from chalicelib.vault.restriction import demand_terms
from chalicelib.vault.secret import FieldValue, Secret, Stored, check_size
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import Part, TemplateField
from chalicelib.vault.visit import Visit

from .field_value import check_value
from .finding import At, Finder, Found
from .indexing import Indexing
from .placing import demand_addable
from .policing import Policing
from .privileged import demand_privileged
from .sharing import Sharing


@dataclass(frozen=True, slots=True)
class Edited:
    """A change as it is going to be written.

    redirected: what of it sends values elsewhere
    steered:    what of it has a privileged account act on another account
    grants:     the writes that go with its grants
    """

    after: Secret
    changed: Mapping[str, Plain] = field(repr=False)
    redirected: list[str]
    steered: list[str]
    grants: list[Write]


@dataclass(frozen=True, slots=True)
class EditService:
    finder: Finder
    secrets: Secrets
    values: Values
    files: Files
    sharing: Sharing
    indexing: Indexing
    policing: Policing
    commit: Commit

    def change(self, visit: Visit, at: At, wanted: Change, *, shows: bool = False) -> Found:
        """Change a secret and say so in the trail; what differs in nothing is not written.

        Not to be repeated blindly: Conflict when it was changed since it was read, and then
        nothing is. AccessDenied for what the visitor may not change, or may not send elsewhere.
        shows: the answer shows its values, so the trail says that too (`Finder.open` follows).
        """
        found = self.finder.secret(visit, at, Deed.EDIT)
        before = found.secret
        if wanted.version not in (None, before.version):
            raise Conflict
        applied = self.policing.ruled(visit, rules.applied(before, wanted), wanted.requirements)
        named = self.policing.settled(visit, before, applied, found.tree)
        self._demand_rights(visit, found, named)
        named = self.policing.after_renaming(before, named, found.tree)
        self.policing.demand_site(before.site_id, named.site_id)
        given = rules.given(before.template, before.id, wanted.items)
        values = self.values.under(visit.opened, before.double_lock)
        changed = self._changed(values, before, given)
        changed |= dict.fromkeys(wanted.files, Plain(PLACEHOLDER))
        self._demand_fields(visit, found, changed)
        shared, grants = self.sharing.settled(before, named, found.tree)
        after = _sealed(values, shared, changed, wanted.files, visit.now)
        demand_terms(before, after, found.state, visit)
        redirected = rules.redirects(before, after, changed)
        steered = rules.steers(after, changed)
        if redirected or steered:
            self._demand_redirect(visit, found, after, changed, redirected + steered)
        if redirected:
            hooks = hook.unpinned(after.hooks)
            after = replace(after, pins=wanted.pins or (), hooks=hooks)
        if after != before:
            edited = Edited(after, changed, redirected, steered, grants)
            return self._write(visit, found, edited, shows)
        for line in self._views(visit, found) if shows else ():
            self.finder.note(self.commit, visit, found, line)
        return found

    def expire(self, visit: Visit, at: At) -> Found:
        """Let a secret's password count as too old from now on. May be repeated."""
        found = self.finder.secret(visit, at, Deed.EDIT)
        changes = rules.changes_itself(found.secret)
        state = found.state.expiring(visit.now, changes=changes)
        audit = visit.audit("EXPIRE", "Secret", found.secret.id, visit.comment.told)
        self.commit([self.secrets.put_state(state)], [audit])
        return replace(found, state=replace(state, version=state.version + 1))

    def _demand_rights(self, visit: Visit, found: Found, after: Secret) -> None:
        for deed in rules.deeds(found.secret, after):
            self.finder.demand(visit, found, deed)
        if after.folder_id not in (found.secret.folder_id, NO_FOLDER):
            demand_addable(visit, after.folder_id, found.tree, after.template)

    def _changed(
        self, values: Values, before: Secret, wanted: Mapping[str, Plain]
    ) -> dict[str, Plain]:
        """The values that differ from the present ones, each checked.

        RequiresDoubleLockPassword, when they are under a lock that is not open.
        """
        changed: dict[str, Plain] = {}
        for slug, value in wanted.items():
            one = before.template.by_slug(slug)
            present = _present(values, before, one)
            if not value.same(present):
                changed[slug] = check_value(one, value)
        if before.template.validate_on_edit:
            username = _username(values, before, changed)
            rules.demand_passwords(before.template, changed, username)
        return changed

    def _demand_fields(self, visit: Visit, found: Found, changed: Mapping[str, Plain]) -> None:
        """Refuse fields whose template lets others change them, or nobody."""
        before = found.secret
        filled = {slug for slug in before.values if before.value_of(slug)}
        for deed in rules.field_deeds(before.template, changed, filled):
            self.finder.demand(visit, found, deed)

    def _demand_redirect(
        self,
        visit: Visit,
        found: Found,
        after: Secret,
        changed: Mapping[str, Plain],
        redirected: list[str],
    ) -> None:
        """Refuse to send values elsewhere for who may not view all of them (DESIGN 8)."""
        what = " and ".join(redirected)
        if self.finder.verdict(visit, found, Deed.REVEAL) is not Verdict.ALLOWED:
            denied = AccessDenied(f"Changing the {what} needs the right to view the secret.")
            raise self.finder.refused(visit, found, Deed.EDIT, denied)
        if why := self.finder.kept(visit, found, Deed.REVEAL):
            denied = type(why)(f"Changing the {what} needs what viewing needs. {why}")
            raise self.finder.refused(visit, found, Deed.EDIT, denied)
        if after.privileged_id:
            demand_privileged(self.finder, visit, after, self._machine(visit, after))
        moves = after.site_id != found.secret.site_id
        for one in hook.steered(after.hooks, after.template, changed, moves=moves):
            place = Plain(one.machine) if one.machine else self._machine(visit, after)
            wanted = replace(after, privileged_id=one.account)
            demand_privileged(self.finder, visit, wanted, place, hook.CHANGER)

    def _machine(self, visit: Visit, after: Secret) -> Plain:
        slug = after.template.parts.get(Part.MACHINE, "")
        return self.values.under(visit.opened).open(after.id, after.value_of(slug))

    def _write(self, visit: Visit, found: Found, edited: Edited, shows: bool) -> Found:
        before, after, changed = found.secret, edited.after, edited.changed
        if any(slug in before.values for slug in changed):
            filled = {slug for slug in after.values if after.value_of(slug)}
            rules.demand_required(after.template, filled)
        state = rules.next_state(found.state, before, after, changed, visit.now)
        is_open = not after.double_lock or after.double_lock in visit.opened
        facts = [(one.name, one.requirements) for one in (before, after)]
        if is_open and (changed or facts[0] != facts[1]):  # a job may miss a new name else
            state = replace(state, judged=self._judged(visit, after))
        writes = [self.secrets.put(after), *edited.grants]
        writes += self.indexing.writes(visit, before, after)
        writes += self.policing.writes(before, after)
        writes += self._history(before, changed, visit.now)
        writes += self._objects(before, after, changed, visit.now)
        writes += self._on_state(visit, found, after, state)
        if after.folder_id not in (before.folder_id, NO_FOLDER):
            writes.append(self.finder.folders.exists(found.tree.folder(after.folder_id)))
        detail = visit.comment.beside(told(before, after, changed))
        audit = [visit.audit("UPDATE", "Secret", before.id, detail)]
        if edited.redirected:
            places = ", ".join(edited.redirected)
            where = f"sent elsewhere from now on: {places}; host pins cleared"
            audit.append(visit.audit("REDIRECT", "Secret", before.id, where))
        if edited.steered:
            what = f"the privileged account acts on another: {', '.join(edited.steered)}"
            audit.append(visit.audit("REDIRECT", "Secret", before.id, what))
        outcome = self.finder.judged(visit, Stored(after, state))
        mail = self.finder.watching.changed(visit, after, detail)
        lines = audit + (self._views(visit, outcome) if shows else [])
        self.commit([*writes, *mail.writes], lines, mail.events)
        return outcome

    def _judged(self, visit: Visit, after: Secret) -> Mapping[str, Judgement]:
        values = self.values.under(visit.opened)
        return judged(after, lambda slug: values.open(after.id, after.value_of(slug)))

    def _on_state(
        self, visit: Visit, found: Found, after: Secret, state: SecretState
    ) -> list[Write]:
        """The new state; of one that stays, that it holds still where the change depends on it."""
        if state != found.state:
            return [self.secrets.put_state(state)]
        if found.secret.checkout != after.checkout:
            return [self.secrets.unchanged_state(found.state)]
        return self.finder.still_admitted(visit, found)

    def _views(self, visit: Visit, found: Found) -> list[AuditRecord]:
        """What the trail says of an answer that shows the secret."""
        return self.finder.views(visit, found, "in the answer to a change")

    def _history(self, before: Secret, changed: Mapping[str, Plain], now: datetime) -> list[Write]:
        writes: list[Write] = []
        for slug in changed:
            former, most = before.value_of(slug), before.template.by_slug(slug).history
            if former is not None:
                writes += self.secrets.keep(before.id, former, now, most)
        return writes

    def _objects(
        self, before: Secret, after: Secret, changed: Mapping[str, Plain], now: datetime
    ) -> list[Write]:
        """Objects of the bucket that the secret has from now on, and those it has no more."""
        writes: list[Write] = []
        for slug in changed:
            fresh, former = after.values[slug], before.value_of(slug)
            if fresh.file and fresh.file.object:
                writes.append(self.files.taken(fresh.file.object))
            if former and former.file:
                lost = self._lost(before.id, former, before.template.by_slug(slug).history)
                at = now + REMOVED_AFTER
                writes += [self.files.given_up(before.id, id, at) for id in lost]
        return writes

    def _lost(self, id: int, former: FieldValue, most: int) -> list[str]:
        """The objects that neither the secret nor its history has after that. One Query at most."""
        gone = [former] if most < 1 else []
        if most >= 1 and former.version > most:
            kept = self.secrets.history(id, former.key)
            gone = [one for one, _ in kept if one.version == former.version - most]
        return [one.file.object for one in gone if one.file and one.file.object]


def _present(values: Values, before: Secret, one: TemplateField) -> Plain:
    """A field's present value; of a file, whether there is one."""
    value = before.value_of(one.slug)
    if one.is_file:
        return Plain(PLACEHOLDER if value else "")
    return values.open(before.id, value)


def _username(values: Values, before: Secret, changed: Mapping[str, Plain]) -> Plain:
    slug = before.template.username_slug
    return changed.get(slug) or values.open(before.id, before.value_of(slug))


def _sealed(
    values: Values,
    secret: Secret,
    changed: Mapping[str, Plain],
    files: Mapping[str, FieldValue],
    now: datetime,
) -> Secret:
    """The secret with the values that changed, in their next versions."""
    kept: dict[str, FieldValue] = {**secret.values, **files}
    for slug, value in changed.items():
        if slug not in files:
            key, version = secret.template.by_slug(slug).stored_as, secret.next_version(slug)
            kept[slug] = values.seal(secret.id, key, version, value, now)
    check_size([*kept.values(), *secret.former])
    return replace(secret, values=kept)
