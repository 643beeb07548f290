"""Giving a secret another template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.core.errors import StillUsed, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault import change, conversion
from chalicelib.vault import checkout as checkouts
from chalicelib.vault.compliance import judged
from chalicelib.vault.conversion import Move
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, Values, Write
from chalicelib.vault.secret import Secret, check_name, check_size
from chalicelib.vault.state import SecretState
from chalicelib.vault.templates import MAX_HISTORY, Part, Template
from chalicelib.vault.visit import Visit

from .field_value import check_value
from .finding import At, Finder, Found
from .indexing import Indexing
from .placing import demand_taken, demand_usable, served
from .policing import Policing
from .privileged import demand_privileged


@dataclass(frozen=True, slots=True)
class Wish:
    """Which template, and what its fields get; ids are of fields.

    pairs: from which field to which; none for what is alike
    given: values by the field that is to have them
    """

    template_id: int
    name: str | None = None
    pairs: Sequence[tuple[int, int]] = ()
    given: Mapping[int, Plain] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ConvertService:
    finder: Finder
    values: Values
    indexing: Indexing
    policing: Policing
    commit: Commit
    definitions: Callable[[], Definitions]

    def plan(self, visit: Visit, at: At, template_id: int) -> tuple[Template, Template, list[Move]]:
        """The templates before and after, and what would go where. No value leaves."""
        before = self.finder.secret(visit, at, Deed.VIEW).secret.template
        kind = self.definitions().template(template_id)
        return before, kind, list(conversion.usual(before, kind))

    def convert(self, visit: Visit, at: At, wish: Wish) -> Found:
        """Give a secret another template; its Owner's. Values stay as they are sealed.

        Two calls besides the session's: the secret and the commit; one more where its account is
        on another kind of system then, and one for a privileged account. To the template that it
        has: nothing is written. Invalid for what the template does not take, or while work is
        under way on the account; Unavailable during an upgrade.
        """
        found = self.finder.secret(visit, at, Deed.CONVERT)
        before, kind = found.secret, self.definitions().template(wish.template_id)
        if kind.id == before.template_id:
            return found
        self._demand_possible(visit, found, kind)
        moves = self._moves(before.template, kind, wish)
        own = conversion.requirements(before, moves)
        kind = self.definitions().of_secret(kind.id, own)
        after = replace(conversion.converted(before, kind, moves), requirements=own)
        after = replace(after, name=check_name(wish.name or before.name, kind))
        after, history = self._filled(visit, after, wish)
        new = self._opened(after)
        self._demand_kept(kind, after, new)
        after = self.policing.enforced(after, found.tree)
        checkouts.demand_terms(after.checkout, kind)
        goes = conversion.goes_elsewhere(before, self._opened(before), after, new)
        if goes:
            after = replace(after, pins=())
        if after.privileged_id:
            machine = new.get(kind.parts.get(Part.MACHINE, ""), Plain(""))
            demand_privileged(self.finder, visit, after, machine)
        told = conversion.told(before, after, moves)
        lines = [self.finder.line(visit, found, "CONVERT", told)]
        if goes:
            where = "sent elsewhere from now on: template; host pins cleared"
            lines.append(visit.audit("REDIRECT", "Secret", before.id, where))
        state = self._state(visit, found, after, new)
        secrets = self.finder.secrets
        writes = [secrets.put(after), secrets.put_state(state), *history]
        writes += self.indexing.writes(visit, before, after)
        writes += self.policing.writes(before, after)
        mail = self.finder.watching.changed(visit, after, "Template")
        self.commit([*writes, *mail.writes], lines, mail.events)
        return replace(found, secret=after, state=state)

    def _moves(self, before: Template, kind: Template, wish: Wish) -> tuple[Move, ...]:
        if not wish.pairs:
            moves = conversion.usual(before, kind)
            return tuple(one for one in moves if one.target.id not in wish.given)
        return conversion.chosen(before, kind, wish.pairs)

    def _demand_possible(self, visit: Visit, found: Found, kind: Template) -> None:
        if visit.upgrading:  # the version before would not find its values
            raise Unavailable("Secrets can be converted once the upgrade in progress is finished.")
        demand_usable(visit, kind)
        if found.secret.folder_id != NO_FOLDER:
            demand_taken(found.tree.folder(found.secret.folder_id), kind)
        conversion.demand_idle(found.state)
        is_another = found.secret.template.changer != kind.changer
        if is_another and (others := served(self.finder.secrets, found.secret.id)):
            raise StillUsed(f"The secret is the privileged account of {others} others.")

    def _filled(self, visit: Visit, after: Secret, wish: Wish) -> tuple[Secret, list[Write]]:
        """The secret with the values that came, and what they replace in the history."""
        known, history = dict(after.values), list[Write]()
        for id, value in wish.given.items():
            one = after.template.by_id(id)
            former, version = known.get(one.slug), after.next_version(one.slug)
            if former is not None:
                history += self.finder.secrets.keep(after.id, former, visit.now, MAX_HISTORY)
            checked = check_value(one, value)
            known[one.slug] = self.values.seal(after.id, one.stored_as, version, checked, visit.now)
        check_size([*known.values(), *after.former])
        return replace(after, values=known), history

    def _opened(self, secret: Secret) -> dict[str, Plain]:
        return {
            one.slug: self.values.open(secret.id, value)
            for one in secret.template.fields
            if not one.is_file and (value := secret.value_of(one.slug))
        }

    def _demand_kept(self, kind: Template, after: Secret, new: Mapping[str, Plain]) -> None:
        """Raise Invalid unless the values are such as the template takes."""
        for slug, value in new.items():
            check_value(kind.by_slug(slug), value)
        change.demand_required(kind, {slug for slug in after.values if after.value_of(slug)})
        if kind.validate_on_edit:
            change.demand_passwords(kind, new, new.get(kind.username_slug))

    def _state(
        self, visit: Visit, found: Found, after: Secret, new: Mapping[str, Plain]
    ) -> SecretState:
        state = found.state.edited(visit.now, after.checks)
        state = state.expiring(after.expires_at(), changes=change.changes_itself(after))
        return replace(state, judged=judged(after, lambda slug: new.get(slug, Plain(""))))
