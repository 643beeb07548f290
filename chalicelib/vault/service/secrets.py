"""Secrets: made, read, deleted and restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.core.errors import Invalid, StillUsed
from chalicelib.core.plain import Plain
from chalicelib.vault import change as rules
from chalicelib.vault.attachment import Content
from chalicelib.vault.change import Draft
from chalicelib.vault.checkout import BY_ITSELF_NOTHING, Access
from chalicelib.vault.compliance import judged
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import (
    Deed,
    Verdict,
)
from chalicelib.vault.passwords import Chance, generate
from chalicelib.vault.ports import Commit, Counter, Folders, Secrets, Values
from chalicelib.vault.requirement import DEFAULT
from chalicelib.vault.restriction import demand_terms
from chalicelib.vault.secret import MAX_ID, Secret, Stored, check_name, check_size
from chalicelib.vault.ssh_key import KeyMaterial
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import Part, Template, TemplateField
from chalicelib.vault.visit import Visit

from .attachments import Cabinet
from .checkouts import CheckoutService
from .field_value import check_value
from .finding import At, Finder, Found
from .indexing import Indexing
from .opened import Former, Opened
from .placing import demand_addable, demand_usable, served
from .policing import Policing
from .privileged import demand_privileged
from .sharing import Sharing
from .ssh_keys import KeyService


@dataclass(frozen=True, slots=True)
class SecretService:
    finder: Finder
    checkouts: CheckoutService
    secrets: Secrets
    folders: Folders
    values: Values
    cabinet: Cabinet
    sharing: Sharing
    indexing: Indexing
    policing: Policing
    keys: KeyService
    counter: Counter
    commit: Commit
    chance: Chance
    definitions: Callable[[], Definitions]

    def rows(self, id: int) -> Sequence[tuple[Any, str, str]]:
        """The rows to read together with the session, for a request about that secret."""
        return self.secrets.keys(id) if id > 0 else ()

    def read(
        self, visit: Visit, at: At, access: Access = BY_ITSELF_NOTHING, *, hidden: bool = True
    ) -> Opened:
        """A secret with all its values; with `hidden=False` without those that are hidden on view.

        The trail says so before they leave, or they do not.

        Two calls at most when its rows came with the request and it need not be checked out first:
        an epoch moved, and the trail.
        """
        found = self.checkouts.admitted(visit, at, access)
        values = self._open(visit, found, hidden=hidden)
        line = self.finder.line(visit, found, "VIEW", "" if hidden else "what is not hidden")
        self.finder.note(self.commit, visit, found, line)
        return Opened(self._left(visit, found, access), values)

    def field(
        self, visit: Visit, at: At, slug: str, access: Access = BY_ITSELF_NOTHING, why: str = ""
    ) -> Plain | Content:
        """One value, or file. The trail names the field, or `why`, before it leaves."""
        found = self.checkouts.admitted(visit, at, access)
        one = found.secret.template.by_slug(slug)
        self._demand_sight(visit, found, one)
        cabinet = self.cabinet.under(visit.opened)
        value = cabinet.value(found.secret.id, one, found.secret.value_of(one.slug))
        named = f"{one.name} (file {value.name})" if isinstance(value, Content) else one.name
        line = self.finder.line(visit, found, "VIEW", why or named)
        self.finder.note(self.commit, visit, found, line)
        self._left(visit, found, access)
        return value

    def shown(self, visit: Visit, found: Found) -> Opened:
        """The secret after a change that said `shows`; every value empty for who may not see it."""
        may_see = self.finder.may(visit, found, Deed.REVEAL)
        return Opened(found, self._open(visit, found) if may_see else {})

    def glimpse(self, visit: Visit, at: At) -> Found:
        """What may be known of a secret by who may list it: no value."""
        return self.finder.secret(visit, at, Deed.LIST)

    def history(self, visit: Visit, at: At, slug: str) -> list[Former]:
        """The former values of a field, newest first. The trail says so before they leave."""
        found = self.finder.secret(visit, at, Deed.HISTORY)
        one = found.secret.template.by_slug(slug)
        self._demand_sight(visit, found, one)
        stored = self.secrets.history(found.secret.id, one.stored_as)
        shown, id = self.cabinet.under(visit.opened).shown, found.secret.id
        former = [
            Former(old.version, old.at, until, shown(id, old), old.file) for old, until in stored
        ]
        line = self.finder.line(visit, found, "VIEW HISTORY", one.name)
        self.finder.note(self.commit, visit, found, line)
        return former

    def create(self, visit: Visit, draft: Draft) -> Found:
        """Make a secret. Each call makes another.

        Two calls besides the session's: ids (once in twenty) and the commit; one more to attach a
        privileged account.
        """
        visit.who.require("Add Secret")
        kind = demand_usable(visit, self.definitions().template(draft.template_id))
        tree = self.folders.tree(visit.epoch)
        demand_addable(visit, draft.folder_id, tree, kind)
        made, plain = self._filled(visit, kind, draft)
        secret = self._made(visit, kind, draft)
        blank = Secret(secret.id, secret.name, kind, visit.now)
        secret = self.policing.first(visit, blank, secret, tree)
        self.policing.demand_site(blank.site_id, secret.site_id)
        demand_terms(blank, secret, SecretState(secret.id), visit)
        if secret.privileged_id:
            machine = plain.get(kind.parts.get(Part.MACHINE, ""), Plain(""))
            demand_privileged(self.finder, visit, secret, machine)
        secret, grants = self.sharing.first(secret, visit, tree)
        secret = self._sealed(secret, plain, visit.now)
        files = self.keys.sealed(secret, made, draft.items, visit.now)
        secret = replace(secret, values={**secret.values, **files})
        facts = judged(secret, lambda slug: plain.get(slug, Plain("")))
        state = replace(rules.first_state(secret, visit.now), judged=facts)
        writes = [self.secrets.put(secret), self.secrets.put_state(state), *grants]
        writes += self.indexing.writes(visit, None, secret)
        writes += self.policing.writes(None, secret)
        if secret.folder_id != NO_FOLDER:
            writes.append(self.folders.exists(tree.folder(secret.folder_id)))
        found = self.finder.judged(visit, Stored(secret, state))
        views = self.finder.views(visit, found, "in the answer to its creation")
        self.commit(writes, [visit.audit("CREATE", "Secret", secret.id, kind.name), *views])
        return found

    def delete(self, visit: Visit, at: At) -> Found:
        """Put a secret away; it can be restored. Nothing is due for it from then on.

        Raises StillUsed while it is the privileged account of others: their changes would stop.
        """
        found = self.finder.secret(visit, at, Deed.DELETE)
        if not found.secret.is_active:
            return found
        if others := served(self.secrets, found.secret.id):
            raise StillUsed(
                f"The secret is the privileged account of {others} others: give them another first."
            )
        return self._turn(visit, found, active=False)

    def restore(self, visit: Visit, at: At) -> Found:
        """Bring a deleted secret back. May be repeated."""
        found = self.finder.secret(visit, replace(at, deleted=True), Deed.RESTORE)
        return found if found.secret.is_active else self._turn(visit, found, active=True)

    def generated(self, one: TemplateField) -> Plain:
        """A password for a field. Invalid when the field holds none. Nothing is stored."""
        if not one.is_password:
            raise Invalid(f"{one.name} is not a password field.")
        return generate(one.rules or DEFAULT, self.chance)

    def _left(self, visit: Visit, found: Found, access: Access) -> Found:
        """The secret as a request leaves it that has shown its values."""
        is_held = access.gives_back and found.state.checkout
        return self.checkouts.given_back(visit, found) if is_held else found

    def _turn(self, visit: Visit, found: Found, active: bool) -> Found:
        secret = replace(found.secret, is_active=active)
        state = replace(found.state, is_active=active)
        action = "UNDELETE" if active else "DELETE"
        mail = self.finder.watching.changed(visit, secret, "Deleted" if not active else "Restored")
        writes = [self.secrets.put(secret), self.secrets.put_state(state), *mail.writes]
        writes += self.indexing.writes(visit, found.secret, secret)
        self.commit(writes, [visit.audit(action, "Secret", secret.id)], mail.events)
        return replace(found, secret=secret, state=state)

    def _filled(
        self, visit: Visit, kind: Template, draft: Draft
    ) -> tuple[KeyMaterial, dict[str, Plain]]:
        """The draft's values, checked, with those generated that it asks for; and its keys."""
        given = {
            slug: check_value(kind.by_slug(slug), value)
            for slug, value in rules.given(kind, 0, draft.items).items()
        }
        to_make = [rules.field_named(kind, 0, one) for one in draft.items if one.generate]
        made = {one.slug: self.generated(one) for one in to_make}
        keys = self.keys.made(visit, kind, draft.keys, given)
        every = {**given, **made, **keys.texts}
        filled = {slug: value for slug, value in every.items() if value}
        rules.demand_required(kind, {*filled, *keys.files})
        if kind.validate_on_create:
            rules.demand_passwords(kind, filled, filled.get(kind.username_slug))
        return keys, filled

    def _made(self, visit: Visit, kind: Template, draft: Draft) -> Secret:
        id = self.counter.next("secret")
        if id > MAX_ID:
            raise Invalid("This cluster cannot hold more secrets.")
        return Secret(
            id=id,
            name=check_name(draft.name, kind),
            template=kind,
            created_at=visit.now,
            created_by=visit.who.user_id,
            folder_id=draft.folder_id,
            site_id=rules.check_site(draft.site_id),
            inherits_permissions=draft.inherits,
            switches=draft.switches,
            checkout=draft.checkout,
            requires_comment=draft.requires_comment,
            privileged_id=draft.privileged_id,
            policy_id=0 if draft.switches.inherits_policy else draft.policy_id,
        )

    def _sealed(self, secret: Secret, plain: Mapping[str, Plain], now: datetime) -> Secret:
        values = {
            slug: self.values.seal(
                secret.id, secret.template.by_slug(slug).stored_as, 1, value, now
            )
            for slug, value in plain.items()
        }
        check_size(values.values())
        return replace(secret, values=values)

    def _open(self, visit: Visit, found: Found, *, hidden: bool = True) -> dict[str, Plain]:
        """The values that the visitor sees, by slug; without `hidden` those in plain view."""
        secret = found.secret
        may_edit = self.finder.verdict(visit, found, Deed.EDIT) is Verdict.ALLOWED
        kept = {one.slug for one in secret.template.fields if one.needs_edit and not may_edit}
        if not hidden:
            kept |= {one.slug for one in secret.template.fields if _is_hidden(one)}
        shown = ((slug, one) for slug, one in secret.values.items() if slug not in kept)
        cabinet = self.cabinet.under(visit.opened)
        return {slug: cabinet.shown(secret.id, one) for slug, one in shown}

    def _demand_sight(self, visit: Visit, found: Found, one: TemplateField) -> None:
        if one.needs_edit:
            self.finder.demand(visit, found, Deed.EDIT)


def _is_hidden(one: TemplateField) -> bool:
    """Whether it is shown only when asked for. A read of the whole has names of files only."""
    return not one.is_file and (one.is_password or one.hide_on_view)
