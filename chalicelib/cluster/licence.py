"""Licences: what a key says, whether the cluster's signer signed it, what a set of them allows.

A key is one line of text: `CL1.<payload>.<signature>`, both parts in base64url. The payload is the
JSON of a `Licence`; the signature is Ed25519, over the payload as it stands in the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.core.errors import Invalid

PREFIX = "CL1"
DOMAIN = b"conclave licence 1\n"
"""Before the payload when it is signed: the signature means nothing anywhere else."""

MOST_CHARACTERS = 4000
THRESHOLDS = (60, 30, 14, 7, 1)
"""Days before the end at which people are warned, once each."""

ENDED = -1
"""Stands for the day after its last among the thresholds."""


class Edition(StrEnum):
    """What a licence is for, from low to high; NONE: it holds add-ons only."""

    NONE = ""
    VAULT = "Vault"
    PROFESSIONAL = "Professional"
    ENTERPRISE_PLUS = "Enterprise Plus"


class AddOn(StrEnum):
    PREMIUM = "Premium"


EVALUATION = "Evaluation"
"""The edition of the built-in evaluation, which has everything."""

RANK = {edition: place for place, edition in enumerate(Edition)}
CLUSTERING_EDITIONS = frozenset({Edition.ENTERPRISE_PLUS})
CLUSTERING_ADD_ONS = frozenset({AddOn.PREMIUM})
NO_CLUSTERING = (
    "Clustering needs a licence of the edition Enterprise Plus, or the Premium add-on beside "
    "another edition: add one on the Licences page (POST /api/v1/licenses)."
)


class Licence(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One licence.

    seats:   named users that it adds; application accounts need none
    expires: the last day on which it holds, UTC; None: it does not end
    """

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    company: Annotated[str, Meta(min_length=1, max_length=200)]
    edition: Edition = Edition.NONE
    add_ons: tuple[AddOn, ...] = ()
    seats: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    issued: date
    expires: date | None = None

    def holds(self, today: date) -> bool:
        return self.expires is None or today <= self.expires

    def days_left(self, today: date) -> int | None:
        """Days until its last one, on which it holds; below 0 once it has ended; None: never."""
        return None if self.expires is None else (self.expires - today).days


def written(licence: Licence) -> str:
    """The payload of a licence, as it is signed."""
    return _packed(msgspec.json.encode(licence))


def key_of(payload: str, signature: bytes) -> str:
    """The key that people paste."""
    return f"{PREFIX}.{payload}.{_packed(signature)}"


def signed_bytes(payload: str) -> bytes:
    return DOMAIN + payload.encode()


def opened(text: str, signer: str) -> Licence:
    """The licence in a key that the signer of that public key signed. Raises Invalid: says why."""
    payload, signature = _parts(text)
    if not _is_signed(payload, signature, signer):
        raise Invalid(
            "This licence is not signed by this cluster's signer: it was altered, or it was made "
            "for another cluster. Nothing was changed."
        )
    try:
        return msgspec.json.decode(_unpacked(payload), type=Licence)
    except msgspec.DecodeError as error:
        raise Invalid(f"This licence cannot be used by this version: {error}.") from error


def tidied(text: str) -> str:
    """A key without the spaces and line breaks that mail programs put into it."""
    return "".join(text.split())


def fingerprint(signer: str) -> str:
    """A short name for a signer's public key; "" for none."""
    return hashlib.sha256(signer.encode()).hexdigest()[:8] if signer else ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a set of licences allows.

    seats:   named users; None: any number
    expires: the last day of the edition; None: it does not end
    """

    edition: str = ""
    add_ons: tuple[str, ...] = ()
    company: str = ""
    seats: int | None = 0
    expires: date | None = None

    @property
    def clustering(self) -> bool:
        if not self.edition:
            return False
        held = self.edition == EVALUATION or self.edition in CLUSTERING_EDITIONS
        return held or any(one in CLUSTERING_ADD_ONS for one in self.add_ons)

    @property
    def evaluation(self) -> bool:
        return self.edition == EVALUATION


def evaluation(until: date | None = None) -> Rights:
    """The built-in evaluation: everything, for any number of users."""
    return Rights(EVALUATION, tuple(AddOn), "", None, until)


def rights(licences: Sequence[Licence], today: date) -> Rights:
    """What licences allow together: the highest edition, all add-ons, the seats of all."""
    holding = [one for one in licences if one.holds(today)]
    edition = max((one.edition for one in holding), key=RANK.__getitem__, default=Edition.NONE)
    if not edition:
        return Rights()
    best = next(one for one in holding if one.edition is edition)
    return Rights(
        edition=edition,
        add_ons=tuple(sorted({str(add_on) for one in holding for add_on in one.add_ons})),
        company=best.company,
        seats=sum(one.seats for one in holding),
        expires=_ending(last_day(holding)),
    )


def last_day(licences: Sequence[Licence]) -> date | None:
    """The last day on which one of them gives an edition; None: it does not end, or there is none.

    `date.max` stands for an edition that does not end, so that days compare.
    """
    days = [one.expires or date.max for one in licences if one.edition]
    return max(days, default=None)


def _ending(day: date | None) -> date | None:
    return None if day == date.max else day


def warning(licence: Licence, warned: int | None, today: date) -> int | None:
    """The threshold that people are to be told of now; None when they know.

    warned: the last one they were told of. One that was missed is not told of later.
    """
    left = licence.days_left(today)
    if left is None:
        return None
    passed = [days for days in (*THRESHOLDS, ENDED) if left <= days]
    now = min(passed, default=None)
    return now if now is not None and (warned is None or now < warned) else None


def end_of(day: date) -> datetime:
    """The moment at which what holds until that day ends."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def _parts(text: str) -> tuple[str, str]:
    parts = tidied(text).split(".")
    if len(text) > MOST_CHARACTERS or len(parts) != 3 or parts[0] != PREFIX:  # noqa: PLR2004
        raise Invalid(f"This is no licence key: one reads {PREFIX}.<text>.<text>, whole.")
    return parts[1], parts[2]


def _is_signed(payload: str, signature: str, signer: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer, validate=True))
        key.verify(_unpacked(signature), signed_bytes(payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    """Raises ValueError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if _packed(raw) != text:
        raise ValueError("not the one way to write these bytes")
    return raw
