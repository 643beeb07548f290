"""Security keys of the console: signing in with one, and one's own.

Browsers' ceremonies travel as WebAuthn's own JSON: `options` for `parse…OptionsFromJSON()`, and
`credential` as `toJSON()` gives it. The page that asks must pass the console's check of origins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import field

from chalicelib import wiring
from chalicelib.access.security_key import Place, Response, SecurityKey
from chalicelib.access.service.entry import Attempt
from chalicelib.access.service.security_keys import Asked, Given
from chalicelib.core.errors import NotFound, NotLetIn, StillUsed, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.answer import JSON, Answer
from chalicelib.web.call import Call
from chalicelib.web.encode import encode_json
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .cookie import kept, not_let_in, place
from .tokens import TokenModel
from .two_factor import RecoveryCodesModel
from .user_models import SuccessModel

PATH = "/api/v1/users/current/security-keys"


class CredentialResponse(Struct):
    """Of a new key the first two; of one that signs all but the second. In base64url."""

    client_data: str = field(name="clientDataJSON", default="")
    attestation_object: str | None = None
    authenticator_data: str | None = None
    signature: str | None = None
    user_handle: str | None = None


class CredentialArgs(Struct):
    id: str
    raw_id: str
    response: CredentialResponse
    type: str = "public-key"


class AttemptArgs(Struct):
    user_name: str


class SignInArgs(Struct):
    challenge_id: str
    user_name: str
    password: Plain
    credential: CredentialArgs


class ConfirmArgs(Struct):
    """A code of the app or a recovery code, or else a key for a challenge of `…/challenge`."""

    code: Plain = field(default_factory=lambda: Plain(""))
    challenge_id: str = ""
    credential: CredentialArgs | None = None


class BeginKeyArgs(ConfirmArgs):
    password: Plain = field(default_factory=lambda: Plain(""))


class RegisterArgs(Struct):
    challenge_id: str
    name: str
    credential: CredentialArgs


class ChallengeModel(Struct):
    challenge_id: str
    options: dict[str, Any]


class SecurityKeyModel(Struct):
    """site: the host at whose pages the key is good"""

    id: int
    name: str
    site: str
    created: ApiDate
    last_used: ApiDate | None


class SecurityKeysModel(Struct):
    required: bool
    recovery_codes_left: int
    keys: Sequence[SecurityKeyModel]


class RegisteredModel(Struct):
    """recoveryCodes: shown once, with the first key only"""

    key: SecurityKeyModel
    recovery_codes: Sequence[str]


@endpoint(
    "POST",
    "/api/v1/security-keys/challenge",
    body=AttemptArgs,
    returns=ChallengeModel,
    anonymous=True,
    writes="cluster",
    out_of_cluster=True,
    errors=(NotLetIn, Throttled),
)
def ask_for_key(call: Call[AttemptArgs]) -> ChallengeModel:
    service, at = wiring.security_keys(), _place(call)
    return _asked(service.ask_to_sign_in(call.body.user_name, at, call.address, call.now))


@endpoint(
    "POST",
    "/api/v1/security-keys/sign-in",
    body=SignInArgs,
    returns=TokenModel,
    anonymous=True,
    writes="cluster",
    out_of_cluster=True,
    errors=(NotLetIn, Throttled),
)
def sign_in_with_key(call: Call[SignInArgs]) -> Answer:
    args, at = call.body, _place(call)
    agent = call.headers.get("user-agent", "")
    attempt = Attempt(args.user_name, args.password, call.address, agent=agent)
    response = _response(args.credential)
    with not_let_in():
        issued = wiring.security_keys().sign_in(attempt, args.challenge_id, at, response, call.now)
    model = TokenModel(issued.access_token, "", issued.expires_in)
    return Answer(200, encode_json(model), JSON, kept(call, issued.refresh_token))


@endpoint("GET", PATH, returns=SecurityKeysModel, while_enrolling=True)
def list_security_keys(call: Call[None]) -> SecurityKeysModel:
    person = wiring.security_keys().state(call.principal)
    keys = person.keys
    if keys is None:
        return SecurityKeysModel(person.user.needs_key, 0, [])
    shown = [_model(one) for one in keys.keys]
    return SecurityKeysModel(person.user.needs_key, len(keys.recovery), shown)


@endpoint("POST", f"{PATH}/challenge", returns=ChallengeModel, writes="cluster")
def ask_for_own_key(call: Call[None]) -> ChallengeModel:
    return _asked(wiring.security_keys().ask_to_confirm(call.principal, _place(call), call.now))


@endpoint(
    "POST",
    f"{PATH}/begin",
    body=BeginKeyArgs,
    returns=ChallengeModel,
    writes="cluster",
    errors=(Throttled,),
    while_enrolling=True,
)
def begin_security_key(call: Call[BeginKeyArgs]) -> ChallengeModel:
    given = _given(call, call.body)
    return _asked(wiring.security_keys().begin(call.principal, call.body.password, given, call.now))


@endpoint(
    "POST",
    PATH,
    body=RegisterArgs,
    returns=RegisteredModel,
    writes="cluster",
    errors=(StillUsed,),
    while_enrolling=True,
)
def register_security_key(call: Call[RegisterArgs]) -> RegisteredModel:
    args, service = call.body, wiring.security_keys()
    response = _response(args.credential)
    key, codes = service.register(
        call.principal, args.challenge_id, args.name, _place(call), response, call.now
    )
    return RegisteredModel(_model(key), [one.reveal() for one in codes])


@endpoint(
    "POST",
    f"{PATH}/{{keyId}}/remove",
    body=ConfirmArgs,
    returns=SuccessModel,
    writes="cluster",
    errors=(NotFound, Throttled),
)
def remove_security_key(call: Call[ConfirmArgs]) -> SuccessModel:
    given = _given(call, call.body)
    wiring.security_keys().remove(call.principal, call.id("keyId"), given, call.now)
    return SuccessModel()


@endpoint(
    "POST",
    f"{PATH}/recovery-codes",
    body=ConfirmArgs,
    returns=RecoveryCodesModel,
    writes="cluster",
    errors=(NotFound, Throttled),
)
def renew_key_recovery_codes(call: Call[ConfirmArgs]) -> RecoveryCodesModel:
    given = _given(call, call.body)
    codes = wiring.security_keys().renew_recovery(call.principal, given, call.now)
    return RecoveryCodesModel([one.reveal() for one in codes])


def _place(call: Call[Any]) -> Place:
    return place(call.headers, lambda: wiring.settings().current().custom_url)


def _given(call: Call[Any], args: ConfirmArgs) -> Given:
    """What is shown; the origin matters to a key only, so that a code may come from anywhere."""
    if args.credential is None and not isinstance(args, BeginKeyArgs):
        return Given(Place("", ""), args.code)
    response = None if args.credential is None else _response(args.credential)
    return Given(_place(call), args.code, args.challenge_id, response)


def _response(args: CredentialArgs) -> Response:
    """As the library reads it: only what is there."""
    given = {
        "clientDataJSON": args.response.client_data,
        "attestationObject": args.response.attestation_object,
        "authenticatorData": args.response.authenticator_data,
        "signature": args.response.signature,
        "userHandle": args.response.user_handle,
    }
    response = {name: value for name, value in given.items() if value is not None}
    return {"id": args.id, "rawId": args.raw_id, "type": args.type, "response": response}


def _asked(asked: Asked) -> ChallengeModel:
    return ChallengeModel(asked.id, asked.options)


def _model(key: SecurityKey) -> SecurityKeyModel:
    return SecurityKeyModel(key.number, key.name, key.site, key.made_at, key.used_at)
