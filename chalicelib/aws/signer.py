"""The signing key of the audit trail's digests: in KMS, and never anywhere else."""

from __future__ import annotations

from dataclasses import dataclass

from . import clients
from .connection import connection
from .faults import known_faults

ALGORITHM = "ECDSA_SHA_256"


@dataclass(slots=True)
class Signer:
    """Raises Unavailable when KMS refuses."""

    _public: bytes = b""

    def key(self) -> str:
        """The key's ARN."""
        return connection().audit_key_arn

    def sign(self, text: bytes) -> bytes:
        """A signature, DER, of at most 4096 bytes. Not the same twice. One Sign."""
        with known_faults("signing a digest by KMS"):
            answer = clients.client("kms").sign(
                KeyId=self.key(), Message=text, MessageType="RAW", SigningAlgorithm=ALGORITHM
            )
        return bytes(answer["Signature"])

    def public_key(self) -> bytes:
        """The public half, DER. One GetPublicKey a process."""
        if not self._public:
            with known_faults("asking KMS for the public key of digests"):
                answer = clients.client("kms").get_public_key(KeyId=self.key())
            self._public = bytes(answer["PublicKey"])
        return self._public
