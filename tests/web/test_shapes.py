"""Answers are shaped and written as the contract says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.core.ids import fresh_id
from chalicelib.core.paging import Paging, Sort, page
from chalicelib.core.plain import Plain
from chalicelib.web.encode import date_text, encode_json
from chalicelib.web.shapes import NEVER, Logic, Paged, Struct, View, paged_answer
from tests.contract_notation import parse
from tests.contract_schemas import complaints, needed_contract


class Thing(Struct):
    thing_id: int
    seen_on: datetime
    note: str | None = None


def test_names_are_camel_case_and_absent_values_are_null() -> None:
    assert json.loads(encode_json(Thing(3, NEVER))) == {
        "thingId": 3,
        "seenOn": "0001-01-01T00:00:00",
        "note": None,
    }


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15T12:00:00.0000000"),
        (datetime(2026, 1, 15, 12, 0, 0, 123456, UTC), "2026-01-15T12:00:00.1234560"),
        (
            datetime(2026, 1, 15, 12, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-15T10:00:00.0000000",
        ),
        (NEVER, "0001-01-01T00:00:00"),
    ],
)
def test_dates_are_utc_without_a_zone(moment: datetime, text: str) -> None:
    assert date_text(moment) == text


@pytest.mark.parametrize("value", [True, 7, "text", [1, 2], None, {"a": NEVER}])
def test_scalars_lists_and_objects_are_bodies(value: object) -> None:
    assert json.loads(encode_json(value)) == (
        value if value != {"a": NEVER} else {"a": "0001-01-01T00:00:00"}
    )


def test_a_plain_does_not_leave() -> None:
    canary = fresh_id()
    for value in (Plain(canary), [Plain(canary)], {"a": Plain(canary)}, Logic(Plain(canary))):
        with pytest.raises(TypeError) as caught:
            encode_json(value)
        assert canary not in str(caught.value)


def test_text_leaves_as_it_is() -> None:
    assert encode_json("é 漢 </script>") == '"é 漢 </script>"'.encode()


def answered(total: int, skip: int, take: int) -> Paged[int]:
    asked = Paging(skip, take, (Sort("name", True, 0),))
    return paged_answer(page(list(range(total)), asked), lambda one: one)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((0, 0, 10), (0, 0, 1, False, False, 0)),
        ((10, 0, 10), (10, 1, 1, False, False, 0)),
        ((11, 0, 10), (10, 2, 1, False, True, 10)),
        ((11, 10, 10), (1, 2, 2, True, False, 10)),
        ((25, 10, 10), (10, 3, 2, True, True, 20)),
        ((3, 0, 2147483647), (3, 1, 1, False, False, 0)),
        ((3, 99, 10), (0, 1, 10, True, False, 99)),
        ((3, 0, 0), (0, 3, 1, False, False, 0)),
    ],
)
def test_a_page_tells_where_it_stands(
    asked: tuple[int, int, int], told: tuple[object, ...]
) -> None:
    one = answered(*asked)
    place = (one.page_count, one.current_page, one.has_prev, one.has_next, one.next_skip)
    assert (len(one.records), *place) == told


def test_pages_views_and_results_have_the_contracts_form() -> None:
    held = needed_contract()
    for kind, value in (
        ("Paging<int>", answered(25, 10, 10)),
        ("View<str>", View("x")),
        ("Logic<int>", Logic(1)),
    ):
        body = json.loads(encode_json(value))
        assert list(complaints(parse(kind), body, "$", held)) == []


def test_the_applied_filter_is_echoed_only_where_asked() -> None:
    found = page([1], Paging())
    assert b'"filter"' not in encode_json(paged_answer(found, lambda one: one))
    assert b'"filter":{"thingId":1' in encode_json(
        paged_answer(found, lambda one: one, Thing(1, NEVER))
    )
