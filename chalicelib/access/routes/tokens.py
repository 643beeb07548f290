"""Tokens: `POST /oauth2/token` and the end of one."""

from __future__ import annotations

from msgspec import field

from chalicelib import wiring
from chalicelib.access.service.entry import Attempt, Issued
from chalicelib.core.errors import LoginFailed, OtherRegion, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.answer import JSON, Answer
from chalicelib.web.call import Call
from chalicelib.web.encode import encode_json
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .cookie import check_origin, forgotten, is_asked, kept, presented

LOCAL_DOMAINS = ("", "local")


class TokenForm(Struct):
    """The form of a token request; nothing in it is required, so each failure looks alike."""

    grant_type: str = field(name="grant_type", default="")
    username: str = ""
    password: Plain = field(default_factory=lambda: Plain(""))
    domain: str = ""
    refresh_token: Plain = field(name="refresh_token", default_factory=lambda: Plain(""))
    client_id: str = field(name="client_id", default="")
    client_secret: Plain = field(name="client_secret", default_factory=lambda: Plain(""))


class TokenModel(Struct):
    """`OAuthToken` of the contract."""

    access_token: str = field(name="access_token")
    refresh_token: str = field(name="refresh_token")
    expires_in: int = field(name="expires_in")
    token_type: str = field(name="token_type", default="bearer")


@endpoint(
    "POST",
    "/oauth2/token",
    body=TokenForm,
    form=True,
    returns=TokenModel,
    anonymous=True,
    writes="session",
    out_of_cluster=True,
    errors=(LoginFailed, Throttled),
)
def create_token(call: Call[TokenForm]) -> Answer:
    if is_asked(call.headers):
        return _for_console(call)
    issued = _issued(call, call.body, call.body.refresh_token)
    model = TokenModel(issued.access_token, issued.refresh_token, issued.expires_in)
    return Answer(200, encode_json(model))


@endpoint(
    "POST",
    "/api/v1/oauth-expiration",
    returns=bool,
    writes="session",
    out_of_cluster=True,
    while_enrolling=True,
    errors=(OtherRegion,),
)
def expire_token(call: Call[None]) -> Answer:
    ended = wiring.tokens().log_out(call.principal, call.now)
    headers = forgotten(call) if is_asked(call.headers) else {}
    return Answer(200, encode_json(ended), JSON, headers)


def _for_console(call: Call[TokenForm]) -> Answer:
    """As for everybody, but that the refresh token comes and goes in the cookie."""
    check_origin(call.headers, lambda: wiring.settings().current().custom_url)
    token = presented(call)
    if call.body.grant_type.lower() == "refresh_token" and not token.reveal():
        raise LoginFailed  # whoever opens the console for the first time; counts as no attempt
    issued = _issued(call, call.body, token)
    model = TokenModel(issued.access_token, "", issued.expires_in)
    return Answer(200, encode_json(model), JSON, kept(call, issued.refresh_token))


def _attempt(call: Call[TokenForm]) -> Attempt:
    return Attempt(
        call.body.username,
        call.body.password,
        call.address,
        Plain(call.headers.get("otp", "")),
        call.headers.get("user-agent", ""),
    )


def _issued(call: Call[TokenForm], form: TokenForm, refresh_token: Plain) -> Issued:
    match form.grant_type.lower():
        case "password" if form.domain.strip().lower() in LOCAL_DOMAINS:
            return wiring.tokens().log_in(_attempt(call), call.now)
        case "client_credentials":
            agent = call.headers.get("user-agent", "")
            return wiring.client_login().log_in(
                form.client_id, form.client_secret, call.address, call.now, agent
            )
        case "refresh_token":
            return wiring.tokens().refresh(refresh_token, call.address, call.now)
        case _:
            raise LoginFailed
