"""Sections and fields, each under its name so that no two have one; values beside their item's."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.table import DataRow, Key, partition
from chalicelib.core.clock import parse_stamp, stamp

from .field import DataType, Entry, Field, Item, Known, Past, Section, Value

DEFINED = "metadata"


class MetadataSectionRow(DataRow, discriminator="metadata-section"):
    id = NumberAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    administered = BooleanAttribute()


class MetadataFieldRow(DataRow, discriminator="metadata-field"):
    version = VersionAttribute()
    id = NumberAttribute()
    section_id = NumberAttribute()
    name = UnicodeAttribute()
    data_type = UnicodeAttribute()
    personal = BooleanAttribute()


class MetadataRow(DataRow, discriminator="metadata"):
    """A value. `said`: its type and itself."""

    version = VersionAttribute()
    id = NumberAttribute()
    field_id = NumberAttribute()
    said = JSONAttribute()
    at = UnicodeAttribute()
    by = NumberAttribute()
    set_at = UnicodeAttribute(null=True)
    set_by = NumberAttribute(null=True)


class MetadataPastRow(DataRow, discriminator="metadata-past"):
    """A value that was replaced or removed; `at` and `by` of when it was set."""

    number = NumberAttribute()
    id = NumberAttribute()
    field_id = NumberAttribute()
    said = JSONAttribute()
    at = UnicodeAttribute()
    by = NumberAttribute()


def section_key(name: str) -> Key:
    return (DEFINED, f"section#{name.casefold()}")


def field_key(section_id: int, name: str) -> Key:
    return (DEFINED, f"field#{section_id:010d}#{name.casefold()}")


def value_key(item: Item, field_id: int) -> Key:
    return (f"metadata#{item.type.value.lower()}#{item.id}", f"value#{field_id:010d}")


class MetadataStore:
    """Reads are consistent."""

    def known(self) -> Known:
        """All sections and fields. One Query a MB."""
        rows = partition(DataRow, DEFINED)
        sections = [row for row in rows if isinstance(row, MetadataSectionRow)]
        fields = [row for row in rows if isinstance(row, MetadataFieldRow)]
        return Known(
            tuple(
                Section(int(row.id), row.name, row.description, row.administered)
                for row in sections
            ),
            tuple(
                Field(
                    int(row.id),
                    int(row.section_id),
                    row.name,
                    DataType(row.data_type),
                    row.personal,
                    int(row.version),
                )
                for row in fields
            ),
        )

    def of(self, item: Item) -> list[Entry]:
        """The values of an item. One Query."""
        rows = partition(MetadataRow, value_key(item, 0)[0], begins="value#")
        return [
            Entry(
                int(row.id),
                item,
                int(row.field_id),
                _value_of(row.said),
                parse_stamp(row.at),
                int(row.by),
                int(row.version),
                parse_stamp(row.set_at) if row.set_at else None,
                int(row.set_by or 0),
            )
            for row in rows
        ]

    def past(self, item: Item) -> list[Past]:
        """The values that were. One Query a MB."""
        rows = partition(MetadataPastRow, value_key(item, 0)[0], begins="past#")
        return [
            Past(
                int(row.number),
                Entry(
                    int(row.id),
                    item,
                    int(row.field_id),
                    _value_of(row.said),
                    parse_stamp(row.at),
                    int(row.by),
                ),
            )
            for row in rows
        ]

    def keep(self, one: Past) -> Write:
        """Keep a value that is replaced or removed in the same transaction."""
        entry, place = one.entry, value_key(one.entry.item, 0)[0]
        row = MetadataPastRow(place, f"past#{one.number:010d}", number=one.number, id=entry.id)
        row.field_id, row.by = entry.field_id, entry.by
        row.said, row.at = _stored(entry.value), stamp(entry.at)
        return Put(row, MetadataPastRow.pk.does_not_exist())

    def make_section(self, one: Section) -> Write:
        """Fails the change if there is one of that name."""
        return Put(_section_row(one), MetadataSectionRow.pk.does_not_exist())

    def change_section(self, before: Section, after: Section) -> list[Write]:
        """Fails the change if it was changed since, or there is another of its new name."""
        same = MetadataSectionRow.id == before.id
        same &= MetadataSectionRow.name == before.name
        same &= MetadataSectionRow.description == before.description
        same &= MetadataSectionRow.administered == before.administered
        if section_key(after.name) == section_key(before.name):
            return [Put(_section_row(after), same)]
        return [Delete(_section_row(before), same), self.make_section(after)]

    def put_field(self, one: Field) -> Write:
        """Store a field, if it is still of the version that the change is based on."""
        row = MetadataFieldRow(
            *field_key(one.section_id, one.name),
            id=one.id,
            section_id=one.section_id,
            name=one.name,
            data_type=one.type.value,
            personal=one.personal,
        )
        if one.version:
            row.version = one.version
        return Put(row)

    def put(self, one: Entry) -> Write:
        """Store a value, if it is still of the version that the change is based on."""
        row = _row(one)
        row.id, row.field_id, row.by = one.id, one.field_id, one.by
        row.said, row.at = _stored(one.value), stamp(one.at)
        row.set_at, row.set_by = stamp(one.set_at) if one.set_at else None, one.set_by or None
        return Put(row)

    def gone(self, one: Entry) -> Write:
        return Delete(_row(one))


def _section_row(one: Section) -> MetadataSectionRow:
    return MetadataSectionRow(
        *section_key(one.name),
        id=one.id,
        name=one.name,
        description=one.description,
        administered=one.administered,
    )


def _row(one: Entry) -> MetadataRow:
    row = MetadataRow(*value_key(one.item, one.field_id))
    if one.version:
        row.version = one.version
    return row


def _stored(value: Value) -> list[object]:
    return ["date", stamp(value)] if isinstance(value, datetime) else ["plain", value]


def _value_of(said: list[Value]) -> Value:
    form, value = said
    return parse_stamp(str(value)) if form == "date" else value
