"""The keyring as a manifest carries it: wrapped by KMS, of no use without it."""

from __future__ import annotations

import base64

from chalicelib.aws import keyring
from chalicelib.aws.connection import connection
from chalicelib.backup.manifest import Keys, Wrapped


def wrapped_keys() -> Keys:
    row = keyring.stored()
    return Keys(
        cluster_id=row.cluster_id,
        key_arn=connection().key_arn,
        fingerprint=row.fingerprint,
        primary=int(row.primary),
        keys=tuple(
            Wrapped(int(one.id), base64.b64encode(one.wrapped).decode(), one.made_at)
            for one in row.keys
        ),
    )
