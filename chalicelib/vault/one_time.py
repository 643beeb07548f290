"""One-time-password codes of secrets (RFC 6238), by the key in the field that holds it. Pure."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from chalicelib.core import totp
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.plain import Plain

from .one_time_terms import USUAL, OneTimeTerms
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


def codes(key: Plain, count: int, now: datetime, terms: OneTimeTerms = USUAL) -> list[Code]:
    """The present code and those after it. NotFound without a key, Invalid for what is none.

    What the address of a QR code says of length, duration and hash counts more than the template.
    """
    if not 1 <= count <= MOST_CODES:
        raise Invalid(f"numberOfCodesToGenerate must be 1 to {MOST_CODES}.")
    if not key:
        raise NotFound("The secret has no one-time-password key: it was not found.")
    said = _said(key)
    terms, seed = _terms(said, terms), _seed(said.get("secret", ""))
    here = int(now.timestamp() // terms.duration)
    digest = terms.hash.lower()
    return [
        Code(
            totp.code_of(seed, step, terms.length, digest),
            terms.duration,
            int(-((now.timestamp() - (step + 1) * terms.duration) // 1)),
        )
        for step in range(here, here + count)
    ]


def _said(key: Plain) -> Mapping[str, str]:
    """What a key says, as people paste it: the seed, and what else an address has."""
    text = key.reveal().strip()
    if not text.lower().startswith("otpauth://"):
        return {"secret": text}
    if urlsplit(text).netloc.lower() != "totp":
        raise Invalid("The one-time-password key counts uses (HOTP): only those by time are known.")
    return {name.lower(): given[0] for name, given in parse_qs(urlsplit(text).query).items()}


def _terms(said: Mapping[str, str], terms: OneTimeTerms) -> OneTimeTerms:
    try:
        return OneTimeTerms(
            int(said.get("digits", terms.length)),
            int(said.get("period", terms.duration)),
            said.get("algorithm", terms.hash).upper().replace("-", ""),
        )
    except (ValueError, Invalid):
        raise Invalid("The address of the one-time-password key asks for odd codes.") from None


def _seed(text: str) -> bytes:
    """The seed. Invalid for what is none; it is never quoted."""
    try:
        seed = totp.from_text("".join(text.split()).replace("-", "").upper().rstrip("="))
    except (ValueError, binascii.Error):
        seed = b""
    if not seed:
        raise Invalid("The secret's one-time-password key is not base32.")
    return seed
