"""Paths lead to endpoints as clients spell them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.errors import NotFound
from chalicelib.web.call import Path
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.match import Match, Router, segments_of

DECLARED = [
    "GET /api/v1/secrets/{id}",
    "PUT /api/v1/secrets/{secretId}",
    "GET /api/v1/secrets/lookup",
    "GET /api/v1/secrets/{id}/fields/{slug}",
    "POST /api/v1/secret-templates/{templateId}",
    "GET /api/v1/secret-templates/fields/search",
    "GET /api/v1/secret-templates/{id}/fields",
    "DELETE /api/v1/secret-templates/{id}/{what}",
    "GET /api/v2/secrets/{id}",
]


def row(name: str) -> Endpoint:
    method, _, path = name.partition(" ")
    known: Any = method
    return Endpoint(known, path, lambda call: None, None)


ROUTER = Router(map(row, DECLARED))


def match(name: str) -> Match:
    method, _, path = name.partition(" ")
    return ROUTER.match(method, segments_of(path))


@pytest.mark.parametrize(
    ("asked", "found", "variables"),
    [
        ("GET /api/v1/secrets/7", "GET /api/v1/secrets/{id}", {"id": "7"}),
        ("PUT /api/v1/secrets/7", "PUT /api/v1/secrets/{secretId}", {"secretId": "7"}),
        ("GET /api/v1/secrets/lookup", "GET /api/v1/secrets/lookup", {}),
        ("GET /API/V1/Secrets/LOOKUP", "GET /api/v1/secrets/lookup", {}),
        ("GET /api/v1/secrets/7/", "GET /api/v1/secrets/{id}", {"id": "7"}),
        ("HEAD /api/v1/secrets/7", "GET /api/v1/secrets/{id}", {"id": "7"}),
        ("GET /api/v2/secrets/7", "GET /api/v2/secrets/{id}", {"id": "7"}),
        (
            "GET /api/v1/secrets/7/fields/Pass%20Word",
            "GET /api/v1/secrets/{id}/fields/{slug}",
            {"id": "7", "slug": "Pass Word"},
        ),
        ("GET /api/v1/secret-templates/3/fields", "GET /api/v1/secret-templates/{id}/fields", None),
    ],
)
def test_a_path_finds_its_endpoint(asked: str, found: str, variables: Any) -> None:
    met = match(asked)
    assert met.endpoint is not None
    assert met.endpoint.name == found
    assert variables is None or met.path == variables


def test_a_literal_way_that_ends_nowhere_does_not_hide_a_variable_one() -> None:
    met = match("DELETE /api/v1/secret-templates/fields/search")
    assert met.endpoint is not None
    assert met.path == {"id": "fields", "what": "search"}


def test_a_known_path_names_the_methods_it_has() -> None:
    met = match("DELETE /api/v1/secrets/7")
    assert met.endpoint is None
    assert set(met.allowed) == {"GET", "PUT"}


@pytest.mark.parametrize("asked", ["GET /", "GET /api/v1", "GET /api/v1/secrets", "GET /api/v3/x"])
def test_an_unknown_path_leads_nowhere(asked: str) -> None:
    assert match(asked) == Match()


@pytest.mark.parametrize("text", ["x", "", "1.0", "99999999999", "2147483648", "١", "0x1", " 1"])
def test_what_is_no_integer_is_nothings_id(text: str) -> None:
    with pytest.raises(NotFound, match="not found"):
        Path(id=text).id()


@pytest.mark.parametrize(
    ("text", "id"), [("7", 7), ("-1", -1), ("0", 0), ("2147483647", 2**31 - 1)]
)
def test_an_integer_is_an_id(text: str, id: int) -> None:
    assert Path(id=text).id() == id
