"""A client that drives the app in process, as API Gateway does, and checks what it answers.

Every answer is compared with the interface contract; a test that expects an answer outside it
passes `check=False` and says why.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from uuid import uuid4

from tests.contract_schemas import check_answer, is_ours

Lambda: TypeAlias = Callable[[Any, Any], Any]

STAGE = "SecretServer"
OURS: set[str] = set()
"""Operations met so far that the contract does not know."""


class OutsideContract(AssertionError):
    """An answer that the interface contract does not allow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The text of an error."""
        found = self.json
        return str(found.get("message") or found.get("error"))


@dataclass(frozen=True, slots=True)
class Client:
    """One client of the app: `Client(app).signed_in(token).get("/api/v1/users/current")`."""

    app: Lambda
    token: str = field(default="", repr=False)
    address: str = "203.0.113.7"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    check: bool = True

    def signed_in(self, token: str) -> Client:
        """The same client with a bearer token."""
        return replace(self, token=token)

    def login(self, username: str, password: str) -> Client:
        """The same client, signed in with a password."""
        form = {"grant_type": "password", "username": username, "password": password}
        answer = self.post("/oauth2/token", form=form)
        assert answer.status == 200, answer.message
        return self.signed_in(answer.json["access_token"])

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.request("DELETE", path, json=json, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool | None = None,
    ) -> Answer:
        """The answer to one request. One of json, form and content is its body."""
        body, kind = _body(json, form, content)
        sent = {"content-type": kind, "accept": "application/json", **self.headers}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        sent.update({name.lower(): value for name, value in (headers or {}).items()})
        event = proxy_event(method, _with_query(path, query or {}), sent, body, self.address)
        answer = read_answer(self.app(event, Context()))
        if self.check if check is None else check:
            _compare(method, urlsplit(path).path, answer)
        return answer


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a function about its invocation."""

    aws_request_id: str = "request-1"
    function_name: str = "conclave-node-a"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


def proxy_event(
    method: str, target: str, headers: Mapping[str, str], body: bytes, address: str
) -> dict[str, Any]:
    """The event that API Gateway makes of a request to the app's routes."""
    path, _, query = target.partition("?")
    segments = [segment for segment in path.split("/") if segment]
    values: dict[str, list[str]] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(key, []).append(value)
    resource = "/" + "/".join(f"{{s{place}}}" for place in range(1, len(segments) + 1))
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {key: found[-1] for key, found in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": {f"s{i}": unquote(one) for i, one in enumerate(segments, 1)} or None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": f"/{STAGE}{path}",
            "stage": STAGE,
            "requestId": str(uuid4()),
            "identity": {"sourceIp": address},
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def read_answer(result: Mapping[str, Any]) -> Answer:
    """The HTTP answer that API Gateway makes of what the app returned."""
    body = result["body"]
    raw = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    headers = {name.lower(): value for name, value in result["headers"].items()}
    return Answer(result["statusCode"], headers, raw)


def _body(given: Any, form: Mapping[str, str] | None, content: bytes | None) -> tuple[bytes, str]:
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if content is not None:
        return content, "application/json"
    return (b"" if given is None else json.dumps(given).encode()), "application/json"


def _with_query(path: str, query: Mapping[str, Any]) -> str:
    pairs = [
        f"{quote(key)}={quote(str(one))}"
        for key, value in query.items()
        for one in (
            value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        )
    ]
    return "?".join(filter(None, (path, "&".join(pairs))))


def _compare(method: str, path: str, answer: Answer) -> None:
    """Fail unless the contract allows the answer."""
    if method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        return
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    found = check_answer(method, path, answer.status, answer.json if is_json else answer.body)
    if found:
        raise OutsideContract("\n".join(found[:10]))
    if answer.status == 200 and is_ours(method, path):
        OURS.add(f"{method} {path}")
