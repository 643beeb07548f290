"""What a backup says of itself: its parts with their hashes, and whose keys open them.

It is readable by itself, so that a restore can say what is missing before it has a key; a MAC by
the cluster's own keys covers all of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from chalicelib.core.errors import Invalid

FORMAT = 2
WITH_FILES = 2
"""The first format that names the large files of secrets."""

TABLES = ("data", "audit")
FILES = "files"
"""In place of a table's name, of a part that lists files."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed object: rows of one table, or a list of files. `sha256`: as it lies there."""

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
    files:  lists of the large files that the rows name; see `files`
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
    files: tuple[Part, ...] = ()
    format: int = FORMAT
    mac: str = ""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""
        return rows_of(self.parts)

    @property
    def lists_files(self) -> bool:
        """Whether what `files` does not name is in no row; not so in a backup of earlier code."""
        return self.format >= WITH_FILES

    def covered(self) -> bytes:
        """What the MAC is made over."""
        return replace(self, mac="").encoded()

    def encoded(self) -> bytes:
        shown = asdict(self)
        if not self.lists_files:
            del shown["files"]
        return _text(shown).encode()


@dataclass(frozen=True, slots=True)
class Progress:
    """A backup under way: what is kept so far, and where to go on; "" once all is read.

    schema:  of the rows when it began; 0 when nobody had said so
    named:   lists of files that rows name, as they were read
    files:   the same with their hashes, of those that are copied
    at:      how many of `named` are copied whole, and how many files of the next one
    missing: how many files nobody found to copy
    format:  of the manifest to come: of what code began, or went on with, that knows no files, 1
    """

    cursor: str
    parts: tuple[Part, ...] = field(default=())
    schema: int = 0
    named: tuple[Part, ...] = ()
    files: tuple[Part, ...] = ()
    at: tuple[int, int] = (0, 0)
    missing: int = 0
    format: int = FORMAT

    @property
    def is_done(self) -> bool:
        return not self.cursor and self.at[0] == len(self.named)

    @property
    def told(self) -> str:
        """What there is in it, in words."""
        said = [f"{n:,} {table} rows" for table, n in rows_of(self.parts).items()]
        if files := sum(one.rows for one in self.files):
            said.append(f"{files:,} large files")
        if self.missing:
            said.append(f"{self.missing:,} of them not found in the bucket")
        return ", ".join(said)

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
        parts, files = _parts(read.pop("parts")), _parts(read.pop("files", ()))
        return Manifest(**read, keys=Keys(**keys), parts=parts, files=files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("the manifest is damaged: it cannot be read") from error


def decode_progress(raw: bytes) -> Progress:
    """The progress in those bytes, as `Progress.encoded` wrote them."""
    read: dict[str, Any] = json.loads(raw)
    done, next_one = read.get("at", (0, 0))
    return Progress(
        cursor=read["cursor"],
        parts=_parts(read["parts"]),
        schema=int(read.get("schema", 0)),
        named=_parts(read.get("named", ())),
        files=_parts(read.get("files", ())),
        at=(int(done), int(next_one)),
        missing=int(read.get("missing", 0)),
        format=int(read.get("format", 1)),
    )


def _parts(read: Iterable[Mapping[str, Any]]) -> tuple[Part, ...]:
    return tuple(Part(**one) for one in read)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, indent=1)
