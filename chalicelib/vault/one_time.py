"""One-time-password codes of secrets (RFC 6238), by the key in the field that holds it. Pure."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from chalicelib.core import totp
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.plain import Plain

from .secret import Secret

SLUG = "totp-key"
"""The field of a template that holds the key: base32, or what a QR code says (otpauth://)."""

MOST_CODES = 10


@dataclass(frozen=True, slots=True)
class Code:
    """One code; remaining: the seconds until the next one counts."""

    text: str = field(repr=False)
    duration: int
    remaining: int


def holds_key(secret: Secret) -> bool:
    """Whether codes can be made for it: its field for the key holds something."""
    known = {one.slug for one in secret.template.fields}
    return SLUG in known and secret.value_of(SLUG) is not None


def codes(key: Plain, count: int, now: datetime) -> list[Code]:
    """The present code and those after it. NotFound without a key, Invalid for what is none."""
    if not 1 <= count <= MOST_CODES:
        raise Invalid(f"numberOfCodesToGenerate must be 1 to {MOST_CODES}.")
    if not key:
        raise NotFound("The secret has no one-time-password key: it was not found.")
    seed, here = _seed(key), totp.step_of(now)
    return [
        Code(totp.code_of(seed, step), _STEP, int(_left(step, now)))
        for step in range(here, here + count)
    ]


_STEP = int(totp.STEP.total_seconds())


def _left(step: int, now: datetime) -> float:
    return -((now - totp.begin_of(step + 1)).total_seconds() // 1)


def _seed(key: Plain) -> bytes:
    """The seed in a key as people paste it. Invalid for what is none; it is never quoted."""
    text = key.reveal().strip()
    if text.lower().startswith("otpauth://"):
        text = (parse_qs(urlsplit(text).query).get("secret") or [""])[0]
    try:
        seed = totp.from_text("".join(text.split()).replace("-", "").upper().rstrip("="))
    except (ValueError, binascii.Error):
        seed = b""
    if not seed:
        raise Invalid("The secret's one-time-password key is not base32.")
    return seed
