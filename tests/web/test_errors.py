"""Every error of ours has a status, and a body that tells a client what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.core import errors
from chalicelib.core.errors import ConclaveError
from chalicelib.web.errors import LOGIN_HELP, STATUS, broken, refused


def children(of: type[ConclaveError] = ConclaveError) -> Iterator[type[ConclaveError]]:
    for child in of.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from children(child)


@pytest.mark.parametrize("kind", list(children()), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_explains_itself(kind: type[ConclaveError]) -> None:
    assert kind in STATUS
    answer = refused(kind())
    body = json.loads(answer.body)
    assert answer.status == STATUS[kind]
    assert 400 <= answer.status < 600
    assert answer.status != 500
    assert body.get("message") or body.get("error")
    assert body.get("errorCode", "") == kind.code


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (errors.LoginFailed(), 400, {"error": "Login failed.", "error_description": LOGIN_HELP}),
        (errors.AccessDenied("No."), 400, {"message": "No.", "errorCode": "API_AccessDenied"}),
        (errors.Invalid("x must be int."), 400, {"message": "x must be int."}),
    ],
)
def test_bodies_are_those_of_the_contract(error: ConclaveError, status: int, body: object) -> None:
    answer = refused(error)
    assert (answer.status, json.loads(answer.body)) == (status, body)


def test_whatever_is_missing_is_not_found() -> None:
    assert "not found" in json.loads(refused(errors.NotFound("No such folder.")).body)["message"]
    assert (
        json.loads(refused(errors.NotFound("Folder not found.")).body)["message"]
        == "Folder not found."
    )


def test_waiting_is_told_in_seconds() -> None:
    assert refused(errors.Throttled(wait=timedelta(minutes=2))).headers == {"Retry-After": "120"}
    assert refused(errors.Throttled(wait=timedelta(milliseconds=3))).headers == {"Retry-After": "1"}
    assert "Retry-After" in refused(errors.Unavailable()).headers


def test_a_grandchild_answers_as_its_parent() -> None:
    class Picky(errors.Invalid):
        """Too picky."""

    assert refused(Picky()).status == 400


def test_an_unexpected_error_tells_nothing() -> None:
    answer = broken()
    body = json.loads(answer.body)
    assert answer.status == 500
    assert body["stackTrace"] == ""
    assert set(body) == {"message", "exceptionMessage", "exceptionType", "stackTrace"}
