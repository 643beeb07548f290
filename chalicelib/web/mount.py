"""The whole table on Chalice in ten routes: variables only, one route for each depth of path.

A route for each operation would need more resources than an API Gateway API may have, and siblings
could not differ in the names of their variables. So Chalice only carries: matching is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from chalice.app import CaseInsensitiveMapping, Chalice, Response
from chalice.app import Request as Carried

from .answer import Answer, refusal
from .endpoint import MAX_DEPTH
from .errors import broken
from .request import Request
from .security import security_headers

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
"""All of them: what is not declared, API Gateway refuses with a 403 of its own."""

CONTENT_TYPES = [
    "*/*",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/octet-stream",
    "text/plain",
]

_carried: ContextVar[Carried] = ContextVar("carried")
"""The request under way. Chalice's own `current_request` is shared by all threads."""


def mount(app: Chalice, answer: Callable[[Request], Answer]) -> Chalice:
    """Let `answer` answer every request to `app`; returns the app."""
    app.api.binary_types = list(CONTENT_TYPES)  # `*/*` is all of them, but deploy compares lists
    app.register_middleware(_around, "http")

    def view(**_segments: str) -> Response:
        carried = _carried.get()
        return _response(answer(_request(carried)), carried.method, carried.headers)

    for depth in range(MAX_DEPTH + 1):
        path = "/" + "/".join(f"{{s{place}}}" for place in range(1, depth + 1))
        app.route(path, methods=METHODS, content_types=CONTENT_TYPES)(view)
    return app


def _around(carried: Carried | None, go_on: Callable[[Carried], Response]) -> Response:
    """Around every request: an Accept header for Chalice's sake, and our form for its errors."""
    if carried is None:
        return _response(broken(), "", {})
    headers = dict(carried.headers)
    if not headers.get("accept"):
        # Chalice answers 400 to who does not say that he accepts bytes, and all of ours are bytes.
        carried.headers = CaseInsensitiveMapping({**headers, "accept": "*/*"})
    _carried.set(carried)
    response = go_on(carried)
    if isinstance(response.body, bytes):
        return response
    return _response(_rewritten(response), carried.method, headers)


def _rewritten(response: Response) -> Answer:
    """An answer that Chalice made by itself, in the contract's form."""
    if response.status_code >= 500:
        return broken()
    return refusal(response.status_code, {"message": "The request was not understood."})


def _request(carried: Carried) -> Request:
    event = carried.to_original_event()
    context: Mapping[str, Any] = carried.context
    return Request(
        method=carried.method,
        segments=_segments(carried.uri_params or {}),
        query=event.get("multiValueQueryStringParameters") or {},
        headers=dict(carried.headers),
        body=_bytes(carried.raw_body),
        peer=str((context.get("identity") or {}).get("sourceIp") or ""),
        request_id=str(context.get("requestId") or ""),
        root=_root(str(context.get("path") or ""), str(event.get("path") or "")),
    )


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _segments(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The path's segments in their order: `s1`, `s2`, ... A trailing slash adds nothing."""
    places = [variables.get(f"s{place}") for place in range(1, MAX_DEPTH + 1)]
    return tuple(unquote(segment) for segment in places if segment)


def _root(whole: str, below: str) -> str:
    """The part of the whole path that comes before ours: the stage, or a custom domain's base."""
    return whole.removesuffix(below) if below and whole.endswith(below) else ""


def _response(answer: Answer, method: str, request_headers: Mapping[str, str]) -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": answer.content_type,
        **security_headers(request_headers),
        **answer.headers,
    }
    body = b"" if method == "HEAD" else answer.body
    return Response(body=body, status_code=answer.status, headers=headers)
