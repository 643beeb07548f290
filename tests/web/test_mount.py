"""Chalice carries requests: all of them, in few resources, and says nothing of its own."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from chalice.deploy.swagger import SwaggerGenerator
from chalice.deploy.validate import validate_route_content_types, validate_routes

from chalicelib.web.call import Call
from chalicelib.web.mount import METHODS
from tests.client import Client, Context, proxy_event, read_answer
from tests.web.site import Site

MOST_RESOURCES = 60
ARN = "arn:aws:lambda:us-east-1:123456789012:function:conclave-node-a"


def echo_site() -> Site:
    made = Site()

    @made.table.endpoint("GET", "/x/{id}", returns=str)
    def read(call: Call[None]) -> str:
        return f"{call.path['id']} {call.headers['x-mine']}"

    return made


def test_the_whole_table_needs_few_resources() -> None:
    swagger = SwaggerGenerator("us-east-1", {"api_handler_arn": ARN}).generate_swagger(
        echo_site().app()
    )
    places = {
        "/".join(path.split("/")[:depth])
        for path in swagger["paths"]
        for depth in range(2, path.count("/") + 2)
    }
    assert len(places) <= MOST_RESOURCES
    assert len(places) == 10
    assert all(len(methods) == len(METHODS) for methods in swagger["paths"].values())
    assert "*/*" in swagger["x-amazon-apigateway-binary-media-types"]


@pytest.mark.parametrize("depth", range(10))
@pytest.mark.parametrize("method", METHODS)
def test_every_depth_and_method_is_ours_to_answer(depth: int, method: str) -> None:
    path = "/" + "/".join("abcdefghi"[:depth])
    answer = echo_site().client().request(method, path)
    assert answer.status == 404
    assert method == "HEAD" or "not found" in answer.message


@pytest.mark.parametrize("kind", ["text/xml", "application/json; charset=utf-8", "a/b;c", ""])
def test_any_content_type_arrives(kind: str) -> None:
    answer = echo_site().client().get("/x/1", headers={"Content-Type": kind, "X-Mine": "m"})
    assert answer.json == "1 m"


@pytest.mark.parametrize("accept", [None, "", "*/*", "application/json", "image/png", "text/html"])
def test_whatever_a_client_accepts_it_gets_json(accept: str | None) -> None:
    headers = {"x-mine": "m", **({} if accept is None else {"accept": accept})}
    made = echo_site()
    headers["authorization"] = f"Bearer {made.reader}"
    event = proxy_event("GET", "/x/1", headers, b"", "203.0.113.7")
    assert read_answer(made.app()(event, Context())).json == "1 m"


def test_every_answer_carries_the_security_headers() -> None:
    client = echo_site().client()
    for path in ("/x/1", "/nowhere"):
        headers = client.get(path, headers={"x-mine": "m"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "strict-transport-security" not in headers


def test_hsts_is_sent_behind_tls_only() -> None:
    answer = echo_site().client().get("/x/1", headers={"x-forwarded-proto": "https", "x-mine": "m"})
    assert "max-age" in answer.headers["strict-transport-security"]


def test_head_has_headers_and_no_body() -> None:
    answer = echo_site().client().request("HEAD", "/x/1", headers={"x-mine": "m"})
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("application/json")


def odd_events() -> list[dict[str, Any]]:
    plain = proxy_event("GET", "/x/1", {}, b"", "203.0.113.7")
    unknown = {**plain, "requestContext": {**plain["requestContext"], "resourcePath": "/other"}}
    method = {**plain, "requestContext": {**plain["requestContext"], "httpMethod": "TRACE"}}
    return [{}, unknown, method, {**plain, "isBase64Encoded": True, "body": "!"}]


@pytest.mark.parametrize("event", odd_events())
def test_what_chalice_says_itself_is_put_in_our_words(event: dict[str, Any]) -> None:
    answer = read_answer(echo_site().app()(event, Context()))
    assert answer.status >= 400
    assert set(answer.json) >= {"message"}
    assert "Code" not in answer.json
    assert "x-content-type-options" in answer.headers


def test_threads_do_not_see_each_others_requests() -> None:
    made = echo_site()
    app, start, wrong = made.app(), threading.Barrier(8), list[str]()

    def ask(who: int) -> None:
        client = Client(app, made.reader, check=False)
        start.wait()
        for turn in range(40):
            found = client.get(f"/x/{who}", headers={"x-mine": f"{who}-{turn}"}).json
            if found != f"{who} {who}-{turn}":
                wrong.append(found)

    threads = [threading.Thread(target=ask, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_chalice_accepts_the_routes_for_a_deployment() -> None:
    validate_routes(echo_site().app().routes)
    validate_route_content_types(echo_site().app().routes, echo_site().app().api.binary_types)


def test_an_answer_is_base64_for_the_gateway() -> None:
    made = echo_site()
    event = proxy_event("GET", "/nowhere", {}, b"", "203.0.113.7")
    raw = made.app()(event, Context())
    assert raw["isBase64Encoded"] is True
    assert json.dumps(raw)
