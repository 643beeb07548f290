"""The rows of a file that is imported: its key, sealed; and what it holds, in parts under that key.

They go with the end of the import. All have an end from the beginning, for one that never began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import DataRow, Key, fetch
from chalicelib.vault import chunks

KIND = "import"


class ImportFileRow(DataRow, discriminator="import-file"):
    id = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)


class ImportPartRow(DataRow, discriminator="import-part"):
    size = NumberAttribute()
    box = BinaryAttribute(legacy_encoding=False)


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ImportStore:
    keyring: Keyring

    def begun(self, id: str, key: bytes, until: datetime) -> Write:
        row = ImportFileRow(*_key(id), id=id, sealed=self.keyring.seal_bytes(key, _place(id)))
        return Put(ending(row, KIND, until), ImportFileRow.pk.does_not_exist())

    def part(self, id: str, number: int, raw: bytes, until: datetime, key: bytes) -> Write:
        box = chunks.seal(key, _name(id, number), raw)
        row = ImportPartRow(*_key(id, number), size=len(raw), box=box)
        ended = ending(row, KIND, until)
        ended.i3sk = f"{ended.i3sk}#{number}"
        return Put(ended, ImportPartRow.pk.does_not_exist())

    def read(self, id: str, number: int) -> bytes | None:
        """A part in the clear, None when it is gone. Two GetItems."""
        file, row = fetch(ImportFileRow, *_key(id)), fetch(ImportPartRow, *_key(id, number))
        if file is None or row is None:
            return None
        key = self.keyring.open_bytes(file.sealed, _place(id))
        return b"".join(chunks.opened(key, _name(id, number), int(row.size), [row.box]))

    def removed(self, id: str, parts: int) -> list[Write]:
        """May be repeated."""
        files: list[Write] = [Delete(ImportFileRow(*_key(id)))]
        return files + [Delete(ImportPartRow(*_key(id, one))) for one in range(parts)]


def _key(id: str, part: int | None = None) -> Key:
    return (f"import#{id}", "file" if part is None else f"part#{part:03d}")


def _name(id: str, number: int) -> str:
    return f"import/{id}/{number}"


def _place(id: str) -> Place:
    return Place("import", id, "key")
