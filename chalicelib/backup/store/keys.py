"""The keyring as a manifest carries it: wrapped by KMS, and boxed to the operator's escrow key."""

from __future__ import annotations

import base64

from chalicelib.aws import keyring
from chalicelib.aws.connection import connection
from chalicelib.backup.manifest import Keys, Wrapped


def wrapped_keys() -> Keys:
    row, arn = keyring.stored(), connection().key_arn
    return Keys(
        cluster_id=row.cluster_id,
        key_arn=arn,
        fingerprint=row.fingerprint,
        primary=int(row.primary),
        keys=tuple(
            Wrapped(
                int(one.id),
                _text(keyring.wrapping(row, one, arn)),
                one.made_at,
                _text(one.box or b""),
            )
            for one in row.keys
        ),
        escrow=_text(row.escrow_key or b""),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
