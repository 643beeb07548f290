"""Metadata of items: seen, added, changed and removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, StillUsed
from chalicelib.vault.visit import Visit

from .field import (
    GENERAL,
    MAX_TEXT,
    MOST_FIELDS,
    MOST_VALUES,
    DataType,
    Entry,
    Field,
    Given,
    Item,
    Known,
    Past,
    Section,
    name_of,
)

ADMINISTER = "Administer Metadata"


class Rows(Protocol):
    def known(self) -> Known: ...

    def of(self, item: Item) -> list[Entry]: ...

    def make_section(self, one: Section) -> Any: ...

    def change_section(self, before: Section, after: Section) -> list[Any]: ...

    def put_field(self, one: Field) -> Any: ...

    def put(self, one: Entry) -> Any: ...

    def gone(self, one: Entry) -> Any: ...

    def past(self, item: Item) -> list[Past]: ...

    def keep(self, one: Past) -> Any: ...


class Doors(Protocol):
    def admit(self, visit: Visit, item: Item, *, changes: bool) -> list[Any]: ...


class Counter(Protocol):
    def next(self, kind: str) -> int: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A value to be added: to a field that there is, by its id, or by the names of field and
    section, which are made if they are not there.
    """

    given: Given
    field_id: int | None = None
    name: str = ""
    type: DataType | None = None
    personal: bool = False
    section_id: int | None = None
    section: str = ""
    description: str = ""
    administered: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A value with its field and section."""

    entry: Entry
    field: Field
    section: Section


@dataclass(frozen=True, slots=True)
class MetadataService:
    """Changes begin again from their reading when somebody else came first."""

    rows: Rows
    doors: Doors
    is_user: Callable[[int], bool]
    counter: Counter
    commit: Commit

    def known(self) -> Known:
        """All sections and fields. One Query."""
        return self.rows.known()

    def of(self, visit: Visit, item: Item) -> list[Shown]:
        """The metadata of an item, for who may see the item: by section and field."""
        self.doors.admit(visit, item, changes=False)
        known = self.rows.known()
        shown = [_shown(one, known) for one in self.rows.of(item)]
        return sorted(shown, key=lambda one: (one.section.name.casefold(), one.field.name))

    def may_change(self, visit: Visit, item: Item) -> bool:
        """Whether he may change the metadata of an item that he may see. Raises NotFound."""
        self.doors.admit(visit, item, changes=False)
        try:
            self.doors.admit(visit, item, changes=True)
        except AccessDenied:
            return False
        return True

    def add(self, visit: Visit, item: Item, draft: Draft) -> Shown:
        """A value more. StillUsed when the item has one in that field: `change` it."""

        def once() -> Shown:
            checks = self.doors.admit(visit, item, changes=True)
            known, present = self.rows.known(), self.rows.of(item)
            section, field, writes = self._place(visit, known, draft)
            if any(one.field_id == field.id for one in present):
                raise StillUsed("It has a value in that field: change that one.")
            if len(present) >= MOST_VALUES:
                raise Invalid(f"There are at most {MOST_VALUES} values on one item.")
            value = self._value(draft.given, field)
            id = self.counter.next("metadata")
            made = Entry(id, item, field.id, value, visit.now, visit.who.user_id)
            line = _line(visit, item, "METADATA ADDED", section, field)
            self.commit([*checks, *writes, self.rows.put(made)], [line])
            return Shown(made, field, section)

        return settled(once)

    def change(
        self, visit: Visit, item: Item, id: int, given: Given | None, personal: bool | None
    ) -> Shown:
        """Another value, or whether its field tells of persons. What is the same is not written."""

        def once() -> Shown:
            checks = self.doors.admit(visit, item, changes=True)
            before = self._changeable(visit, item, id)
            entry, field, section = before.entry, before.field, before.section
            if given is not None:
                value = self._value(given, field)
                entry = entry.becoming(value, visit.now, visit.who.user_id)
            if personal is not None:
                field = replace(field, personal=personal)
            after = Shown(entry, field, section)
            if after == before:
                return after
            is_new = entry != before.entry
            writes = [self.rows.put(entry), self._kept(before.entry)] if is_new else []
            writes += [self.rows.put_field(field)] if field != before.field else []
            line = _line(visit, item, "METADATA CHANGED", section, field)
            self.commit([*checks, *writes], [line])
            return after

        return settled(once)

    def remove(self, visit: Visit, item: Item, id: int) -> None:
        """Take a value away; its field stays. NotFound when it is not there."""

        def once() -> None:
            checks = self.doors.admit(visit, item, changes=True)
            one = self._changeable(visit, item, id)
            line = _line(visit, item, "METADATA REMOVED", one.section, one.field)
            self.commit([*checks, self.rows.gone(one.entry), self._kept(one.entry)], [line])

        settled(once)

    def change_section(
        self, visit: Visit, id: int, name: str | None, about: str | None, administered: bool | None
    ) -> Section:
        """Another name or description, or who changes values in it; for who administers metadata.

        What is the same is not written. StillUsed for the name of another section.
        """
        visit.who.require(ADMINISTER)

        def once() -> Section:
            known = self.rows.known()
            before = known.section(id)
            after = replace(
                before,
                name=before.name if name is None else name_of(name, "A section's name"),
                description=before.description if about is None else about.strip(),
                administered=before.administered if administered is None else administered,
            )
            other = known.section_named(after.name)
            if other is not None and other.id != id:
                raise StillUsed("Another section has that name.")
            if len(after.description) > MAX_TEXT:
                raise Invalid(f"A section's description has at most {MAX_TEXT} characters.")
            if after != before:
                line = visit.audit("UPDATE", "MetadataSection", id, after.name)
                self.commit(self.rows.change_section(before, after), [line])
            return after

        return settled(once)

    def history(self, visit: Visit, item: Item) -> list[tuple[int, Shown]]:
        """What values an item has and had, as of when each was set, newest first; the number of
        the row of one that was. For who may see the item.
        """
        self.doors.admit(visit, item, changes=False)
        known = self.rows.known()
        present = [Past(0, one.as_set()) for one in self.rows.of(item)]
        every = [*self.rows.past(item), *present]
        every.sort(key=lambda one: one.entry.at, reverse=True)
        return [(one.number, _shown(one.entry, known)) for one in every]

    def _kept(self, one: Entry) -> Any:
        return self.rows.keep(Past(self.counter.next("metadata-past"), one.as_set()))

    def _changeable(self, visit: Visit, item: Item, id: int) -> Shown:
        found = next((one for one in self.rows.of(item) if one.id == id), None)
        if found is None:
            raise NotFound("The metadata was not found on that item.")
        shown = _shown(found, self.rows.known())
        _demand_section(visit, shown.section)
        return shown

    def _place(self, visit: Visit, known: Known, draft: Draft) -> tuple[Section, Field, list[Any]]:
        """The field that a draft means, in its section, and the writes that make them."""
        if draft.field_id:
            field = known.field(draft.field_id)
            section = known.section(field.section_id)
            _demand_section(visit, section)
            return section, field, []
        section, writes = self._section(known, draft)
        _demand_section(visit, section)
        name = name_of(draft.name, "A field's name")
        present = known.field_named(section.id, name)
        if present is not None:
            if draft.type not in (None, present.type):
                raise Invalid(f"That field takes values of type {present.type.value}.")
            return section, present, writes
        if len(known.fields) >= MOST_FIELDS:
            raise Invalid(f"There are at most {MOST_FIELDS} fields of metadata.")
        id = self.counter.next("metadata-field")
        made = Field(id, section.id, name, draft.type or DataType.STRING, draft.personal)
        return section, made, [*writes, self.rows.put_field(made)]

    def _section(self, known: Known, draft: Draft) -> tuple[Section, list[Any]]:
        if draft.section_id:
            return known.section(draft.section_id), []
        name = name_of(draft.section or GENERAL, "A section's name")
        present = known.section_named(name)
        if present is not None:
            return present, []
        if len(draft.description) > MAX_TEXT:
            raise Invalid(f"A section's description has at most {MAX_TEXT} characters.")
        id = self.counter.next("metadata-section")
        made = Section(id, name, draft.description.strip(), draft.administered)
        return made, [self.rows.make_section(made)]

    def _value(self, given: Given, field: Field) -> Any:
        value = given.of(field.type)
        if field.type is DataType.USER and not self.is_user(int(value)):  # type: ignore[arg-type]
            raise NotFound("The user of the value was not found.")
        return value


def _demand_section(visit: Visit, section: Section) -> None:
    if section.administered:
        visit.who.require(ADMINISTER)


def _shown(entry: Entry, known: Known) -> Shown:
    field = known.field(entry.field_id)
    return Shown(entry, field, known.section(field.section_id))


def _line(visit: Visit, item: Item, action: str, section: Section, field: Field) -> AuditRecord:
    """It names the field, never the value."""
    return visit.audit(action, item.type.value, item.id, f"{section.name}: {field.name}")
