"""Whatever the API is asked, it answers as its OpenAPI document says, and never with a 5xx.

Each operation meets requests that schemathesis makes from the document: one here, the same each
time, that keeps to the document for one operation and breaks it for the next; many of either kind,
and new ones, in `make prove`. What was written is undone before the next request.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

import app
from chalicelib.web.areas import all_endpoints
from chalicelib.web.openapi import document
from infra.localrun.front import Front
from tests import leftovers, moto_cluster
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


@pytest.fixture(autouse=True)
def of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis reads values out of every module that is loaded: each run has others of those."""
    if not FULL:
        monkeypatch.setattr(providers, "_get_local_constants", Constants)


@pytest.mark.parametrize("area", AREAS)
def test_every_answer_is_one_that_is_declared(area: str) -> None:
    with a_cluster():
        house = House()
        every = [one for one in operations() if one.tags == [area]]
        found = [
            wrong
            for place, one in enumerate(every)
            for wrong in wrongs(one, breaks=place % 2 > 0, house=house)
        ]
    assert not found, "\n".join(found)


class House:
    """A vault with people and secrets in it. Needs the fixture `aws`."""

    def __init__(self) -> None:
        self.token = ""

    def asked(self, case: Any) -> Any:
        """The administrator's question, answered by the vault as it was made."""
        if not self.token:
            moto_cluster.fresh("test")
            self.token = open_house().admin.token
        answer = case.call(headers={"Authorization": f"Bearer {self.token}"})
        if case.method.upper() != "GET" and answer.status_code < 400:
            assert not leftovers.search()
            self.token = ""
        return answer


@cache
def schema() -> Any:
    import schemathesis

    made = schemathesis.openapi.from_dict(document(all_endpoints()))
    front = Front(app.app, "conclave-node-a")
    made.app = lambda environ, start: front({**environ, "REMOTE_ADDR": "203.0.113.7"}, start)
    return made


@cache
def operations() -> list[Any]:
    return [result.ok() for result in schema().get_all_operations()]


def requests(operation: Any, breaks: bool) -> st.SearchStrategy[Any]:
    """Of both kinds in `make prove`. The first that hypothesis makes is the least: here, none."""
    from schemathesis.generation import GenerationMode

    takes = bool(operation.query or operation.body)  # nothing else can be wrong
    kinds = {GenerationMode.POSITIVE: not breaks or not takes, GenerationMode.NEGATIVE: breaks}
    made = [operation.as_strategy(kind) for kind, wanted in kinds.items() if wanted or FULL]
    return st.integers(0, 1_000).flatmap(lambda it: st.one_of(made) if it else st.none())


def wrongs(operation: Any, breaks: bool, house: House) -> list[str]:
    """What an operation answers that it may not."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
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
    @given(case=requests(operation, breaks))
    def asked(case: Any) -> None:
        if case is None:
            return
        try:
            case.validate_response(house.asked(case), checks=checks)
        except FailureGroup as group:
            found.append(f"{operation.label}: {[str(one) for one in group.exceptions]}")

    asked()
    return found
