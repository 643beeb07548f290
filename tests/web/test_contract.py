"""The check of answers against the interface contract finds what it must."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.call import Call
from chalicelib.web.shapes import Struct
from tests.client import Client, OutsideContract
from tests.contract_notation import Kind, parse
from tests.contract_schemas import check_answer, complaints, is_ours, needed_contract
from tests.web.site import Site

INT, TEXT = Kind("int"), Kind("str")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("int", INT),
        ("str!", Kind("str", required=True)),
        ("int~", Kind("int", nullable=True)),
        ("list<int>", Kind("list", (INT,))),
        ("list<list<int>>!", Kind("list", (Kind("list", (INT,)),), required=True)),
        ("Dirty<str~>", Kind("Dirty", (Kind("str", nullable=True),))),
        ("Paging<Thing>+filter", Kind("PagingFilter", (Kind("Thing"),))),
        ("enum(a|b_c)!", Kind("enum", values=("a", "b_c"), required=True)),
        ("list<{a: int, b: str}>", Kind("list", (Kind("{}", fields={"a": INT, "b": TEXT}),))),
        ("int (0 random, 1 given)", INT),
    ],
)  # fmt: skip
def test_the_notation_is_read(text: str, kind: Kind) -> None:
    assert parse(text) == kind


def test_every_type_of_the_contract_is_understood() -> None:
    held = needed_contract()
    assert len(held.schemas) == 707
    assert sum(one.returns is not None for one in held.operations) == 423
    for operation in held.operations:
        if operation.returns is not None:
            assert list(complaints(operation.returns, None, "$", held)) in (
                [],
                ["$ must not be null"],
            )


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("int", 7, True), ("int", 2**31, False), ("long", 2**31, True), ("int", True, False),
        ("int", "7", False), ("int", 7.0, False), ("num", 7.5, True), ("bool", 1, False),
        ("bool", False, True), ("str", "", True), ("str", None, False), ("str~", None, True),
        ("any", None, True), ("any", {}, True), ("datetime", "2026-01-15T12:00:00", True),
        ("datetime", "2026-01-15T12:00:00.1234567", True),
        ("datetime", "2026-01-15T12:00:00Z", False), ("datetime", "2026-01-15", False),
        ("uuid", "0f8fad5b-d9cb-469f-a165-70867728950e", True), ("uuid", "x", False),
        ("list<int>", [1, 2], True), ("list<int>", [1, "2"], False), ("list<int>", {}, False),
        ("map<int>", {"a": 1}, True), ("map<int>", {"a": "x"}, False), ("file", b"x", True),
        ("Severity", "None", True), ("Severity", "none", False), ("Sort", {"name": "a"}, False),
        ("Sort", {"name": "a", "direction": "Asc", "more": 1}, True), ("nonsense", 1, False),
    ],
)  # fmt: skip
def test_values_are_compared_with_their_type(kind: str, value: Any, right: bool) -> None:
    found = list(complaints(parse(kind), value, "$", needed_contract()))
    assert (found == []) is right


def test_a_complaint_names_the_property_and_not_the_value() -> None:
    needed_contract()
    found = check_answer("GET", "/api/v1/secrets/7", 200, {"items": [{"itemValue": ["hunter2"]}]})
    assert found == [
        "GET /api/v1/secrets/{id} answered 200: $.items[0].itemValue must be str, not list"
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "right"),
    [
        ("GET", "/api/v1/nodes", 200, [], True),
        ("GET", "/api/v1/nodes", 204, None, False),
        ("GET", "/api/v1/nodes", 401, {"message": "x"}, True),
        ("GET", "/api/v1/nodes", 401, {"error": "x"}, False),
        ("POST", "/oauth2/token", 400, {"error": "x"}, True),
        ("POST", "/oauth2/token", 400, {"message": "x"}, False),
        ("GET", "/api/v1/nodes", 404, b"<html>", False),
        ("GET", "/api/v1/nodes", 500, {"message": "x"}, False),
        ("GET", "/api/v1/ours", 200, b"anything", True),
        ("GET", "/api/v1/ours", 404, {}, False),
        ("GET", "/api/v1/secrets/search-total", 200, 7, True),
        ("GET", "/api/v1/secrets/search-total", 200, {"id": 7}, False),
    ],
)
def test_statuses_and_errors_are_compared_too(
    method: str, path: str, status: int, body: Any, right: bool
) -> None:
    needed_contract()
    assert (check_answer(method, path, status, body) == []) is right


def test_operations_of_ours_are_told_apart() -> None:
    needed_contract()
    assert is_ours("GET", "/api/v1/jobs")
    assert not is_ours("get", "/API/v1/secrets/7/")


class WrongNode(Struct):
    node_id: str


def test_the_client_fails_on_an_answer_outside_the_contract() -> None:
    needed_contract()
    made = Site()

    @made.table.endpoint("GET", "/api/v1/nodes", returns=list[WrongNode])
    def nodes(call: Call[None]) -> list[WrongNode]:
        return [WrongNode("seven")]

    with pytest.raises(OutsideContract, match=r"\$\[0\].nodeId must be int"):
        made.client().get("/api/v1/nodes")
    assert Client(made.app(), made.reader, check=False).get("/api/v1/nodes").status == 200
