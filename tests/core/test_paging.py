"""Pages: in the order that was asked for, or honest that they are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from chalicelib.core.paging import Page, Paging, Sort, page
from chalicelib.core.plain import Plain


@dataclass(frozen=True)
class Thing:
    id: int
    display_name: str
    made_at: datetime
    code: Plain


def moment(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


THINGS = [
    Thing(1, "b", moment(3), Plain("1")),
    Thing(2, "A", moment(2), Plain("2")),
    Thing(3, "C", moment(1), Plain("0")),
]


def ids(found: Page[Thing]) -> list[int]:
    return [one.id for one in found.records]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("displayName", [2, 1, 3]),
        ("DISPLAYNAME", [2, 1, 3]),
        ("madeAt", [3, 2, 1]),
        ("id", [1, 2, 3]),
    ],
)
def test_records_are_sorted_by_their_properties_in_any_case(name: str, expected: list[int]) -> None:
    found = page(THINGS, Paging(sort=(Sort(name),)))
    assert (ids(found), found.paging.sort) == (expected, (Sort(name),))
    assert ids(page(THINGS, Paging(sort=(Sort(name, descending=True),)))) == expected[::-1]


def test_what_an_area_reads_itself_comes_first() -> None:
    found = page(THINGS, Paging(sort=(Sort("id"),)), lambda one, name: -one.id)
    assert ids(found) == [3, 2, 1]


@pytest.mark.parametrize("name", ["banana", "code", "_id"])
def test_a_sort_that_cannot_be_obeyed_is_not_told_as_if_it_were(name: str) -> None:
    found = page(THINGS, Paging(skip=1, sort=(Sort(name), Sort("displayName", priority=1))))
    assert (ids(found), found.total) == ([1, 3], 3)
    assert found.paging.sort == (Sort("displayName", priority=1),)
