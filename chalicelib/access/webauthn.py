"""WebAuthn by Yubico's library: what is asked of browsers, and whether what they answer holds.

Wanted of every key: that it verifies its user (PIN, finger), is kept by the key itself, so that
nobody is told whose keys there are, and speaks one of three algorithms. Attestation is not asked.
"""

from __future__ import annotations

from typing import Any

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from .security_key import LIFE, Place, SecurityKey, SecurityKeys, Shown, Unproven

PRODUCT = "Conclave"
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256
REQUIRED = UserVerificationRequirement.REQUIRED
FAULTS = (ValueError, KeyError, TypeError, AttributeError, AssertionError, NotImplementedError)
"""What the library raises for answers that are none."""


class Webauthn:
    """Pure: it keeps nothing."""

    def creation(
        self, place: Place, user: tuple[int, str], keys: SecurityKeys, challenge: bytes
    ) -> dict[str, Any]:
        """What a browser is asked to make: `PublicKeyCredentialCreationOptions`, as JSON.

        user: id and name
        """
        id, name = user
        there = [_credential(one) for one in keys.keys if one.site == place.site]
        return {
            "rp": {"id": place.site, "name": PRODUCT},
            "user": {"id": websafe_encode(handle(id)), "name": name, "displayName": name},
            "challenge": websafe_encode(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
            "timeout": int(LIFE.total_seconds() * 1000),
            "excludeCredentials": [
                {"type": "public-key", "id": websafe_encode(one.credential_id)} for one in there
            ],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }

    def request(self, place: Place, challenge: bytes) -> dict[str, Any]:
        """What a browser is asked to sign: `PublicKeyCredentialRequestOptions`, as JSON."""
        return {
            "challenge": websafe_encode(challenge),
            "timeout": int(LIFE.total_seconds() * 1000),
            "rpId": place.site,
            "userVerification": "required",
        }

    def registered(self, shown: Shown) -> tuple[str, int]:
        """The public half and the count of a new key. Raises Unproven."""
        try:
            answer = RegistrationResponse.from_dict(dict(shown.response))
            _same_site(answer.response.client_data)
            data = _server(shown.place).register_complete(_state(shown), answer)
            made = data.credential_data
            if made is None or made.public_key.get(3) not in ALGORITHMS:
                raise Unproven("the key's algorithm is not one of ours")
            if made.credential_id != answer.raw_id:
                raise Unproven("the key was answered for another")
            return websafe_encode(bytes(made)), data.counter
        except FAULTS as error:
            raise Unproven(_why(error)) from None

    def asserted(self, shown: Shown, keys: SecurityKeys) -> tuple[SecurityKey, int]:
        """Which of a user's keys signed, and its count now. Raises Unproven."""
        here = [(_credential(one), one) for one in keys.keys if one.site == shown.place.site]
        try:
            answer = AuthenticationResponse.from_dict(dict(shown.response))
            _same_site(answer.response.client_data)
            held = answer.response.user_handle
            if held is not None and held != handle(keys.user_id):
                raise Unproven("the security key is another user's")
            known = [credential for credential, _ in here]
            signed = _server(shown.place).authenticate_complete(_state(shown), known, answer)
            counter = answer.response.authenticator_data.counter
        except FAULTS as error:
            raise Unproven(_why(error)) from None
        key = next(one for credential, one in here if credential is signed)
        if not key.accepts(counter):
            raise Unproven("the key's counter went back: there may be a copy of it")
        return key, counter


def handle(user_id: int) -> bytes:
    """What a key calls its user by: nothing personal."""
    return b"user-%d" % user_id


def _server(place: Place) -> Fido2Server:
    party = PublicKeyCredentialRpEntity(name=PRODUCT, id=place.site)
    return Fido2Server(party, verify_origin=lambda origin: origin == place.origin)


def _state(shown: Shown) -> dict[str, Any]:
    return {"challenge": websafe_encode(shown.challenge), "user_verification": REQUIRED}


def _credential(key: SecurityKey) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(key.credential))


def _same_site(client_data: Any) -> None:
    if client_data.cross_origin:
        raise ValueError("Shown in a frame of another site.")


def _why(error: Exception) -> str:
    """The library's few words where they are its own; they quote nothing of the answer."""
    known = type(error) is ValueError and len(str(error)) < 60 and str(error).isprintable()
    return f"security key: {error}" if known else "security key: the answer is none"
