"""Tokens: `POST /oauth2/token` and the end of one."""

from __future__ import annotations

from msgspec import field

from chalicelib import wiring
from chalicelib.access.service.tokens import Issued
from chalicelib.core.errors import LoginFailed, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

LOCAL_DOMAINS = ("", "local")


class TokenForm(Struct):
    """The form of a token request; nothing in it is required, so each failure looks alike."""

    grant_type: str = field(name="grant_type", default="")
    username: str = ""
    password: Plain = field(default_factory=lambda: Plain(""))
    domain: str = ""
    refresh_token: Plain = field(name="refresh_token", default_factory=lambda: Plain(""))


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
    writes="cluster",
    out_of_cluster=True,
    errors=(LoginFailed, Throttled),
)
def create_token(call: Call[TokenForm]) -> TokenModel:
    issued = _issued(call, call.body)
    return TokenModel(issued.access_token, issued.refresh_token, issued.expires_in)


@endpoint("POST", "/api/v1/oauth-expiration", returns=bool, writes="cluster", out_of_cluster=True)
def expire_token(call: Call[None]) -> bool:
    wiring.tokens().log_out(call.principal, call.now)
    return True


def _issued(call: Call[TokenForm], form: TokenForm) -> Issued:
    match form.grant_type.lower():
        case "password" if form.domain.strip().lower() in LOCAL_DOMAINS:
            return wiring.tokens().log_in(form.username, form.password, call.address, call.now)
        case "refresh_token":
            return wiring.tokens().refresh(form.refresh_token, call.address, call.now)
        case _:
            raise LoginFailed
