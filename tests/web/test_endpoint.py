"""A wrong declaration fails where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.call import Call
from chalicelib.web.endpoint import Endpoint, Table


def handler(call: Call[Any]) -> int:
    return 1


def other(call: Call[Any]) -> int:
    return 2


def declare(method: Any = "GET", path: str = "/api/v1/things", **options: Any) -> Endpoint:
    return Endpoint(method, path, handler, int, **options)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"method": "FETCH"}, "unknown method"),
        ({"writes": "disk"}, "writes must be one of"),
        ({"path": "api/v1"}, "begins with /"),
        ({"path": "/a//b"}, "a segment is"),
        ({"path": "/a/x{id}"}, "a segment is"),
        ({"path": "/1/2/3/4/5/6/7/8/9/10"}, "at most 9 segments"),
        ({"path": "/a/{id}/b/{id}"}, "named twice"),
        ({"body": dict}, "GET has no body"),
        ({"method": "POST", "form": True}, "a form needs a body"),
        ({"writes": "vault"}, "does not write"),
        ({"when_view_only": True}, "view-only refuses the vault only"),
        ({"anonymous": True, "permission": "View Nodes"}, "nobody has no permission"),
        ({"anonymous": True, "reads": lambda path: []}, "reads comes with"),
    ],
)
def test_a_wrong_declaration_says_why(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        declare(**wrong)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="permissions"):
        Table().endpoint("GET", "/a", returns=int, permissions="x")(handler)  # type: ignore[call-arg]


def test_a_path_can_be_declared_once_whatever_its_variables_are_called() -> None:
    table = Table()
    table.endpoint("GET", "/things/{id}", returns=int)(handler)
    table.endpoint("PUT", "/things/{thingId}", returns=int)(handler)
    with pytest.raises(TypeError, match="declared twice"):
        table.endpoint("GET", "/Things/{thingId}", returns=int)(other)
    assert len(table) == 2


def test_a_module_may_be_imported_again() -> None:
    table = Table()
    for _ in range(2):
        table.endpoint("GET", "/things/{id}", returns=int)(handler)
    assert len(table) == 1


def test_the_handler_stays_a_plain_function() -> None:
    assert Table().endpoint("GET", "/a", returns=int)(handler) is handler


def test_a_row_knows_its_variables_in_order() -> None:
    row = declare(path="/a/{one}/b/{two}")
    assert row.variables == ("one", "two")
    assert row.shape == "GET /a/{}/b/{}"
