"""Opens a backup for a restore: everything is checked before anything is written."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import SCHEMA, VERSION
from chalicelib.aws import keyring
from chalicelib.aws.keyring import OpenKeys
from chalicelib.backup import manifest as manifests
from chalicelib.backup.manifest import Keys, Manifest, Part
from chalicelib.backup.rows import Item, unpacked
from chalicelib.backup.store.depot import MAC, key, place
from chalicelib.cluster.gate import is_older
from chalicelib.core.errors import Invalid, Unsealable
from infra.aws import client
from infra.finding import MissingError, missing_is_known


class RefusedError(Exception):
    """The backup cannot be restored there. The text says exactly why; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup whose manifest is genuine and whose keys are open."""

    bucket: str
    manifest: Manifest
    ring: OpenKeys

    def rows(self) -> Iterator[tuple[str, list[Item]]]:
        """The rows part by part, with their table. Raises RefusedError for an altered part."""
        for part in self.manifest.parts:
            yield part.table, self._rows(part)

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


def open_backup(bucket: str, id: str, key_arn: str = "") -> Opened:
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
    _check_key(manifest.keys, key_arn or manifest.keys.key_arn)
    ring = _unwrapped(manifest.keys, key_arn or manifest.keys.key_arn)
    if not compare_digest(keyring.ring_mac(ring, MAC, manifest.covered()), manifest.mac):
        raise RefusedError("the manifest was altered: its MAC does not fit")
    return Opened(bucket, manifest, ring)


def _check_code(manifest: Manifest) -> None:
    if manifest.schema > SCHEMA or is_older(VERSION, manifest.version):
        raise RefusedError(
            f"the backup is of Conclave {manifest.version} (schema {manifest.schema}), this is "
            f"{VERSION} (schema {SCHEMA}): check that version out and restore with it"
        )


def _check_key(keys: Keys, key_arn: str) -> None:
    """A multi-region key has the same id in every region."""
    if keys.key_arn.rpartition("/")[2] != key_arn.rpartition("/")[2]:
        raise RefusedError(
            f"the backup's data keys are wrapped under the KMS key {keys.key_arn}, and this "
            f"cluster's connection names {key_arn}. Missing: that key, or its replica in this "
            "region, in the connection. There is no escrow to restore without it"
        )


def _unwrapped(keys: Keys, key_arn: str) -> OpenKeys:
    opened = {one.id: _decrypt(keys.cluster_id, one.id, one.wrapped, key_arn) for one in keys.keys}
    if keys.primary not in opened:
        raise RefusedError(f"the manifest was altered: it has no data key {keys.primary}")
    until = datetime.now(UTC) + timedelta(days=1)
    return OpenKeys(keys.cluster_id, keys.primary, opened, until)


def _decrypt(cluster_id: str, id: int, wrapped: str, key_arn: str) -> bytes:
    asked: dict[str, Any] = {
        "KeyId": key_arn,
        "EncryptionContext": keyring.context(cluster_id, id),
    }
    try:
        answer = client("kms", key_arn.split(":")[3]).decrypt(
            CiphertextBlob=base64.b64decode(wrapped), **asked
        )
    except (ClientError, ValueError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "it is damaged")
        raise RefusedError(
            f"KMS does not open the backup's data key {id} under {key_arn}: {code}. Missing: the "
            "right kms:Decrypt on that key, or an unaltered manifest"
        ) from error
    plain: bytes = answer["Plaintext"]
    return plain


def _object(bucket: str, name: str) -> bytes:
    try:
        with missing_is_known():
            answer = client("s3").get_object(Bucket=bucket, Key=name)
    except MissingError as error:
        raise RefusedError(f"there is no {name} in the bucket {bucket}") from error
    content: bytes = answer["Body"].read()
    return content
