"""Objects of the bucket that hold large files, and the rows of those that are to be removed.

Written ahead: an object has such a row before it is there, and loses it in the change that gives it
to a secret. A change that takes it from its secret writes the row again. So each object in the
bucket is some secret's, or is removed once its row is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.envelope import Place
from chalicelib.aws.faults import known_faults
from chalicelib.aws.objects import Objects
from chalicelib.aws.table import fetch, index
from chalicelib.core.clock import stamp
from chalicelib.core.errors import Conflict
from chalicelib.vault.attachment import ADDRESS_LASTS, Upload
from chalicelib.vault.chunks import CHUNK

from .rows import FILES, FileRow, file_key


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileStore:
    keyring: Keyring
    objects: Objects

    def put(self, secret_id: int, id: str, sealed: bytes) -> None:
        self.objects.put(_object(secret_id, id), sealed)

    def get(self, secret_id: int, id: str) -> Iterator[bytes] | None:
        """The sealed object in pieces, None when it is not there."""
        return self.objects.pieces(_object(secret_id, id), CHUNK)

    def address_to_put(self, secret_id: int, id: str, size: int) -> str:
        return self.objects.address_to_put(_object(secret_id, id), size, ADDRESS_LASTS)

    def address_to_get(self, secret_id: int, id: str) -> str:
        return self.objects.address_to_get(_object(secret_id, id), ADDRESS_LASTS)

    def expected(self, upload: Upload, until: datetime) -> Write:
        """The object is going to be written; unless some secret gets it, it goes after `until`."""
        row = FileRow(
            *file_key(upload.id),
            i3pk=FILES,
            i3sk=_place(until, upload.id),
            id=upload.id,
            secret_id=upload.secret_id,
            slug=upload.slug,
            name=upload.name,
            size=upload.size,
            sealed=self.keyring.seal_bytes(upload.key, _key_place(upload.id)),
        )
        return Put(row, FileRow.pk.does_not_exist())

    def upload(self, id: str) -> Upload | None:
        """What is being sent, None for what is not, or is not any more."""
        row = fetch(FileRow, *file_key(id))
        if row is None or not row.sealed or row.doomed:
            return None
        key = self.keyring.open_bytes(row.sealed, _key_place(id))
        return Upload(id, int(row.secret_id), row.slug, row.name, int(row.size), key)

    def taken(self, id: str) -> Write:
        """A secret has the object from now on. Fails the change once its removal has begun."""
        row = FileRow(*file_key(id))
        return Delete(row, FileRow.pk.exists() & FileRow.doomed.does_not_exist())

    def given_up(self, secret_id: int, id: str, at: datetime) -> Write:
        """No secret has the object any more: it goes then."""
        row = FileRow(*file_key(id), i3pk=FILES, i3sk=_place(at, id), id=id, secret_id=secret_id)
        return Put(row)

    def due(self, until: datetime, limit: int) -> list[str]:
        """The ids of objects to be removed, longest due first."""
        hits = index(3, FILES, until=f"{stamp(until)}~", limit=limit)
        return [hit.sort.rpartition("#")[2] for hit in hits]

    def remove(self, id: str, now: datetime) -> bool:
        """Remove an object that is due; False when a secret has it by now. May be repeated.

        The row is marked first, so that no change takes the object while it goes.
        """
        row = fetch(FileRow, *file_key(id))
        if row is None or row.i3sk is None or row.i3sk > f"{stamp(now)}~":
            return False
        try:
            with known_faults("marking a file to be removed"):
                row.update([FileRow.doomed.set(True)], FileRow.i3sk == row.i3sk)
        except Conflict:
            return False
        self.objects.remove(_object(int(row.secret_id), id))
        with known_faults("forgetting a removed file"):
            FileRow(*file_key(id)).delete()
        return True


def _object(secret_id: int, id: str) -> str:
    return f"files/{secret_id}/{id}"


def _key_place(id: str) -> Place:
    return Place("file", id, "key")


def _place(at: datetime, id: str) -> str:
    return f"{stamp(at)}#{id}"
