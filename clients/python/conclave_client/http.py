"""Requests and answers: JSON over HTTPS, errors by their kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.filepost import encode_multipart_formdata

from conclave_client.errors import (
    ConclaveError,
    Denied,
    NotFound,
    NotLoggedIn,
    Refused,
    TooLarge,
    Unreachable,
)

_LONG = 600.0
"""Seconds for a large file."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AGAIN = urllib3.Retry(
    total=4,
    connect=2,
    read=0,
    status=4,
    backoff_factor=0.3,
    status_forcelist=(429, 503),
    allowed_methods={"GET"},
    respect_retry_after_header=True,
    raise_on_status=False,
)
"""Only what may be repeated without a second effect; as late as the server asks for."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries."""

    kind: str
    data: bytes = field(repr=False)

    @staticmethod
    def json(value: Any) -> Body:
        return Body("application/json", json.dumps(value).encode())

    @staticmethod
    def form(fields: Mapping[str, str]) -> Body:
        data = urlencode(fields, quote_via=quote).encode()
        return Body("application/x-www-form-urlencoded", data)

    @staticmethod
    def file(name: str, content: bytes) -> Body:
        """A form with one part, the file."""
        data, kind = encode_multipart_formdata({"file": (name, content)})
        return Body(kind, data)


class Http:
    """One Conclave, reached at its base URL, such as `https://vault.example/SecretServer`.

    Raises ValueError where a password would travel in clear: plain http elsewhere than loopback.
    """

    def __init__(self, base_url: str, *, timeout: float = 30.0, ca_file: str | None = None) -> None:
        where = urlsplit(base_url)
        if where.scheme != "https" and where.hostname not in _LOOPBACK:
            raise ValueError(f"{base_url}: Conclave is reached by https only")
        self.base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=timeout), retries=_AGAIN, ca_certs=ca_file
        )

    def close(self) -> None:
        self._pool.clear()

    def ask(  # noqa: PLR0913 - what a request consists of
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded answer. Raises one of `conclave_client.errors`."""
        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = body.kind
        url = self.base_url + path + ("?" + urlencode(query, quote_via=quote) if query else "")
        try:
            answer = self._pool.request(
                method, url, body=body.data if body else None, headers=sent, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{self.base_url} does not answer: {type(error).__name__}") from error
        return _decoded(answer)

    def fetch(self, address: str) -> bytes:
        """What lies at an address that the vault gave: no session goes along."""
        return self._at("GET", address, None)

    def send(self, address: str, content: bytes) -> None:
        """Put something there."""
        self._at("PUT", address, content)

    def _at(self, method: str, address: str, content: bytes | None) -> bytes:
        where = urlsplit(address)
        if where.scheme != "https" and where.hostname not in _LOOPBACK:
            raise ValueError("the vault's bucket is reached by https only")
        try:
            answer = self._pool.request(
                method, address, body=content, redirect=False, timeout=urllib3.Timeout(_LONG)
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{where.netloc} does not answer: {type(error).__name__}") from error
        if answer.status != 200:
            raise Unreachable(f"{where.netloc} answers with status {answer.status}")
        return bytes(answer.data)


def _decoded(answer: urllib3.BaseHTTPResponse) -> Any:
    if answer.status == 200 and "json" not in answer.headers.get("Content-Type", "json"):
        return answer.data  # a file
    try:
        told = json.loads(answer.data)
    except ValueError:
        raise Unreachable(f"no answer of Conclave: status {answer.status}") from None
    if answer.status == 200:
        return told
    raise _error(answer.status, told if isinstance(told, dict) else {})


def _error(status: int, told: Mapping[str, Any]) -> ConclaveError:
    message = str(told.get("message") or told.get("error") or f"status {status}")
    code = str(told.get("errorCode") or "")
    if status == 401:
        return NotLoggedIn(message, code)
    if status >= 500 or status == 429:
        return Unreachable(message, code)
    if status == 403 or "AccessDenied" in code:
        return Denied(message, code)
    if status == 413:
        return TooLarge(message, code)
    if status == 404 or "not found" in message.lower():
        return NotFound(message, code)
    return Refused(message, code)
