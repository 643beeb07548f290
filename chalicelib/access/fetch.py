"""HTTP to providers: TLS verified, no redirects, bounded in time and size, nothing too near."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.near import is_near

from .openid import https_address

SECONDS = 5
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fetch:
    """allowed: what an administrator listed although it is near, as `host:port`"""

    allowed: Callable[[], Collection[str]]

    def __call__(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object: of a GET, or of a POST of the form. Raises Unavailable."""
        try:
            https_address(url.partition("?")[0], "the address")
        except Invalid as error:
            raise Unavailable(f"the provider names an address that will not do: {error}") from None
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _connection(host, port, self._admitted(host, port), secure)
        sent = {"Accept": "application/json", **headers}
        body = None
        if form is not None:
            body = urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("POST" if body else "GET", path, body, sent)
            reply = connection.getresponse()
            said = reply.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"the provider does not answer ({type(error).__name__})") from None
        finally:
            connection.close()
        return reply.status, _object(said)

    def _admitted(self, host: str, port: int) -> str:
        """The address that the name has now. Raises Unavailable for none, or one too near."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unavailable("the provider's name has no address") from None
        address = str(found[0][4][0])
        if is_near(address) and f"{host}:{port}" not in self.allowed():
            raise Unavailable("the provider is too near: list it as a loopback target")
        return address


def _connection(host: str, port: int, address: str, secure: bool) -> http.client.HTTPConnection:
    """To the address that was looked at; the certificate is checked by the name."""
    plain = http.client.HTTPConnection(host, port, timeout=SECONDS)
    connection: Any = plain
    if secure:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    connection._create_connection = lambda _, *more: socket.create_connection(
        (address, port), *more
    )
    made: http.client.HTTPConnection = connection
    return made


def _object(said: bytes) -> dict[str, Any]:
    if len(said) > MOST_BYTES:
        raise Unavailable("the provider's answer is too long")
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the provider's answer is no JSON object")
    return found
