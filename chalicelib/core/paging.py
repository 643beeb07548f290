"""Pages of results as the contract shapes them (api-contract header 9 and 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """The asked page of all `records`, in the asked order if `key` reads a record's property."""
    ordered = list(records)
    if key is not None:
        for sort in sorted(asked.sort, key=lambda one: -one.priority):
            ordered.sort(
                key=lambda record: _sortable(key(record, sort.name)), reverse=sort.descending
            )
    return Page(ordered[asked.skip : asked.skip + asked.take], len(ordered), asked)


def _sortable(value: object) -> tuple[bool, str | float]:
    """Absent values last; text without regard to case; numbers by size."""
    match value:
        case None:
            return (True, "")
        case bool() | int() | float():
            return (False, float(value))
        case _:
            return (False, str(value).lower())
