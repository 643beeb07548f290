"""Large files of secrets in backups: which of them rows name, and where their copies lie. Pure.

In the bucket of a cluster a file is `files/<secret>/<id>`, sealed, written once and never changed.
Backups have one copy of each, `backups/files/<secret>/<id>-<sha256>`, which all that name it share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .rows import Item

LIVE = "files/"
COPIES = "backups/files/"
KINDS = frozenset({"secret", "secret-history"})
UNUSED_KIND = "secret-file"
"""Rows of objects that are to be removed unless some secret gets them."""


@dataclass(frozen=True, slots=True)
class FileCopy:
    """name: "<secret>/<id>". sha256: of its sealed bytes; "" for one that nobody found to copy"""

    name: str
    size: int = 0
    sha256: str = ""

    @property
    def live(self) -> str:
        """The object that the secret's row names."""
        return f"{LIVE}{self.name}"

    @property
    def key(self) -> str:
        """The object that backups have of it."""
        return copy_key(self.name, self.sha256)


def copy_key(name: str, sha256: str) -> str:
    return f"{COPIES}{name}-{sha256}"


def copy_at(key: str, size: int) -> FileCopy:
    """The copy that lies there."""
    name, _, sha256 = key.removeprefix(COPIES).rpartition("-")
    return FileCopy(name, size, sha256)


def named_in(rows: Iterable[Item]) -> list[str]:
    """The names of the files that rows of the data table hold, each once."""
    found = (name for row in rows if _kind(row) in KINDS for name in _named(row))
    return list(dict.fromkeys(found))


def without(rows: Iterable[Item], files: frozenset[str]) -> list[Item]:
    """Without rows by which a file would be removed that a secret of the same backup names.

    Rows that are read page by page may contradict each other so.
    """
    return [row for row in rows if _kind(row) != UNUSED_KIND or _unused(row) not in files]


def row_of(one: FileCopy) -> Item:
    """A line of a list of files, in the form of rows."""
    return {"file": {"S": one.name}, "size": {"N": str(one.size)}, "sha256": {"S": one.sha256}}


def file_of(row: Item) -> FileCopy:
    return FileCopy(row["file"]["S"], int(row["size"]["N"]), row["sha256"]["S"])


def _named(row: Item) -> Iterator[str]:
    secret = str(row["pk"]["S"]).partition("#")[2]
    values: list[Any] = [row, *(one["M"] for one in row.get("field_values", {}).get("L", ()))]
    for value in values:
        if id := value.get("file_object", {}).get("S"):
            yield f"{secret}/{id}"


def _unused(row: Item) -> str:
    return f"{row['secret_id']['N']}/{row['id']['S']}"


def _kind(row: Item) -> str:
    return str(row.get("kind", {}).get("S", ""))
