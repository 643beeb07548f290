"""What a backup says of itself: its parts with their hashes, and whose keys open them.

It is readable by itself, so that a restore can say what is missing before it has a key; a MAC by
the cluster's own keys covers all of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from chalicelib.core.errors import Invalid

FORMAT = 1
TABLES = ("data", "audit")


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed object: rows of one table. `sha256` is that of the object as it lies there."""

    name: str
    table: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key of the cluster, wrapped by KMS, in base64; `box` is for the escrow key."""

    id: int
    wrapped: str
    made_at: str
    box: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keyring as it was: what opens the parts, and by whom it is opened.

    escrow: the operator's public key that data keys are boxed to, in base64; "" for none
    """

    cluster_id: str
    key_arn: str
    fingerprint: str
    primary: int
    keys: tuple[Wrapped, ...]
    escrow: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One whole backup.

    version: of the code that took it
    schema: of its rows, which may be older than that code while an upgrade is in progress
    source: how rows were read: `point-in-time` or `pages`
    at:     of which moment the rows are; with `pages`, when reading them began
    """

    id: str
    cluster: str
    version: str
    schema: int
    source: str
    at: str
    finished_at: str
    keys: Keys
    parts: tuple[Part, ...] = ()
    format: int = FORMAT
    mac: str = ""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""
        return rows_of(self.parts)

    def covered(self) -> bytes:
        """What the MAC is made over."""
        return _text(asdict(replace(self, mac=""))).encode()

    def encoded(self) -> bytes:
        return _text(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Progress:
    """A backup under way: what is kept so far, and where to go on; "" once all is read.

    schema: of the rows when it began; 0 when nobody had said so
    """

    cursor: str
    parts: tuple[Part, ...] = field(default=())
    schema: int = 0

    def encoded(self) -> bytes:
        return _text(asdict(self)).encode()


def rows_of(parts: tuple[Part, ...]) -> Mapping[str, int]:
    found = Counter({table: 0 for table in TABLES})
    for one in parts:
        found[one.table] += one.rows
    return dict(found)


def decode(raw: bytes) -> Manifest:
    """The manifest in those bytes. Raises Invalid when they are none that this code can read."""
    try:
        read = json.loads(raw)
        if int(read["format"]) > FORMAT:
            raise Invalid("the backup was made by a newer Conclave: its format is unknown here")
        keys = read.pop("keys")
        keys["keys"] = tuple(Wrapped(**one) for one in keys["keys"])
        parts = tuple(Part(**one) for one in read.pop("parts"))
        return Manifest(**read, keys=Keys(**keys), parts=parts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("the manifest is damaged: it cannot be read") from error


def decode_progress(raw: bytes) -> Progress:
    """The progress in those bytes, as `Progress.encoded` wrote them."""
    read: dict[str, Any] = json.loads(raw)
    parts = tuple(Part(**one) for one in read["parts"])
    return Progress(read["cursor"], parts, int(read.get("schema", 0)))


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, indent=1)
