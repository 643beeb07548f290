"""A box that only one key opens: what a claim returns is sealed to the engine's X25519 key, and
data keys are to the operator's escrow key, if there is one; a DoubleLock's key is to each holder's.

Anonymous: an ephemeral key per box, HKDF-SHA256 over the shared secret with both public keys in
its info, AES-256-GCM. What the box is about is authenticated with it: a box made for one claim
does not open as another. Layout: version byte, ephemeral public key (32), ciphertext and tag.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from .errors import Invalid, Unsealable
from .plain import Plain

KEY_BYTES = 32
VERSION = b"\x01"
HEAD_BYTES = len(VERSION) + KEY_BYTES
INFO = b"conclave engine box 1"


def about_claim(item: str, fence: int, engine: str) -> bytes:
    """The associated data of a claim's box: this item, under this fence, for this engine."""
    if "\n" in item + engine:
        raise Invalid("an item's or engine's id has a line break in it")
    return f"{item}\n{fence}\n{engine}".encode()


def about_escrow(cluster_id: str, key_id: int) -> bytes:
    """The associated data of a data key's box for escrow: that key of that cluster."""
    if "\n" in cluster_id:
        raise Invalid("a cluster's id has a line break in it")
    return f"escrow\n{cluster_id}\n{key_id}".encode()


def about_lock(cluster_id: str, lock_id: int, edition: int, user_id: int) -> bytes:
    """The associated data of a DoubleLock's key in its box: that edition, for that holder."""
    if "\n" in cluster_id:
        raise Invalid("a cluster's id has a line break in it")
    return f"double-lock\n{cluster_id}\n{lock_id}\n{edition}\n{user_id}".encode()


def short(public: bytes) -> str:
    """What people compare of a public key: 16 hex digits of its SHA-256."""
    return sha256(public).hexdigest()[:16]


def seal(plain: Plain, recipient: bytes, about: bytes) -> bytes:
    """A box with `plain`, for the holder of the private half of `recipient` alone.

    The ephemeral key is drawn here and is no argument: one used twice would give the key away.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        their = X25519PublicKey.from_public_bytes(recipient)
        ephemeral = X25519PrivateKey.generate()
        shared = ephemeral.exchange(their)
    except ValueError as error:
        raise Invalid("a sealing key has 32 bytes and is a point of the curve") from error
    head = VERSION + ephemeral.public_key().public_bytes_raw()
    key, nonce = _derive(shared, head, recipient)
    return head + AESGCM(key).encrypt(nonce, plain.reveal().encode(), about)


class Opener:
    """An engine's key for boxes. Does not print; `seed()` is for the key file alone."""

    __slots__ = ("__seed",)

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise Invalid("a sealing key has 32 bytes")
        self.__seed = seed

    @classmethod
    def fresh(cls) -> Opener:
        return cls(secrets.token_bytes(KEY_BYTES))

    def seed(self) -> bytes:
        return self.__seed

    def public(self) -> bytes:
        """The raw 32 bytes that the cluster seals to."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        return X25519PrivateKey.from_private_bytes(self.__seed).public_key().public_bytes_raw()

    def open(self, box: bytes, about: bytes) -> Plain:
        """What is in the box. Unsealable: another's box, about something else, or altered."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.asymmetric.x25519 import (
            X25519PrivateKey,
            X25519PublicKey,
        )
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(box) < HEAD_BYTES or not box.startswith(VERSION):
            raise Unsealable("not a sealed box of a known version")
        head, sealed = box[:HEAD_BYTES], box[HEAD_BYTES:]
        try:
            ephemeral = X25519PublicKey.from_public_bytes(head[len(VERSION) :])
            shared = X25519PrivateKey.from_private_bytes(self.__seed).exchange(ephemeral)
            key, nonce = _derive(shared, head, self.public())
            return Plain(AESGCM(key).decrypt(nonce, sealed, about).decode())
        except (InvalidTag, ValueError):
            raise Unsealable("the sealed box is not for this key or was altered") from None

    def __repr__(self) -> str:
        return "Opener(***)"


def _derive(shared: bytes, head: bytes, recipient: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of one box. Both are used once, since the ephemeral key is."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = INFO + head + recipient
    okm = HKDF(algorithm=SHA256(), length=KEY_BYTES + 12, salt=None, info=info).derive(shared)
    return okm[:KEY_BYTES], okm[KEY_BYTES:]
