"""What API Gateway (REST, Lambda proxy) hands to the function: a request as an event, and back."""

import base64
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request below the base path; `raw_path` is as the client wrote it, still encoded."""

    method: str
    stage: str
    path: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Routes:
    """The app's routes as API Gateway sees them: a fixed segment goes before a variable one."""

    def __init__(self, routes: Mapping[str, Iterable[str]], binary_types: Iterable[str]) -> None:
        self._routes = sorted(
            ((path, _pattern(path), frozenset(methods)) for path, methods in routes.items()),
            key=lambda route: [part.startswith("{") for part in route[0].split("/")],
        )
        self._binary = frozenset(binary_types)

    def event(self, incoming: Incoming) -> dict[str, Any] | None:
        """The proxy event, or None where API Gateway has no such resource or method."""
        raw = incoming.raw_path.rstrip("/") or "/"
        for resource, pattern, methods in self._routes:
            found = pattern.fullmatch(raw)
            if found:
                return (
                    self._event(incoming, resource, found) if incoming.method in methods else None
                )
        return None

    def _event(self, incoming: Incoming, resource: str, found: re.Match[str]) -> dict[str, Any]:
        pairs = parse_qsl(incoming.query, keep_blank_values=True)
        binary = self._is_binary(incoming.headers.get("Content-Type", ""))
        body = base64.b64encode(incoming.body) if binary else incoming.body
        variables = re.findall(r"{(\w+)\+?}", resource)
        return {
            "resource": resource,
            "path": incoming.path,
            "httpMethod": incoming.method,
            "headers": dict(incoming.headers),
            "multiValueHeaders": {name: [value] for name, value in incoming.headers.items()},
            "queryStringParameters": dict(pairs) or None,
            "multiValueQueryStringParameters": _grouped(pairs) or None,
            "pathParameters": dict(zip(variables, found.groups(), strict=True)) or None,
            "stageVariables": None,
            "requestContext": _context(incoming, resource),
            "body": body.decode("utf-8", "replace") if incoming.body else None,
            "isBase64Encoded": bool(binary and incoming.body),
        }

    def _is_binary(self, content_type: str) -> bool:
        kind = content_type.partition(";")[0].strip()
        return "*/*" in self._binary or kind in self._binary

    def outgoing(self, result: Mapping[str, Any], accept: str) -> Outgoing:
        """The function's response; base64 is undone where the client takes bytes."""
        headers = [(name, str(value)) for name, value in (result.get("headers") or {}).items()]
        for name, values in (result.get("multiValueHeaders") or {}).items():
            headers = [(n, v) for n, v in headers if n.lower() != name.lower()]
            headers += [(name, str(value)) for value in values]
        text = result.get("body") or ""
        undo = result.get("isBase64Encoded") and self._is_binary(accept.split(",", maxsplit=1)[0])
        body = base64.b64decode(text) if undo else text.encode()
        return Outgoing(int(result["statusCode"]), headers, body)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"({\w+\+?})", path)
    return re.compile(
        "".join(
            ("(.+)" if part.endswith("+}") else "([^/]+)")
            if part.startswith("{")
            else re.escape(part)
            for part in parts
        )
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _context(incoming: Incoming, resource: str) -> dict[str, Any]:
    return {
        "resourcePath": resource,
        "httpMethod": incoming.method,
        "path": f"/{incoming.stage}{incoming.path}",
        "stage": incoming.stage,
        "requestId": str(uuid.uuid4()),
        "requestTimeEpoch": int(time.time() * 1000),
        "protocol": "HTTP/1.1",
        "apiId": "local",
        "accountId": "000000000000",
        "domainName": incoming.headers.get("Host", ""),
        "identity": {
            "sourceIp": incoming.peer,
            "userAgent": incoming.headers.get("User-Agent", ""),
        },
    }
