"""Time-based one-time passwords (RFC 6238) as every authenticator app makes them (ADR 6)."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

STEP = timedelta(seconds=30)
DIGITS = 6
BESIDE = 1
"""So many steps before and after count as well: clocks differ, and typing takes time."""

SEED_BYTES = 20


def code_of(seed: bytes, step: int, digits: int = DIGITS, digest: str = "sha1") -> str:
    """The code of one step: HOTP (RFC 4226) of its number."""
    mac = hmac.digest(seed, step.to_bytes(8, "big"), digest)
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def begin_of(step: int) -> datetime:
    """When a step begins."""
    return datetime.fromtimestamp(step * STEP.total_seconds(), UTC)


def matching(seed: bytes, presented: str, now: datetime) -> int | None:
    """The step that a code is of, among those that count now; None for none of them."""
    here = step_of(now)
    steps = range(here - BESIDE, here + BESIDE + 1)
    given = presented.encode()
    return next((s for s in steps if hmac.compare_digest(code_of(seed, s).encode(), given)), None)


def as_text(seed: bytes) -> str:
    """The seed as people type it: base32 without padding."""
    return base64.b32encode(seed).decode().rstrip("=")


def from_text(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def uri(text: str, issuer: str, account: str) -> str:
    """What an authenticator app reads from a QR code. `text`: the seed."""
    query = urlencode({"secret": text, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"
