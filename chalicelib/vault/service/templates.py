"""Templates: made and changed by those who administer them, for all secrets at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.vault.definitions import EPOCH, Definitions
from chalicelib.vault.field_change import FieldChange, exposed
from chalicelib.vault.ports import Commit, Counter, Epochs, Write
from chalicelib.vault.recheck import Recheck, Subject
from chalicelib.vault.ruling_ports import DefinitionRows, FieldChangeRows
from chalicelib.vault.template_change import with_changed, with_field
from chalicelib.vault.templates import FIRST_OWN, Part, Template, TemplateField
from chalicelib.vault.visit import Visit

KIND = "SecretTemplate"
NEEDED = (Part.MACHINE, Part.USERNAME, Part.PASSWORD)
"""What every changer asks for."""

New = tuple[TemplateField, Part | None]
"""A field to be made, and the part that it holds."""


@dataclass(frozen=True, slots=True)
class TemplateService:
    """Each change is one commit, on the version that it is based on: Conflict when another came
    first. It counts for every process with the next request, by an epoch of the gate.
    """

    rows: DefinitionRows
    changes: FieldChangeRows
    counter: Counter
    epochs: Epochs
    commit: Commit
    ids: Ids

    def current(self) -> Definitions:
        """All templates and requirements. No call, or one when somebody changed one."""
        return self.rows.current()

    def create(self, visit: Visit, draft: Template, fields: Sequence[New]) -> Template:
        """Make a template with those fields. Each call makes another.

        Invalid when a name or slug is taken, or a changer would not find what it asks for.
        """
        known = self._known(visit)
        made = replace(draft, id=FIRST_OWN + self.counter.next("template"))
        for one, part in fields:
            made = with_field(made, one, part)
        _demand_whole(made)
        return self._write(visit, known, None, made)

    def change(self, visit: Visit, id: int, change: Callable[[Template], Template]) -> Template:
        """Change a template, a built-in one too. What differs in nothing is not written."""
        known = self._known(visit)
        before = known.template(id)
        return self._write(visit, known, before, change(before))

    def add_field(self, visit: Visit, id: int, new: New) -> tuple[Template, TemplateField]:
        """One more field, empty in every secret. Each call adds another."""
        known = self._known(visit)
        before = known.template(id)
        after = self._write(visit, known, before, with_field(before, *new))
        return after, after.all_fields[-1]

    def change_field(
        self, visit: Visit, id: int, change: Callable[[TemplateField], TemplateField]
    ) -> tuple[Template, TemplateField]:
        """Change a field, or take it off its template. Secrets keep what they hold in it."""
        known = self._known(visit)
        before, _ = known.field(id)
        after = self._write(visit, known, before, with_changed(before, id, change))
        return after, after.by_id(id)

    def _known(self, visit: Visit) -> Definitions:
        demand_settled(visit)
        return self.rows.fresh()

    def _write(
        self, visit: Visit, known: Definitions, before: Template | None, after: Template
    ) -> Template:
        if after == before:
            return after
        _demand_known(known, before, after)
        writes: list[Write] = [self.rows.put(after), self.epochs.bump(EPOCH)]
        if before and _asks_more(before, after):
            writes.append(self.rows.ask(Recheck(Subject.TEMPLATE, after.id, self.ids())))
        shown = exposed(before, after) if before else {}
        if shown:
            writes.append(self.changes.ask(FieldChange(after.id, self.ids(), visit.now)))
        action = "UPDATE" if before else "CREATE"
        told = _told(before, after) if before else after.name
        lines = [visit.audit(action, KIND, after.id, told)]
        for key, is_shown in sorted(shown.items()):
            event = "FIELD EXPOSED" if is_shown else "FIELD ENCRYPTED"
            lines.append(visit.audit(event, KIND, after.id, key))
        self.commit(writes, lines)
        return self.rows.fresh().template(after.id)


def demand_settled(visit: Visit) -> None:
    """Raise Unavailable while nodes may be at work that would not see the change."""
    if visit.upgrading:
        raise Unavailable("This can be changed once the upgrade in progress is finished.")


def _demand_whole(made: Template) -> None:
    missing = [part.value for part in NEEDED if part not in made.parts]
    if made.changer and missing:
        raise Invalid(f"passwordTypeId needs fields that hold: {', '.join(missing)}.")


def _demand_known(known: Definitions, before: Template | None, after: Template) -> None:
    """Raise Invalid for a name that another template has, or a requirement that there is not."""
    others = (one for one in known.templates.values() if one.id != after.id)
    is_renamed = before is None or before.name != after.name
    if is_renamed and after.name.casefold() in {one.name.casefold() for one in others}:
        raise Invalid("A secret template of that name exists.")
    wanted = {one.requirement for one in after.fields} - {None}
    if not wanted <= set(known.requirements):
        raise Invalid("The password requirement was not found.")


def _asks_more(before: Template, after: Template) -> bool:
    """Whether passwords that secrets have are to meet what they had not to meet."""
    asked = [
        {(one.stored_as, one.requirement) for one in kind.fields if one.requirement}
        for kind in (before, after)
    ]
    new = {one.stored_as for one in after.all_fields} - {one.stored_as for one in before.all_fields}
    return any(key not in new for key, _ in asked[1] - asked[0])


def _told(before: Template, after: Template) -> str:
    """The names of what differs, for the trail."""
    compared = {
        "Name": before.name != after.name,
        "Description": before.description != after.description,
        "Active": before.is_active != after.is_active,
        "Name pattern": before.name_pattern != after.name_pattern,
        "Name pattern's message": before.name_pattern_error != after.name_pattern_error,
        "Expiration": before.expires_after != after.expires_after,
        "Heartbeat interval": before.heartbeat_every != after.heartbeat_every,
        "Validate on create": before.validate_on_create != after.validate_on_create,
        "One-time passwords": before.one_time != after.one_time,
        "Validate on edit": before.validate_on_edit != after.validate_on_edit,
    }
    former = {one.id: one for one in before.all_fields}
    fields = [
        f"Field {one.name}: {_told_of_field(former.get(one.id), one)}"
        for one in after.all_fields
        if former.get(one.id) != one
    ]
    return ", ".join([name for name, differs in compared.items() if differs] + fields)


def _told_of_field(before: TemplateField | None, after: TemplateField) -> str:
    if before is None:
        return "added"
    if before.is_active != after.is_active:
        return "taken back" if after.is_active else "taken off"
    names = [name for name in FIELD_FACTS if getattr(before, name) != getattr(after, name)]
    return " ".join(names) or "changed"


FIELD_FACTS = (
    "name",
    "slug",
    "type",
    "is_required",
    "is_indexable",
    "history",
    "description",
    "requirement",
    "edit_right",
    "needs_edit",
    "hide_on_view",
    "options",
    "order",
)
