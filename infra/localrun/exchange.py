"""One HTTP exchange of the emulator as two plain values, so that shims need no ASGI."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def operation(self) -> tuple[str, str]:
        """Service prefix and name of the AWS call; empty strings for the REST services."""
        target = self.headers.get("x-amz-target", "")
        if target:
            service, _, name = target.partition(".")
            return service.split("_")[0], name
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return "query", parse_qs(self.body.decode("utf-8", "replace")).get("Action", [""])[0]
        return "", ""

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body or b"{}")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body or b"{}")
        return value if isinstance(value, dict) else {}


def json_answer(status: int, value: object, *more: tuple[bytes, bytes]) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, [(b"content-type", b"application/json"), *more], body)


def error_answer(status: int, code: str, text: str) -> Answer:
    """An error in the form that botocore understands for JSON and REST-JSON services alike."""
    value = {"__type": code, "message": text, "Message": text}
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", code.encode())]
    return Answer(status, headers, json.dumps(value).encode())


async def read(scope: Scope, receive: Receive) -> Request:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    query = parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True)
    body = bytearray()
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    first = {name: values[0] for name, values in query.items()}
    return Request(scope["method"], scope["path"], first, headers, bytes(body))


async def ask(app: App, scope: Scope, body: bytes) -> Answer:
    """Put a request with this body to the app and collect what it answers."""
    answer = Answer(500)
    parts: list[bytes] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: MutableMapping[str, Any]) -> None:
        nonlocal answer
        if event["type"] == "http.response.start":
            answer = Answer(event["status"], list(event.get("headers", [])))
        elif event["type"] == "http.response.body":
            parts.append(event.get("body", b""))

    await app(with_length(scope, body), receive, send)
    return Answer(answer.status, answer.headers, b"".join(parts))


def with_length(scope: Scope, body: bytes) -> Scope:
    dropped = (b"content-length", b"transfer-encoding", b"x-amz-content-sha256")
    headers = [(k, v) for k, v in scope["headers"] if k.lower() not in dropped]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


_STALE = frozenset({b"content-length", b"x-amz-crc32"})
_BROWSERS = frozenset(
    {
        b"access-control-allow-origin",
        b"access-control-allow-methods",
        b"access-control-allow-headers",
        b"access-control-expose-headers",
        b"x-amz-request-id",
        b"x-amz-id-2",
    }
)
"""What S3 tells besides; the services that are called by X-Amz-Target tell nothing of it."""


def for_programs(answer: Answer) -> Answer:
    """The answer with those headers only that such a service gives: a client reads each one."""
    headers = [(k, v) for k, v in answer.headers if k.lower() not in _BROWSERS]
    return Answer(answer.status, headers, answer.body)


async def give(send: Send, answer: Answer) -> None:
    headers = [(k, v) for k, v in answer.headers if k.lower() not in _STALE]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
