"""Digests of the audit trail: one an hour, each naming the one before, each signed.

A digest sums the listing of its hour: a line for each row, in order, with the SHA-256 of all that
the row holds. Who has the listing can say which row was altered, is missing or was put there since.
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from chalicelib.core.errors import Invalid

HOUR = timedelta(hours=1)
SLACK = timedelta(minutes=10)
"""How long after its hour a row may still come. A row says when its request began: the longest
writes for 29 s (API) or 60 s (workers), and DynamoDB may have it a few seconds after that. Twice
the tolerance of clocks is added: that of who writes, and that of who sums."""

Item: TypeAlias = Mapping[str, Any]
"""A row as DynamoDB's API has it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the trail in a listing: its keys, and the SHA-256 of all it holds, in hex."""

    pk: str
    sk: str
    hash: str

    @property
    def place(self) -> tuple[str, str]:
        """What listings are ordered by: time first."""
        return (self.sk, self.pk)

    def __str__(self) -> str:
        return f"{self.hash} {self.pk} {self.sk}"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is signed.

    hour:     of the rows' times, "2026-01-15T12"
    root:     SHA-256 of the listing, in hex
    previous: hash of the digest of the hour before; "" for the cluster's first
    key:      ARN of the signing key
    made_at:  when it was summed
    """

    cluster: str
    hour: str
    rows: int
    root: str
    previous: str
    key: str
    made_at: str

    def text(self) -> bytes:
        """The bytes that are signed: JSON, names in order, nothing between."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    def hash(self) -> str:
        """What the next digest calls this one."""
        return hashlib.sha256(self.text()).hexdigest()


@dataclass(frozen=True, slots=True)
class Signed:
    """A digest and its signature: ECDSA with SHA-256 on P-256, DER."""

    digest: Digest
    signature: bytes

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the key, DER, made the signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        key = load_der_public_key(public_key)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        try:
            key.verify(self.signature, self.digest.text(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def line_of(item: Item) -> Line:
    """The line of a row: over every attribute there is, known or not."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), default=_hex)
    return Line(item["pk"]["S"], item["sk"]["S"], hashlib.sha256(text.encode()).hexdigest())


def in_order(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda one: one.place)


def listing(lines: Sequence[Line]) -> bytes:
    """The lines as text, in order."""
    return "".join(f"{one}\n" for one in lines).encode()


def lines_of(text: bytes) -> list[Line]:
    """The lines that `listing` wrote. Raises Invalid."""
    return [_line(one) for one in text.decode(errors="replace").splitlines()]


def root(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def encode(signed: Signed, text: bytes) -> bytes:
    """The object: the signed digest on a line of its own, then the listing."""
    return form_of(signed) + b"\n" + text


def decode(raw: bytes) -> tuple[Signed, bytes]:
    """The digest and the listing in an object. Raises Invalid when it is none."""
    head, _, text = raw.partition(b"\n")
    return read_form(head), text


def form_of(signed: Signed) -> bytes:
    """A signed digest as one line."""
    form = {
        "digest": asdict(signed.digest),
        "signature": base64.b64encode(signed.signature).decode(),
    }
    return json.dumps(form, sort_keys=True, separators=(",", ":")).encode()


def read_form(head: bytes) -> Signed:
    """The signed digest on a line. Raises Invalid when it is none."""
    try:
        form = json.loads(head)
        said = Digest(**form["digest"])
        start_of(said.hour)
        return Signed(said, base64.b64decode(form["signature"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("not a digest of the audit trail") from error


def name(cluster_id: str, hour: str) -> str:
    """The object's key in the audit bucket."""
    return f"{prefix(cluster_id)}{hour}"


def prefix(cluster_id: str) -> str:
    return f"digests/{cluster_id}/"


def hour_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def start_of(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)


def following(hour: str) -> str:
    return hour_of(start_of(hour) + HOUR)


def last_closed(now: datetime, tolerance: timedelta) -> str:
    """The newest hour for which no row can come any more."""
    return hour_of(now - SLACK - 2 * tolerance - HOUR)


def hours(first: str, last: str) -> Iterator[str]:
    """Every hour from the first to the last, both included."""
    while first <= last:
        yield first
        first = following(first)


def position(lines: Sequence[Line], place: tuple[str, str]) -> int:
    """Where in a listing something stands, or would stand: from 1."""
    return bisect(lines, (place[0], place[1]), key=lambda one: one.place)


def _line(text: str) -> Line:
    try:
        hash, pk, sk = text.split(" ")
    except ValueError as error:
        raise Invalid("not a line of a listing") from error
    return Line(pk, sk, hash)


def _hex(raw: Any) -> str:
    return bytes(raw).hex()
