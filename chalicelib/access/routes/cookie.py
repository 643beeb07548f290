"""The console's refresh token: a cookie that no script reads and that goes to one path only.

The console asks for it with a header that no other site's page may send without being allowed to.
Everybody else is given the refresh token in the answer, as the contract says, and no cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from chalicelib.access.openid import LIFE
from chalicelib.access.security_key import Place
from chalicelib.core.errors import LoginFailed, NotLetIn
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call

ASKED = "x-conclave-console"
NAME = "conclave-refresh"
AWAY, AWAY_PATH = "conclave-away", "/api/v1"
"""What a browser keeps while its user is at his provider."""

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path


def is_asked(headers: Mapping[str, str]) -> bool:
    """Whether the console asks: then the cookie takes the refresh token's place."""
    return headers.get(ASKED) == "1"


def presented(call: Call[Any]) -> Plain:
    """The refresh token of a request's cookie; empty without one."""
    return _cookie(call, NAME)


def while_away(call: Call[Any]) -> Plain:
    """What tells the browser that began a log-in at a provider; empty without one."""
    return _cookie(call, AWAY)


def kept_while_away(call: Call[Any], word: Plain) -> dict[str, str]:
    """The header that has the browser keep that for as long as it may take."""
    seconds = int(LIFE.total_seconds())
    return _header(call, word.reveal(), f"Max-Age={seconds}", of=(AWAY, AWAY_PATH))


def _cookie(call: Call[Any], name: str) -> Plain:
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(name)
    except CookieError:
        found = None
    return Plain(found.value if found else "")


def check_origin(headers: Mapping[str, str], custom_url: Callable[[], str]) -> None:
    """Raise LoginFailed unless a page of this very host asks, or one of the Custom URL's.

    Behind a balancer the host may be the node's own name, which no browser has seen.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise LoginFailed
    origin, host = headers.get("origin", "").lower(), headers.get("host", "").lower()
    if host and origin == f"{_scheme(headers)}://{host}":
        return
    if not (public := _origin(custom_url())) or origin != public:
        raise LoginFailed


def place(headers: Mapping[str, str], custom_url: Callable[[], str]) -> Place:
    """The page that asks. Raises NotLetIn where `check_origin` raises LoginFailed."""
    with not_let_in():
        check_origin(headers, custom_url)
    origin = headers.get("origin", "").lower()
    return Place(origin, urlsplit(origin).hostname or "")


@contextmanager
def not_let_in() -> Iterator[None]:
    """Refusals in the form that everything but `/oauth2/token` has."""
    try:
        yield
    except LoginFailed:
        raise NotLetIn from None


def _origin(url: str) -> str:
    """Scheme, host and port of an https address; "" of none."""
    parts = urlsplit(url.lower())
    return f"https://{parts.netloc.removesuffix(':443')}" if parts.netloc else ""


def kept(call: Call[Any], token: str) -> dict[str, str]:
    """The header that has the browser keep a refresh token until it is closed."""
    return _header(call, token)


def forgotten(call: Call[Any]) -> dict[str, str]:
    """The header that has the browser forget it."""
    return _header(call, "", "Max-Age=0")


def _header(
    call: Call[Any], value: str, *more: str, of: tuple[str, str] = (NAME, TOKEN_PATH)
) -> dict[str, str]:
    """of: the cookie's name, and the path under ours that it goes to"""
    name, path = of
    parts = [f"{name}={value}", f"Path={call.root}{path}", "HttpOnly", "SameSite=Strict"]
    if not _is_local(call.headers):
        parts.append("Secure")
    return {"Set-Cookie": "; ".join((*parts, *more))}


def _is_local(headers: Mapping[str, str]) -> bool:
    """Plain HTTP on loopback: the local run, where there is no TLS and no network either."""
    if _scheme(headers) != "http":
        return False
    name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _scheme(headers: Mapping[str, str]) -> str:
    """What the client used: API Gateway says so, and speaks nothing but HTTPS."""
    return headers.get("x-forwarded-proto", "https").lower()
