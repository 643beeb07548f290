"""The app as a whole: what it mounts, and what its table promises."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest
from chalice.app import ScheduledEventConfig
from chalice.deploy.swagger import SwaggerGenerator
from openapi_spec_validator import validate
from referencing import Registry

import app as module
from chalicelib.access.permissions import NAMES
from chalicelib.catalogue import OPERATIONS
from chalicelib.cluster.functions import AGENT, WORKERS
from chalicelib.web.answer import Answer
from chalicelib.web.areas import all_endpoints, areas_with_routes
from chalicelib.web.openapi import document
from chalicelib.web.shapes import File
from infra.docs import coverage_page, jobs_page
from tests.client import Client
from tests.web.test_mount import ARN, MOST_RESOURCES

ENDPOINTS = list(all_endpoints())


def test_every_function_is_an_attribute_under_its_name() -> None:
    for function in (*WORKERS, AGENT):
        assert callable(getattr(module, function.name))
    registered = {one.name: one.handler_string for one in module.app.pure_lambda_functions}
    assert registered == {one.name: f"app.{one.name}" for one in WORKERS}


def test_the_agent_is_the_one_scheduled_function() -> None:
    (scheduled,) = module.app.event_sources
    assert isinstance(scheduled, ScheduledEventConfig)
    assert scheduled.name == AGENT.name
    assert scheduled.handler_string == "app.agent"
    assert scheduled.schedule_expression == "rate(1 minute)"


def test_all_of_the_api_needs_few_resources() -> None:
    swagger = SwaggerGenerator("us-east-1", {"api_handler_arn": ARN}).generate_swagger(module.app)
    assert 0 < len(swagger["paths"]) <= MOST_RESOURCES


def test_every_area_with_routes_is_in_the_table() -> None:
    assert set(areas_with_routes()) == {row.area for row in ENDPOINTS}


def test_a_handler_takes_and_returns_what_its_row_says() -> None:
    for row in ENDPOINTS:
        hints = get_type_hints(row.handler)
        told = hints.pop("return")
        (call,) = hints.values()
        wanted = row.returns | File if row.or_file else row.returns
        assert told in (wanted, Answer), row.name
        assert call.__args__[0] == (type(None) if row.body is None else row.body), row.name


def test_a_role_permission_exists() -> None:
    assert {row.permission for row in ENDPOINTS if row.permission} <= NAMES


def test_what_is_no_get_writes_or_says_why_not() -> None:
    reads = {row.name for row in ENDPOINTS if row.method != "GET" and row.writes == "none"}
    assert reads <= READS_BY_POST


READS_BY_POST = {
    "POST /api/v1/secret-import/verify",
    "POST /api/v1/distributed-engine/site-connector/{siteConnectorId}/validate",
    "POST /api/v1/secrets/{id}/restricted/fields/{slug}/history",
    "POST /api/v1/secrets/{id}/restricted/fields/{slug}/history/{version}",
    "POST /api/v1/secrets/import-csv-verify",
    "POST /api/v1/secrets/get-convert-info",
    "POST /api/v1/secret-templates/generate-password/{secretfieldId}",
    "POST /api/v1/secrets/{id}/restricted",
    "POST /api/v1/secrets/{id}/restricted/fields/{slug}",
    "POST /api/v1/secrets/{id}/fields/{slug}/download",
}
"""Operations that POST and change nothing."""


@pytest.fixture
def crawled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validator searches its registries for each reference anew: half of its time."""
    crawl = Registry.crawl
    known: dict[int, tuple[object, Any]] = {}  # with what its number stands for, which so lives on

    def once(registry: Any) -> Any:
        if id(registry) not in known:
            known[id(registry)] = registry, crawl(registry)
        return known[id(registry)][1]

    monkeypatch.setattr(Registry, "crawl", once)


def with_equal_parts_shared(document: bytes) -> Any:
    """The validator looks once at each object: equal ones are one here."""
    known: dict[str, Any] = {}
    return json.loads(document, object_hook=lambda it: known.setdefault(json.dumps(it), it))


@pytest.mark.usefixtures("crawled_once")
def test_the_openapi_document_is_valid() -> None:
    answer = Client(module.app).get("/api/v1/openapi.json")
    assert answer.status == 200
    validate(with_equal_parts_shared(answer.body))
    operations = [name for path in answer.json["paths"].values() for name in path]
    assert len(operations) == len(ENDPOINTS)


def test_the_document_of_an_area_has_its_operations_alone() -> None:
    client = Client(module.app)
    told = client.get("/openapi.json?area=jobs").json["paths"].values()
    assert {tuple(one["tags"]) for path in told for one in path.values()} == {("jobs",)}
    refused = client.get("/openapi.json?area=nowhere")
    assert (refused.status, "jobs, keys" in refused.message) == (400, True)


def test_the_openapi_document_can_be_made_offline() -> None:
    made = document(ENDPOINTS)
    ids = [one["operationId"] for path in made["paths"].values() for one in path.values()]
    assert len(set(ids)) == len(ids)


def test_the_coverage_page_counts_what_is_there_and_what_is_ours() -> None:
    contract = {
        "Jobs": {"GET /api/v1/jobs/{x}": 1, "POST /api/v1/jobs": 2},
        "Nothing": {"GET /x": 1},
    }
    page = coverage_page(contract, ENDPOINTS)
    assert "| Jobs | 1 | 2 | 1 | 1 |" in page
    assert "| Nothing | 0 | 1 | 0 | 1 |" in page
    assert "| `POST /api/v1/jobs` | 2 | **no** | | |" in page
    assert (
        page.index("## Jobs")
        < page.index("## Our own")
        < page.index("| `GET /api/v1/openapi.json`")
    )
    assert page.count("/api/v1/jobs/{slug}`") == 0
    assert page.count("/api/v1/jobs/{x}`") == 1


def test_the_page_of_scheduled_operations_lists_each() -> None:
    page = jobs_page()
    assert all(f"| {one.name} | {one.sentence}" in page for one in OPERATIONS)


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/api/v9/secrets"])
def test_an_unknown_path_of_the_app_is_not_found(path: str) -> None:
    answer = Client(module.app).get(path)
    assert answer.status == 404
    assert json.loads(answer.body)["message"]
