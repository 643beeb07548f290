"""Whatever the API is asked, it answers as its OpenAPI document says, and never with a 5xx.

Each operation meets requests that schemathesis makes from the document: a few here, the same ones
each time; many and new ones in `make prove`. What may write begins with the vault as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import app
from chalicelib.web.areas import all_endpoints
from chalicelib.web.openapi import document
from infra.localrun.front import Front
from tests.conftest import a_cluster
from tests.counts import FULL, full_or
from tests.house import open_house

AREAS = sorted({one.area for one in all_endpoints()})
USUAL = settings(
    max_examples=full_or(60, 2),
    derandomize=not FULL,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("area", AREAS)
def test_every_answer_is_one_that_is_declared(area: str) -> None:
    every = operations(area)
    found: list[str] = []
    with house() as token:  # which reads leave as it was
        found += [wrong for one in every if is_read(one) for wrong in wrongs(one, token)]
    found += [wrong for one in every if not is_read(one) for wrong in wrongs(one)]
    assert not found, "\n".join(found)


@contextmanager
def house(token: str = "") -> Iterator[str]:
    """A vault with people and secrets in it, made anew: its administrator's token.

    token: of one that there is; then that one, as it is.
    """
    if token:
        yield token
        return
    with a_cluster():
        yield open_house().admin.token


def is_read(operation: Any) -> bool:
    return bool(operation.method.upper() == "GET")


@cache
def schema() -> Any:
    import schemathesis

    made = schemathesis.openapi.from_dict(document(all_endpoints()))
    front = Front(app.app, "conclave-node-a")
    made.app = lambda environ, start: front({**environ, "REMOTE_ADDR": "203.0.113.7"}, start)
    return made


def operations(area: str) -> list[Any]:
    every = [result.ok() for result in schema().get_all_operations()]
    return [one for one in every if one.tags == [area]]


def wrongs(operation: Any, token: str = "") -> list[str]:
    """What an operation answers that it may not; asked of the vault with that token, if any."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    found: list[str] = []

    @USUAL
    @given(case=operation.as_strategy() | operation.as_strategy(GenerationMode.NEGATIVE))
    def asked(case: Any) -> None:
        with house(token) as admin:
            answer = case.call(headers={"Authorization": f"Bearer {admin}"})
            try:
                case.validate_response(answer, checks=checks)
            except FailureGroup as group:
                found.append(f"{operation.label}: {[str(one) for one in group.exceptions]}")

    asked()
    return found
