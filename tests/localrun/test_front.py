"""The HTTP front: what API Gateway does in front of the app, in one process with threads."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import waitress.server

from infra.localrun.front import READ_LIMIT, REQUEST_LIMIT, Front
from tests.localrun import tiny_app
from tests.ports import free_port


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    port = free_port()
    create_server: Any = waitress.server.create_server
    server = create_server(
        Front(tiny_app.app, "conclave-node-a"),
        host="127.0.0.1",
        port=port,
        threads=16,
        max_request_body_size=READ_LIMIT,
        clear_untrusted_proxy_headers=False,
    )
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    server.close()


def test_requests_at_once_do_not_cross(base: str) -> None:
    def ask(number: int) -> bool:
        word = f"w{number}"
        value = _get(f"{base}/SecretServer/echo/{word}", {"X-Word": word})
        return bool(value["word"] == value["before"] == value["after"] == word)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(200)))


def test_the_event_is_what_api_gateway_sends(base: str) -> None:
    value = _get(f"{base}/SecretServer/echo/a%20b?x=1&x=2&y=", {"X-Forwarded-For": "192.0.2.1"})
    assert value["word"] == "a%20b"
    assert value["query"] == {"x": ["1", "2"], "y": [""]}
    assert value["context"]["identity"]["sourceIp"] == "127.0.0.1"
    assert value["context"]["path"] == "/SecretServer/echo/a b"
    assert value["context"]["stage"] == "SecretServer"
    assert value["forwarded"] == "192.0.2.1, 127.0.0.1"
    assert 28_000 < value["remaining"] <= 29_000


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/other/echo/x", "Forbidden"),
        ("/SecretServerX/echo/x", "Forbidden"),
        ("/SecretServer/nowhere", "Missing Authentication Token"),
        ("/SecretServer/echo/x/y", "Missing Authentication Token"),
    ],
)
def test_what_is_not_declared_is_api_gateway_s_own_403(base: str, path: str, message: str) -> None:
    assert _refusal(urllib.request.Request(base + path)) == (403, message)


def test_an_undeclared_method_is_a_403_too(base: str) -> None:
    request = urllib.request.Request(f"{base}/SecretServer/echo/x", method="DELETE")
    assert _refusal(request) == (403, "Missing Authentication Token")


def test_ten_megabytes_are_the_limit(base: str) -> None:
    url = f"{base}/SecretServer/echo/x"
    assert _post(url, b"\xff" * 1_000_000)["size"] == 1_000_000
    too_long = urllib.request.Request(url, b"x" * (2 * REQUEST_LIMIT), method="POST")
    assert _refusal(too_long) == (413, "Request Too Long")


def test_a_bug_in_the_app_shows_nothing_of_itself(base: str) -> None:
    headers = {"Accept": "application/json"}
    asked = urllib.request.Request(f"{base}/SecretServer/raise", headers=headers)
    status, message = _refusal(asked)
    assert status >= 500
    assert "a bug" not in message


def _get(url: str, headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Accept": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=10) as answer:
        value: dict[str, Any] = json.load(answer)
        return value


def _post(url: str, body: bytes) -> dict[str, Any]:
    headers = {"Accept": "application/json", "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        value: dict[str, Any] = json.load(answer)
        return value


def _refusal(request: urllib.request.Request) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)
    value = json.load(refusal.value)
    return refusal.value.code, value.get("message") or value["Message"]
