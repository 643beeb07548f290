"""Pages of results as the contract shapes them (api-contract header 9 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_TAKE = 10
MAX_TAKE = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Sort:
    """One sorting of a page; `name` is a property of the record in camelCase."""

    name: str
    descending: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Paging:
    """What a client asked for: records to skip and take, and the order."""

    skip: int = 0
    take: int = DEFAULT_TAKE
    sort: tuple[Sort, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of `total` records; when that is not exact, there are at least so many."""

    records: Sequence[T]
    total: int
    paging: Paging
    is_exact: bool = True


def page(
    records: Sequence[T], asked: Paging, key: Callable[[T, str], object] | None = None
) -> Page[T]:
    """The asked page of all `records`, in the asked order.

    What `key` does not read of a record is its property of that name, in any case of letters.
    The page tells the sorts that were obeyed: a property that no record has sorts nothing.
    """
    ordered, obeyed = list(records), list[Sort]()

    def read(record: T, name: str) -> object:
        known = key(record, name) if key else None
        return _attribute(record, name) if known is None else known

    for sort in sorted(asked.sort, key=lambda one: -one.priority):
        values = {id(record): read(record, sort.name) for record in ordered}
        if ordered and all(value is None for value in values.values()):
            continue
        obeyed.append(sort)
        ordered.sort(key=lambda record: _sortable(values[id(record)]), reverse=sort.descending)
    sorts = tuple(one for one in asked.sort if one in obeyed)
    cut = ordered[asked.skip : asked.skip + asked.take]
    return Page(cut, len(ordered), replace(asked, sort=sorts))


def _attribute(record: object, name: str) -> object:
    """The record's own property by the name that clients have for it; None if it has no order."""
    fields = getattr(record, "__struct_fields__", getattr(record, "__dataclass_fields__", ()))
    wanted = name.lower()
    found = [one for one in fields if one.replace("_", "") == wanted]
    value = getattr(record, found[0]) if found else None
    return value if isinstance(value, bool | int | float | str | datetime) else None


def _sortable(value: object) -> tuple[bool, str | float]:
    """Absent values last; text without regard to case; numbers by size, moments by time."""
    match value:
        case None:
            return (True, "")
        case bool() | int() | float():
            return (False, float(value))
        case datetime():
            return (False, value.timestamp())
        case _:
            return (False, str(value).lower())
