"""OpenID Connect: providers, whom their subjects are here, and log-ins that are under way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from chalicelib.core.errors import Invalid

from .lockout import Allowance, network

LIFE = timedelta(minutes=10)
"""How long somebody may take at his provider."""

SIGN_IN, LINK = "openid-sign-in", "openid-link"
USUAL_SCOPES = ("openid",)
MOST_SCOPES = 10
LONGEST, LONGEST_SUBJECT = 500, 255
_SCOPE = re.compile(r"[!#-\[\]-~]{1,100}")


class Unproven(Exception):
    """What came from the provider does not hold; the text says why, for the audit."""


@dataclass(frozen=True, slots=True)
class Provider:
    """sealed: the client secret; empty for a public client"""

    id: int
    name: str
    issuer: str
    client_id: str
    scopes: tuple[str, ...] = USUAL_SCOPES
    enabled: bool = True
    sealed: bytes = field(default=b"", repr=False)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Who somebody is at an issuer: by its subject, which it gives nobody else."""

    id: int
    issuer: str
    subject: str
    user_id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """One log-in at a provider, as both its ends know it."""

    redirect: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def https_address(text: str, what: str) -> str:
    """An address of a provider that will do. Raises Invalid.

    https, or http of loopback: whether that is reached at all, the loopback targets say.
    """
    address = text.strip()
    parts = urlsplit(address)
    plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    odd = parts.username or parts.query or parts.fragment or not address.isascii()
    if odd or not parts.hostname or len(address) > LONGEST or not address.isprintable():
        raise Invalid(f"{what} must look like https://login.example.com.")
    if parts.scheme != "https" and not plain:
        raise Invalid(f"{what} must be an https address.")
    return address


def scopes_of(given: Sequence[str]) -> tuple[str, ...]:
    """Scopes that will do, `openid` among them. Raises Invalid."""
    wanted = tuple(dict.fromkeys((*USUAL_SCOPES, *(one.strip() for one in given))))
    if len(wanted) > MOST_SCOPES or not all(map(_SCOPE.fullmatch, wanted)):
        raise Invalid(f"scopes must be at most {MOST_SCOPES} words.")
    return wanted


def subject_of(text: str) -> str:
    """A subject that will do, as it is: it is compared by every character. Raises Invalid."""
    if not 0 < len(text) <= LONGEST_SUBJECT or not text.isprintable():
        raise Invalid(f"subject must have 1 to {LONGEST_SUBJECT} printable characters.")
    return text


def begin_allowance(address: str) -> Allowance:
    return Allowance(("openid", network(address)), 60, timedelta(minutes=1))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
