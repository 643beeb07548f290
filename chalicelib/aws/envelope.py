"""How a value is sealed under a data key (DESIGN 6): AES-256-GCM with a commitment and a place.

    version 1 | key id (4) | salt (32) | commitment (32) | nonce (12) | ciphertext and tag

HKDF-SHA256 (RFC 5869) over the data key, salted afresh for each value, yields an encryption key and
a commitment for the one purpose and owner that `info` names. The commitment is checked before
anything is decrypted, so a blob opens under one key only: AES-GCM alone does not commit to its key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chalicelib.core.errors import Unsealable

VERSION = 1
KEY_BYTES = 32
_SALT, _COMMIT, _NONCE = 32, 32, 12
_HEAD = 1 + 4 + _SALT + _COMMIT + _NONCE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs. It opens nowhere else.

    kind:    what owns it: secret, change, user, ...
    owner:   that owner's id
    field:   which of the owner's values
    version: of that value, so an older one cannot be put back in its place
    """

    kind: str
    owner: str
    field: str
    version: int = 1

    def bound(self, cluster: str) -> bytes:
        """The associated data: every part with its length, so no two places read the same."""
        parts = (cluster, self.kind, self.owner, self.field, str(self.version))
        return b"".join(len(raw).to_bytes(4, "big") + raw for raw in map(str.encode, parts))


def derive(key: bytes, purpose: str, owner: str, salt: bytes, length: int) -> bytes:
    """A key for one purpose and owner."""
    info = b"\0".join((b"conclave", purpose.encode(), owner.encode()))
    return HKDF(SHA256(), length, salt, info).derive(key)


def seal(key: bytes, key_id: int, plain: bytes, cluster: str, place: Place) -> bytes:
    """The blob of `plain` for that place. Never the same twice."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    own, commitment = _keys(key, place, salt)
    head = bytes((VERSION,)) + key_id.to_bytes(4, "big") + salt + commitment + nonce
    return head + AESGCM(own).encrypt(nonce, plain, place.bound(cluster) + head)


def key_id_of(blob: bytes) -> int:
    """Which data key sealed the blob. Raises Unsealable when it is no blob of ours."""
    if len(blob) < _HEAD or blob[0] != VERSION:
        raise Unsealable
    return int.from_bytes(blob[1:5], "big")


def unseal(key: bytes, blob: bytes, cluster: str, place: Place) -> bytes:
    """The plain bytes. Raises Unsealable for another key, another place or an altered blob."""
    key_id_of(blob)
    head, salt = blob[:_HEAD], blob[5 : 5 + _SALT]
    own, commitment = _keys(key, place, salt)
    if not compare_digest(commitment, blob[5 + _SALT : 5 + _SALT + _COMMIT]):
        raise Unsealable
    try:
        return AESGCM(own).decrypt(head[-_NONCE:], blob[_HEAD:], place.bound(cluster) + head)
    except InvalidTag as error:
        raise Unsealable from error


def _keys(key: bytes, place: Place, salt: bytes) -> tuple[bytes, bytes]:
    both = derive(key, f"seal {place.kind}", place.owner, salt, KEY_BYTES + _COMMIT)
    return both[:KEY_BYTES], both[KEY_BYTES:]
