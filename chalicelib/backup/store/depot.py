"""A backup's objects in the bucket: `backups/<id>/` with parts, and a manifest once it is whole."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.aws.envelope import Place
from chalicelib.backup import manifest as manifests
from chalicelib.backup.manifest import Manifest, Part, Progress
from chalicelib.backup.rows import Item, packed

MAC = "backup"


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...
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

    def progress(self, id: str) -> Progress | None:
        raw = self.objects.get(key(id, "progress.json"))
        return None if raw is None else manifests.decode_progress(raw)

    def save(self, id: str, progress: Progress) -> None:
        self.objects.put(key(id, "progress.json"), progress.encoded())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with its MAC: from now on there is a backup of that id."""
        signed = replace(manifest, mac=self.keyring.mac(MAC, manifest.covered()))
        self.objects.put(key(manifest.id, "manifest.json"), signed.encoded())
        self.objects.remove(key(manifest.id, "progress.json"))

    def remove(self, id: str) -> None:
        """Remove a backup, or what there is of one. May be repeated."""
        for name in self._parts(id):
            self.objects.remove(key(id, name))
        self.objects.remove(key(id, "manifest.json"))
        self.objects.remove(key(id, "progress.json"))

    def _parts(self, id: str) -> list[str]:
        raw = self.objects.get(key(id, "manifest.json"))
        if raw is not None:
            return [one.name for one in manifests.decode(raw).parts]
        progress = self.progress(id)
        return [one.name for one in progress.parts] if progress else []


def key(id: str, name: str) -> str:
    return f"backups/{id}/{name}"


def place(id: str, name: str) -> Place:
    """Where a part belongs; it opens nowhere else."""
    return Place("backup", id, name)
