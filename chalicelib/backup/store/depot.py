"""A backup's objects in the bucket: `backups/<id>/` with parts, and a manifest once it is whole."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.aws.envelope import Place
from chalicelib.backup import manifest as manifests
from chalicelib.backup.files import FileCopy, file_of
from chalicelib.backup.manifest import Manifest, Part, Progress
from chalicelib.backup.rows import Item, packed, unpacked
from chalicelib.core.errors import Invalid

MAC = "backup"


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...
    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...
    def mac(self, purpose: str, text: bytes) -> str: ...


class Objects(Protocol):
    def put(self, key: str, content: bytes) -> None: ...
    def get(self, key: str) -> bytes | None: ...
    def remove(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Depot:
    """Raises Unavailable when the bucket refuses."""

    objects: Objects
    keyring: Keyring

    def keep(self, id: str, number: int, table: str, rows: Sequence[Item]) -> Part:
        """Seal some rows into an object of their own: no two attempts write the same one."""
        name = f"{number:06d}-{secrets.token_hex(4)}"
        sealed = self.keyring.seal_bytes(packed(rows), place(id, name))
        self.objects.put(key(id, name), sealed)
        return Part(name, table, len(rows), len(sealed), hashlib.sha256(sealed).hexdigest())

    def files(self, id: str, part: Part) -> list[FileCopy]:
        """The files of a list. Raises Invalid when it is gone or altered."""
        sealed = self.objects.get(key(id, part.name))
        if sealed is None or hashlib.sha256(sealed).hexdigest() != part.sha256:
            raise Invalid(f"{key(id, part.name)} is missing, or was altered")
        return list(map(file_of, unpacked(self.keyring.open_bytes(sealed, place(id, part.name)))))

    def manifest(self, id: str) -> Manifest | None:
        """What a backup says of itself; None while it is not whole. Raises Invalid: damaged."""
        raw = self.objects.get(key(id, "manifest.json"))
        return None if raw is None else manifests.decode(raw)

    def progress(self, id: str) -> Progress | None:
        raw = self.objects.get(key(id, "progress.json"))
        return None if raw is None else manifests.decode_progress(raw)

    def save(self, id: str, progress: Progress) -> None:
        self.objects.put(key(id, "progress.json"), progress.encoded())

    def finish(self, manifest: Manifest, spare: Iterable[Part] = ()) -> None:
        """Write the manifest, with its MAC: from now on there is a backup of that id.

        spare: parts that it does without. May be repeated.
        """
        signed = replace(manifest, mac=self.keyring.mac(MAC, manifest.covered()))
        self.objects.put(key(manifest.id, "manifest.json"), signed.encoded())
        for one in spare:
            self.objects.remove(key(manifest.id, one.name))
        self.objects.remove(key(manifest.id, "progress.json"))

    def remove(self, id: str) -> None:
        """Remove a backup, or what there is of one. May be repeated."""
        for name in self._parts(id):
            self.objects.remove(key(id, name))
        self.objects.remove(key(id, "manifest.json"))
        self.objects.remove(key(id, "progress.json"))

    def _parts(self, id: str) -> list[str]:
        manifest = self.manifest(id)
        if manifest is not None:
            return [one.name for one in (*manifest.parts, *manifest.files)]
        known = self.progress(id)
        return [one.name for one in (*known.parts, *known.named, *known.files)] if known else []


def key(id: str, name: str) -> str:
    return f"backups/{id}/{name}"


def place(id: str, name: str) -> Place:
    """Where a part belongs; it opens nowhere else."""
    return Place("backup", id, name)
