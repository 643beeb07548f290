"""Opens a backup for a restore: everything is checked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from hmac import compare_digest

from chalicelib import SCHEMA, VERSION
from chalicelib.aws import keyring
from chalicelib.aws.keyring import OpenKeys
from chalicelib.backup import manifest as manifests
from chalicelib.backup.files import FileCopy, file_of
from chalicelib.backup.manifest import Manifest, Part
from chalicelib.backup.rows import Item, unpacked
from chalicelib.backup.store.depot import MAC, key, place
from chalicelib.cluster.gate import is_older
from chalicelib.core.errors import Invalid, Unsealable
from infra.aws import client
from infra.backup_keys import NOTHING, Means, RefusedError, opened_keys
from infra.finding import MissingError, missing_is_known

__all__ = ["Opened", "RefusedError", "open_backup"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup whose manifest is genuine and whose keys are open."""

    bucket: str
    manifest: Manifest
    ring: OpenKeys
    how: str = ""
    """How the data keys were opened if not by the cluster's own KMS key, in words."""

    def rows(self) -> Iterator[tuple[str, list[Item]]]:
        """The rows part by part, with their table. Raises RefusedError for an altered part."""
        for part in self.manifest.parts:
            yield part.table, self._rows(part)

    def files(self) -> Iterator[FileCopy]:
        """The large files that the rows hold. Raises RefusedError for an altered list."""
        for part in self.manifest.files:
            yield from map(file_of, self._rows(part))

    def _rows(self, part: Part) -> list[Item]:
        name = key(self.manifest.id, part.name)
        sealed = _object(self.bucket, name)
        if hashlib.sha256(sealed).hexdigest() != part.sha256:
            raise RefusedError(f"{name} was altered: its SHA-256 is not the manifest's")
        try:
            rows = unpacked(keyring.opened(self.ring, sealed, place(self.manifest.id, part.name)))
        except Unsealable as error:
            raise RefusedError(f"{name} does not open with the keys of the backup") from error
        if len(rows) != part.rows:
            raise RefusedError(f"{name} holds {len(rows)} rows, the manifest says {part.rows}")
        return rows


def open_backup(bucket: str, id: str, key_arn: str = "", means: Means = NOTHING) -> Opened:
    """The backup of that id, for a cluster with that KMS key; without one, by the backup's own.

    Raises RefusedError.
    """
    raw = _object(bucket, key(id, "manifest.json"))
    try:
        manifest = manifests.decode(raw)
    except Invalid as error:
        raise RefusedError(str(error)) from error
    if manifest.id != id:
        raise RefusedError(f"the manifest is that of backup {manifest.id}")
    _check_code(manifest)
    ring, how = opened_keys(manifest.keys, key_arn or manifest.keys.key_arn, means)
    if not compare_digest(keyring.ring_mac(ring, MAC, manifest.covered()), manifest.mac):
        raise RefusedError("the manifest was altered: its MAC does not fit")
    return Opened(bucket, manifest, ring, how)


def _check_code(manifest: Manifest) -> None:
    if manifest.schema > SCHEMA or is_older(VERSION, manifest.version):
        raise RefusedError(
            f"the backup is of Conclave {manifest.version} (schema {manifest.schema}), this is "
            f"{VERSION} (schema {SCHEMA}): check that version out and restore with it"
        )


def _object(bucket: str, name: str) -> bytes:
    try:
        with missing_is_known():
            answer = client("s3").get_object(Bucket=bucket, Key=name)
    except MissingError as error:
        raise RefusedError(f"there is no {name} in the bucket {bucket}") from error
    content: bytes = answer["Body"].read()
    return content
