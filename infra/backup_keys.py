"""Opens a backup's data keys: by the cluster's KMS key, by escrow, or by the KMS key of then.

Under another KMS key than the backup's a restore needs one of the last two, asked for explicitly;
without it the refusal says exactly what is missing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import keyring
from chalicelib.aws.keyring import OpenKeys, same_key
from chalicelib.backup.manifest import Keys, Wrapped
from chalicelib.backup.rows import Item
from chalicelib.core import sealing
from chalicelib.core.errors import Unsealable
from chalicelib.core.sealing import Opener
from infra.aws import client


class RefusedError(Exception):
    """The backup cannot be restored there. The text says exactly why; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the operator gave besides his rights: the escrow's private key, or leave to use the KMS
    key that the backup names; and leave to go on without large files that are lost."""

    escrow: Opener | None = None
    by_old_key: bool = False
    without_lost: bool = False


NOTHING = Means()


def opened_keys(keys: Keys, key_arn: str, means: Means) -> tuple[OpenKeys, str]:
    """The data keys, and in words how they were opened; "" by the cluster's own KMS key."""
    if same_key(keys.key_arn, key_arn):
        return _ring(keys, {one.id: _decrypt(keys, one, key_arn) for one in keys.keys}), ""
    if means.escrow is not None:
        opener = _checked(keys, key_arn, means.escrow)
        how = f"opened with escrow key {sealing.short(opener.public())}"
        return _ring(keys, {one.id: _unboxed(keys, one, opener) for one in keys.keys}), how
    if means.by_old_key:
        opened = {one.id: _decrypt(keys, one, keys.key_arn) for one in keys.keys}
        return _ring(keys, opened), f"opened by the backup's KMS key {keys.key_arn}"
    raise RefusedError(_missing(keys, key_arn))


def wrapped_for(keys: Keys, ring: OpenKeys, key_arn: str) -> Keys:
    """The keyring of a backup with its data keys wrapped by that KMS key. One Encrypt a key."""
    if same_key(keys.key_arn, key_arn):
        return keys
    wrapped = tuple(
        Wrapped(one.id, _text(_encrypt(ring, one.id, key_arn)), one.made_at, one.box)
        for one in keys.keys
    )
    return Keys(keys.cluster_id, key_arn, keys.fingerprint, keys.primary, wrapped, keys.escrow)


def keyring_row(row: Item, keys: Keys) -> Item:
    """The keyring to put back. A key that was made while the backup ran is in its manifest only."""
    left_out = ("next_arn", "escrow_key")
    kept = {name: value for name, value in row.items() if name not in left_out}
    escrow = {"escrow_key": {"B": base64.b64decode(keys.escrow)}} if keys.escrow else {}
    return {
        **kept,
        **escrow,
        "primary": {"N": str(keys.primary)},
        "keys": {"L": [{"M": _wrapped_map(one)} for one in keys.keys]},
    }


def _wrapped_map(one: Wrapped) -> Item:
    box = {"box": {"B": base64.b64decode(one.box)}} if one.box else {}
    return {
        "id": {"N": str(one.id)},
        "wrapped": {"B": base64.b64decode(one.wrapped)},
        "made_at": {"S": one.made_at},
        **box,
    }


def _missing(keys: Keys, key_arn: str) -> str:
    said = _disagreement(keys, key_arn)
    if not keys.escrow:
        return (
            f"{said} No escrow was set when the backup was made. Missing: that KMS key; put it or "
            "its replica in this region into the connection, or, if you may use it, give OLD_KEY=1"
        )
    short = sealing.short(base64.b64decode(keys.escrow))
    return (
        f"{said} Missing: the private key of escrow key {short}, with which they were boxed as "
        "well; give its file as ESCROW=<file>. Or, if you may use the old KMS key, OLD_KEY=1"
    )


def _disagreement(keys: Keys, key_arn: str) -> str:
    return (
        f"the backup's data keys are wrapped under the KMS key {keys.key_arn}, and this cluster's "
        f"connection names {key_arn}."
    )


def _checked(keys: Keys, key_arn: str, opener: Opener) -> Opener:
    """The given escrow key, if it is the backup's. Raises RefusedError, which says which is."""
    given = sealing.short(opener.public())
    if not keys.escrow:
        raise RefusedError(
            f"{_disagreement(keys, key_arn)} The private key given is of escrow key {given}, but "
            "no escrow was set when the backup was made: it cannot help. Missing: that KMS key"
        )
    wanted = sealing.short(base64.b64decode(keys.escrow))
    if given != wanted:
        raise RefusedError(
            f"the private key given is of escrow key {given}. Missing: that of escrow key {wanted}"
        )
    if bare := [str(one.id) for one in keys.keys if not one.box]:
        raise RefusedError(f"the manifest was altered: data keys {', '.join(bare)} have no box")
    return opener


def _unboxed(keys: Keys, one: Wrapped, opener: Opener) -> bytes:
    about = sealing.about_escrow(keys.cluster_id, one.id)
    try:
        return base64.b64decode(opener.open(base64.b64decode(one.box), about).reveal())
    except (Unsealable, ValueError) as error:
        raise RefusedError(f"the manifest was altered: the box of data key {one.id}") from error


def _ring(keys: Keys, opened: dict[int, bytes]) -> OpenKeys:
    if keys.primary not in opened:
        raise RefusedError(f"the manifest was altered: it has no data key {keys.primary}")
    until = datetime.now(UTC) + timedelta(days=1)
    return OpenKeys(keys.cluster_id, keys.primary, opened, until)


def _decrypt(keys: Keys, one: Wrapped, key_arn: str) -> bytes:
    asked: dict[str, Any] = {
        "KeyId": key_arn,
        "EncryptionContext": keyring.context(keys.cluster_id, one.id),
    }
    try:
        kms = client("kms", key_arn.split(":")[3])
        answer = kms.decrypt(CiphertextBlob=base64.b64decode(one.wrapped), **asked)
    except (ClientError, ValueError) as error:
        raise RefusedError(
            f"KMS does not open the backup's data key {one.id} under {key_arn}: {_code(error)}. "
            "Missing: the right kms:Decrypt on that key, or an unaltered manifest"
        ) from error
    plain: bytes = answer["Plaintext"]
    return plain


def _encrypt(ring: OpenKeys, id: int, key_arn: str) -> bytes:
    try:
        answer = client("kms", key_arn.split(":")[3]).encrypt(
            KeyId=key_arn,
            Plaintext=ring.keys[id],
            EncryptionContext=keyring.context(ring.cluster_id, id),
        )
    except ClientError as error:
        raise RefusedError(
            f"KMS does not wrap data key {id} under {key_arn}: {_code(error)}. Missing: the right "
            "kms:Encrypt on that key"
        ) from error
    blob: bytes = answer["CiphertextBlob"]
    return blob


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", "it is damaged"))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
