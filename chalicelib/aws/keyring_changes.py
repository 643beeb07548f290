"""What may be done to a keyring: add a data key, box its keys to an escrow key, wrap them anew.

Each function returns the row to put in place of the one it was given; the row's version is the
condition of that put. Keys are added and wrapped, never taken out: backups and rows need them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import sealing
from chalicelib.core.clock import stamp
from chalicelib.core.errors import Unavailable
from chalicelib.core.plain import Plain

from . import clients, keyring
from .connection import connection
from .faults import known_faults
from .keyring import KeyringRow, WrappedKey

Wrap = Callable[[int, bytes], bytes]
"""Wraps the data key of an id."""


@dataclass(frozen=True, slots=True)
class Added:
    """A keyring with one more data key, which seals from now on. `escrow`: boxed to whom, or ""."""

    row: KeyringRow
    primary: int
    escrow: str


def with_new_key(now: datetime) -> Added:
    """The keyring with a data key more, the primary one. One read, one GenerateDataKey.

    Raises Unavailable while the KMS key is being replaced: a key made then would be wrapped by one
    of the two only.
    """
    row = keyring.stored()
    if row.next_arn:
        raise Unavailable("the cluster's KMS key is being replaced: `make rekey` must end first")
    id = max(int(one.id) for one in row.keys) + 1
    with known_faults("making a data key by KMS"):
        made = clients.client("kms").generate_data_key(
            KeyId=connection().key_arn,
            KeySpec="AES_256",
            EncryptionContext=keyring.context(row.cluster_id, id),
        )
    public = bytes(row.escrow_key) if row.escrow_key else b""
    box = boxed(made["Plaintext"], public, row.cluster_id, id) if public else None
    row.keys.append(
        WrappedKey(  # type: ignore[no-untyped-call]
            id=id, wrapped=made["CiphertextBlob"], made_at=stamp(now), box=box
        )
    )
    row.primary = id
    return Added(row, id, sealing.short(public) if public else "")


def with_escrow(public: bytes, now: datetime) -> KeyringRow | None:
    """The keyring with every data key boxed to that public key; b"" takes the boxes out.

    None when it is so already. One read, one Decrypt a key.
    """
    row = keyring.stored()
    if bytes(row.escrow_key or b"") == public:
        return None
    opened = keyring.unwrap(row, now).keys if public else {}
    for one in row.keys:
        id = int(one.id)
        one.box = boxed(opened[id], public, row.cluster_id, id) if public else None
    row.escrow_key, row.escrow_at = public or None, stamp(now) if public else None
    return row


def boxed(data_key: bytes, public: bytes, cluster_id: str, id: int) -> bytes:
    """A data key in a box that the holder of the escrow's private key opens. Raises Invalid."""
    text = Plain(base64.b64encode(data_key).decode())
    return sealing.seal(text, public, sealing.about_escrow(cluster_id, id))


def wrapped_anew(row: KeyringRow, keys: dict[int, bytes], wrap: Wrap) -> None:
    """Wrap every key of the row by the KMS key that `wrap` stands for."""
    for one in row.keys:
        one.wrapped = wrap(int(one.id), keys[int(one.id)])


def wrapped_by(kms_key: str, cluster_id: str) -> Wrap:
    """Wraps data keys by that KMS key. One Encrypt a key."""

    def wrap(id: int, data_key: bytes) -> bytes:
        with known_faults("wrapping a data key by KMS"):
            answer = clients.client("kms").encrypt(
                KeyId=kms_key,
                Plaintext=data_key,
                EncryptionContext=keyring.context(cluster_id, id),
            )
        blob: bytes = answer["CiphertextBlob"]
        return blob

    return wrap


def rewrapped(now: datetime) -> KeyringRow:
    """The keyring with its data keys wrapped by the present material of the same KMS key.

    One read, a Decrypt and an Encrypt a key. Raises Unavailable while the KMS key is replaced.
    """
    row = keyring.stored()
    if row.next_arn:
        raise Unavailable("the cluster's KMS key is being replaced: that wraps every key anew")
    wrapped_anew(
        row,
        keyring.unwrap(row, now).keys,
        wrapped_by(connection().key_arn, row.cluster_id),
    )
    row.rewrapped_at = stamp(now)
    return row
