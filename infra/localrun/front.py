"""The HTTP front of a node: API Gateway's part, in front of the very app that Lambda runs."""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from infra.localrun.context import LambdaContext
from infra.localrun.proxy_event import Incoming, Outgoing, Routes

log = logging.getLogger(__name__)
BASE_PATH = "SecretServer"
API_SECONDS = 29
REQUEST_LIMIT = 10 * 1024 * 1024
READ_LIMIT = 1024**3
"""Up to which a longer request is read, so that its refusal is the front's, in JSON."""
RESPONSE_LIMIT = 6 * 1024 * 1024

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Front:
    """A WSGI app. Where API Gateway answers by itself, so does this, in the same words."""

    def __init__(self, app: Any, function_name: str) -> None:
        self._app = thread_safe(app)
        self._routes = Routes(app.routes, app.api.binary_types)
        self._function_name = function_name

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
        headers.append(("Content-Length", str(len(answer.body))))
        start(f"{answer.status} -", headers)
        return [answer.body]

    def _answer(self, environ: Environ) -> Outgoing:
        if int(environ.get("CONTENT_LENGTH") or 0) > REQUEST_LIMIT:
            return _own(413, "Request Too Long")
        incoming = _incoming(environ)
        if incoming is None:
            return _own(403, "Forbidden")
        event = self._routes.event(incoming)
        if event is None:
            return _own(403, "Missing Authentication Token")
        return self._invoke(event, incoming.headers.get("Accept", ""))

    def _invoke(self, event: dict[str, Any], accept: str) -> Outgoing:
        try:
            result = self._app(event, LambdaContext(self._function_name, API_SECONDS))
            answer = self._routes.outgoing(result, accept)
        except Exception:  # a function that raises is API Gateway's 502
            log.exception("the API function raised")
            return _own(502, "Internal server error")
        return _own(502, "Internal server error") if len(answer.body) > RESPONSE_LIMIT else answer


def thread_safe(app: Any) -> Any:
    """Chalice keeps the request in a plain attribute; its local class keeps one for each thread."""
    from chalice.local import LocalChalice

    app.__class__ = LocalChalice
    return app


def _own(status: int, text: str) -> Outgoing:
    body = json.dumps({"message": text}).encode()
    return Outgoing(status, [("Content-Type", "application/json")], body)


def _incoming(environ: Environ) -> Incoming | None:
    """None outside the base path: there is no such stage."""
    path, base = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"), f"/{BASE_PATH}"
    if path != base and not path.startswith(base + "/"):
        return None
    raw = environ.get("REQUEST_URI", path).partition("?")[0]
    return Incoming(
        method=environ["REQUEST_METHOD"],
        stage=BASE_PATH,
        path=path[len(base) :] or "/",
        raw_path=raw[len(base) :] or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=_headers(environ),
        body=environ["wsgi.input"].read(),
        peer=environ["REMOTE_ADDR"],
    )


def _headers(environ: Environ) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").title()] = environ[name]
    before = headers.get("X-Forwarded-For")
    peer = environ["REMOTE_ADDR"]
    headers["X-Forwarded-For"] = f"{before}, {peer}" if before else peer
    headers["X-Forwarded-Proto"] = "http"
    return headers
