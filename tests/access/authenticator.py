"""A security key in software, with the page that asks it: as WebAuthn's own JSON has them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
VERIFIED = FLAG.UP | FLAG.UV
ORIGIN, SITE = "https://vault.example.com", "vault.example.com"


@dataclass
class Authenticator:
    """One key for one site. `counter` goes up with each use; `flags` say what it verified."""

    origin: str = ORIGIN
    site: str = SITE
    counter: int = 0
    flags: Any = VERIFIED
    crosses: bool = False
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: str = ""
    private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["authenticatorSelection"]["residentKey"] == "required"
        self.user = options["user"]["id"]
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        made = AttestedCredentialData.create(bytes(16), self.id, public)
        data = AuthenticatorData.create(self._hash(), self.flags | FLAG.AT, self.counter, made)
        client = self._client("webauthn.create", options)
        return self._said(client, attestationObject=AttestationObject.create("none", data, {}))

    def get(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        assert options["userVerification"] == "required"
        assert "allowCredentials" not in options, "that would tell whose keys there are"
        self.counter += 1
        data = AuthenticatorData.create(self._hash(), self.flags, self.counter)
        client = self._client("webauthn.get", options)
        signed = self.private.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        given = {"authenticatorData": data, "signature": signed, **changed}
        return self._said(client, userHandle=websafe_decode(self.user), **given)

    def _hash(self) -> bytes:
        return hashlib.sha256(self.site.encode()).digest()

    def _client(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        challenge = options["challenge"]
        return CollectedClientData.create(kind, challenge, self.origin, cross_origin=self.crosses)

    def _said(self, client: bytes, **parts: bytes) -> dict[str, Any]:
        id = websafe_encode(self.id)
        given = {name: websafe_encode(bytes(part)) for name, part in parts.items()}
        response = {"clientDataJSON": websafe_encode(bytes(client)), **given}
        return {"id": id, "rawId": id, "type": "public-key", "response": response}
