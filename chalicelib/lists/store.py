"""Lists as rows: one with its name, one with all its values, one that keeps its name for it."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.table import DataRow, Key, fetch, partition

from .categorized import Option, ValueList

LISTS = "lists"


class ListRow(DataRow, discriminator="list"):
    version = VersionAttribute()
    id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    active = BooleanAttribute()
    size = NumberAttribute()


class ListOptionsRow(DataRow, discriminator="list-options"):
    """All values of a list, each as id, value, category. It changes with its list's row only."""

    options = JSONAttribute()


class ListNameRow(DataRow, discriminator="list-name"):
    """Says that a list has that name: no other can."""

    list_id = UnicodeAttribute()


def list_key(id: str) -> Key:
    return (LISTS, f"list#{id}")


def options_key(id: str) -> Key:
    return (f"list#{id}", "options")


def name_key(name: str) -> Key:
    return (f"list-name#{name.casefold()}", "name")


class ListStore:
    """Reads are consistent."""

    def all(self) -> list[ValueList]:
        """Every list. One Query a MB."""
        return [_list_of(row) for row in partition(ListRow, LISTS, begins="list#")]

    def fetch(self, id: str) -> ValueList | None:
        row = fetch(ListRow, *list_key(id))
        return _list_of(row) if row else None

    def options(self, id: str) -> list[Option]:
        """The values of a list. One read."""
        row = fetch(ListOptionsRow, *options_key(id))
        return [Option(*one) for one in row.options] if row else []

    def put(self, one: ValueList) -> Write:
        """Store a list, if it is still of the version that the change is based on."""
        return Put(_row_of(one))

    def put_options(self, id: str, options: Sequence[Option]) -> Write:
        """Its values, in one transaction with `put`, which says that nobody else came between."""
        stored = [[one.id, one.value, one.category] for one in options]
        return Put(ListOptionsRow(*options_key(id), options=stored))

    def take_name(self, one: ValueList) -> Write:
        """Fails the change if another list has that name."""
        return Put(
            ListNameRow(*name_key(one.name), list_id=one.id), ListNameRow.pk.does_not_exist()
        )

    def leave_name(self, one: ValueList) -> Write:
        return Delete(ListNameRow(*name_key(one.name)), ListNameRow.list_id == one.id)

    def gone(self, one: ValueList) -> list[Write]:
        options = ListOptionsRow(*options_key(one.id))
        return [Delete(_row_of(one)), Delete(options), self.leave_name(one)]


def _list_of(row: ListRow) -> ValueList:
    return ValueList(row.id, row.name, row.description, row.active, int(row.size), int(row.version))


def _row_of(one: ValueList) -> ListRow:
    row = ListRow(
        *list_key(one.id),
        id=one.id,
        name=one.name,
        description=one.description,
        active=one.is_active,
        size=one.size,
    )
    if one.version:
        row.version = one.version
    return row
