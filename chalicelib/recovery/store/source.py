"""The backups of the cluster that is followed, in that cluster's bucket. It is only read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

from chalicelib.aws.envelope import Place
from chalicelib.aws.foreign import ForeignObjects
from chalicelib.backup import manifest as manifests
from chalicelib.backup.manifest import Manifest, Part
from chalicelib.backup.rows import Item, unpacked
from chalicelib.core.errors import Invalid, Unsealable

FOLDER = "backups/"
PURPOSE = "backup"  # of the MAC of a manifest, as `backup.store.depot` makes it


class Keyring(Protocol):
    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...
    def mac(self, purpose: str, text: bytes) -> str: ...
    def cluster_id(self) -> str: ...
    def key_ids(self) -> frozenset[int]: ...


class Source:
    """Every method raises Unavailable when the bucket does not answer; it may be repeated."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def newer(self, bucket: str, than: str) -> Iterator[str]:
        """The ids of backups that were begun after that one, newest first; whole or not."""
        names = ForeignObjects(bucket).folders(FOLDER, f"{FOLDER}{than}0" if than else "")
        return (name.removeprefix(FOLDER).strip("/") for name in reversed(names))

    def manifest(self, bucket: str, id: str) -> Manifest | None:
        """What a backup says of itself; None while it is not whole. Raises Invalid: damaged."""
        raw = ForeignObjects(bucket).get(f"{FOLDER}{id}/manifest.json")
        return None if raw is None else manifests.decode(raw)

    def is_genuine(self, manifest: Manifest) -> bool:
        """Whether its MAC is by our keys."""
        return self._keyring.mac(PURPOSE, manifest.covered()) == manifest.mac

    def keys(self) -> tuple[str, frozenset[int]]:
        """The cluster's id and the data keys that we have."""
        return self._keyring.cluster_id(), self._keyring.key_ids()

    def rows(self, bucket: str, manifest: Manifest, part: Part) -> list[Item]:
        """The rows of one part. Raises Invalid when it is not as the manifest says."""
        key = f"{FOLDER}{manifest.id}/{part.name}"
        sealed = ForeignObjects(bucket).get(key)
        if sealed is None:
            raise Invalid(f"{key} is missing")
        if hashlib.sha256(sealed).hexdigest() != part.sha256:
            raise Invalid(f"{key} was altered: its SHA-256 is not the manifest's")
        try:
            rows = unpacked(
                self._keyring.open_bytes(sealed, Place("backup", manifest.id, part.name))
            )
        except Unsealable as error:
            raise Invalid(f"{key} does not open with this cluster's keys") from error
        if len(rows) != part.rows:
            raise Invalid(f"{key} holds {len(rows)} rows, the manifest says {part.rows}")
        return rows
