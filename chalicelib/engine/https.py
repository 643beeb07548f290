"""One POST at a time to the cluster: TLS verified, no redirects, bounded in time and size."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from chalicelib.core.errors import Invalid, Unavailable

TIME_LIMIT = timedelta(seconds=20)
MOST_BYTES = 1_000_000
USUAL_PROXY_PORT = 3128


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `at` is the server's clock by its Date header."""

    status: int
    body: bytes
    at: datetime | None = None


def checked_url(url: str) -> SplitResult:
    """The parts of an address. Raises Invalid unless it is https, or http to this very machine."""
    parts = urlsplit(url.rstrip("/"))
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Invalid("the cluster's address must look like https://vault.example/SecretServer")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return parts
    raise Invalid("http is for loopback only: give an https address")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Poster:
    """Posts to paths under one base address."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        self._base = checked_url(url)
        self._proxy = _proxy(self._base)
        self._context = ssl.create_default_context(cafile=str(ca) if ca else None)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The reply, whatever its status. Raises Unavailable when there is none."""
        connection = self._connection()
        try:
            connection.request("POST", self._base.path + path, body, dict(headers))
            reply = connection.getresponse()
            read = reply.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"the cluster does not answer ({type(error).__name__})") from None
        finally:
            connection.close()
        if len(read) > MOST_BYTES:
            raise Unavailable("the cluster's reply is too long")
        return Reply(reply.status, read, _date(reply.getheader("Date")))

    def _connection(self) -> http.client.HTTPConnection:
        host, seconds = self._base.hostname or "", TIME_LIMIT.total_seconds()
        if self._base.scheme == "http":
            return http.client.HTTPConnection(host, self._base.port, timeout=seconds)
        if self._proxy is None:
            return http.client.HTTPSConnection(
                host, self._base.port, timeout=seconds, context=self._context
            )
        through = http.client.HTTPSConnection(
            *(self._proxy.hostname or "", self._proxy.port or USUAL_PROXY_PORT),
            timeout=seconds,
            context=self._context,
        )
        through.set_tunnel(host, self._base.port or http.client.HTTPS_PORT)
        return through


def _proxy(base: SplitResult) -> SplitResult | None:
    """The site's way out, if HTTPS_PROXY names one and NO_PROXY does not except the cluster.

    It carries TLS that ends at the cluster, so it sees addresses and nothing else.
    """
    found = getproxies().get("https")
    if not found or base.scheme == "http" or proxy_bypass(base.hostname or ""):
        return None
    return urlsplit(found if "://" in found else f"http://{found}")


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header or "").astimezone(UTC)
    except ValueError:
        return None
