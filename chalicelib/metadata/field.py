"""Fields and sections, which all items share, and the values that items have in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from chalicelib.core.errors import Invalid, NotFound

MAX_NAME = 100
MAX_TEXT = 1_000
MOST_FIELDS = 1_000
MOST_VALUES = 100
"""What one item has at most."""

GENERAL = "General"
"""The section of who names none."""

_FORBIDDEN = re.compile(r"[\x00-\x1f]")

Value: TypeAlias = str | bool | int | float | datetime


class DataType(StrEnum):
    STRING = "String"
    BOOLEAN = "Boolean"
    NUMBER = "Number"
    DATE_TIME = "DateTime"
    USER = "User"


class ItemType(StrEnum):
    USER = "User"
    SECRET = "Secret"  # noqa: S105 - what it is called
    FOLDER = "Folder"
    GROUP = "Group"


@dataclass(frozen=True, slots=True)
class Item:
    """What has metadata."""

    type: ItemType
    id: int


@dataclass(frozen=True, slots=True)
class Section:
    """administered: only who holds Administer Metadata changes values in it"""

    id: int
    name: str
    description: str = ""
    administered: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """personal: whether its values tell of persons; version: of the stored row"""

    id: int
    section_id: int
    name: str
    type: DataType
    personal: bool = False
    version: int = 0


N = TypeVar("N", Section, Field)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of an item, since `at`, made by `by`.

    set_at, set_by: when it became what it is, and by whom; None for as it was made
    version:        of the stored row, which a change is based on
    """

    id: int
    item: Item
    field_id: int
    value: Value
    at: datetime
    by: int
    version: int = 0
    set_at: datetime | None = None
    set_by: int = 0

    def becoming(self, value: Value, at: datetime, by: int) -> Entry:
        """With another value since then; the same is the same."""
        return self if value == self.value else replace(self, value=value, set_at=at, set_by=by)

    def as_set(self) -> Entry:
        """As of when it became what it is."""
        return replace(self, at=self.set_at or self.at, by=self.set_by or self.by)


@dataclass(frozen=True, slots=True)
class Past:
    """A value that was, as of when it was set. number: of its row; 0 for the present one"""

    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Given:
    """Values as they came, by the type of field that they are for; None is none."""

    string: str | None = None
    boolean: bool | None = None
    number: float | None = None
    date: datetime | None = None
    whole: int | None = None

    def of(self, type: DataType) -> Value:
        """The value for a field of that type. Invalid when it did not come, or is too long."""
        found: Value | None = {
            DataType.STRING: self.string,
            DataType.BOOLEAN: self.boolean,
            DataType.NUMBER: self.number,
            DataType.DATE_TIME: self.date,
            DataType.USER: self.whole,
        }[type]
        if found is None:
            raise Invalid(f"A field of type {type.value} takes a value of that type.")
        if isinstance(found, str) and len(found) > MAX_TEXT:
            raise Invalid(f"A text has at most {MAX_TEXT} characters.")
        return found


@dataclass(frozen=True, slots=True)
class Known:
    """All sections and fields."""

    sections: tuple[Section, ...] = ()
    fields: tuple[Field, ...] = field(default=())

    def section(self, id: int) -> Section:
        for one in self.sections:
            if one.id == id:
                return one
        raise NotFound("The section of metadata was not found.")

    def field(self, id: int) -> Field:
        for one in self.fields:
            if one.id == id:
                return one
        raise NotFound("The field of metadata was not found.")

    def section_named(self, name: str) -> Section | None:
        return _named(self.sections, name)

    def field_named(self, section_id: int, name: str) -> Field | None:
        return _named((one for one in self.fields if one.section_id == section_id), name)


def _named(some: Iterable[N], name: str) -> N | None:
    wanted = name.casefold()
    return next((one for one in some if one.name.casefold() == wanted), None)


def name_of(text: str, what: str) -> str:
    """The name as it is stored. Invalid when it cannot be one."""
    clean = text.strip()
    if not 1 <= len(clean) <= MAX_NAME or _FORBIDDEN.search(clean):
        raise Invalid(f"{what} has 1 to {MAX_NAME} characters.")
    return clean


def type_named(text: str) -> DataType:
    for one in DataType:
        if one.value.casefold() == text.strip().casefold():
            return one
    raise Invalid(f"fieldDataType must be {', '.join(DataType)}.")


def item_type_named(text: str) -> ItemType:
    """Raises Invalid."""
    for one in ItemType:
        if one.value.casefold() == text.strip().casefold():
            return one
    raise Invalid(f"The type of an item must be {', '.join(ItemType)}.")
