"""What an engine signs, and how: every call and every answer, by its Ed25519 key.

The text signed names the method, the path, the body, the work item and its fence, so a signature
made for one call is worth nothing on another; time and nonce make it worth something only once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import Invalid, Unauthenticated

WINDOW = timedelta(seconds=60)
"""How far the time of a statement may lie from the verifier's clock, on either side."""

ENGINE_HEADER = "X-Conclave-Engine"
TIME_HEADER = "X-Conclave-Time"
NONCE_HEADER = "X-Conclave-Nonce"
SIGNATURE_HEADER = "X-Conclave-Signature"

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said by an engine.

    method: of the HTTP call, or ANSWER for an answer on the queue
    path:   from `/api/v1/` on, without the node's base address; `engine-response` for an answer
    item:   the work item it is about, "" when none
    fence:  the claim's number, None before there is one
    time:   seconds since 1970, by the cluster's clock as far as the engine knows it
    nonce:  32 hex digits, used once
    """

    method: str
    path: str
    body: bytes
    time: int
    nonce: str
    item: str = ""
    fence: int | None = None

    def canonical(self) -> bytes:
        """The bytes that are signed. Raises Invalid if a part could be read as two."""
        digest = hashlib.sha256(self.body).hexdigest()
        fence = "" if self.fence is None else str(self.fence)
        parts = [self.method, self.path, digest, self.item, fence, str(self.time), self.nonce]
        if any("\n" in part for part in parts):
            raise Invalid("a signed text has a line break in one of its parts")
        return "\n".join(parts).encode()

    def is_fresh(self, now: datetime) -> bool:
        """Whether its time lies within the window around `now`."""
        return abs(now.timestamp() - self.time) <= WINDOW.total_seconds()


class Signer:
    """An engine's signing key. Does not print; `seed()` is for the key file alone."""

    __slots__ = ("__seed",)

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise Invalid("a signing key has 32 bytes")
        self.__seed = seed

    @classmethod
    def fresh(cls) -> Signer:
        return cls(secrets.token_bytes(KEY_BYTES))

    def seed(self) -> bytes:
        return self.__seed

    def public(self) -> bytes:
        """The raw 32 bytes that verifiers keep."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.__seed).public_key().public_bytes_raw()

    def sign(self, statement: Statement) -> str:
        """The signature of a statement, in base64."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.__seed)
        return base64.b64encode(key.sign(statement.canonical())).decode()

    def __repr__(self) -> str:
        return "Signer(***)"


def verify(statement: Statement, signature: str, public: bytes) -> None:
    """Return if `signature` is that key's over that statement; raise Unauthenticated if not.

    Says nothing about time and nonce: whoever verifies also asks `is_fresh`, and keeps nonces.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(raw, statement.canonical())
    except (InvalidSignature, Invalid, ValueError) as error:
        raise Unauthenticated("the signature is not this engine's") from error


def fingerprint(signing: bytes, sealing: bytes) -> str:
    """What a person compares before approving an engine: one text for both of its public keys."""
    digest = hashlib.sha256(b"conclave engine keys\0" + signing + sealing).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
