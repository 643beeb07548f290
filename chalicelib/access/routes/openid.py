"""OpenID Connect: the buttons of the login page, the way there and back, links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib import wiring
from chalicelib.access.openid import Link
from chalicelib.access.service.openid_login import Back, Begun
from chalicelib.core.errors import (
    AccessDenied,
    NotFound,
    NotLetIn,
    StillUsed,
    Throttled,
    Unavailable,
)
from chalicelib.core.plain import Plain
from chalicelib.web.answer import JSON, Answer
from chalicelib.web.call import Call
from chalicelib.web.encode import encode_json
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .cookie import kept, kept_while_away, not_let_in, place, while_away
from .tokens import TokenModel
from .user_models import SuccessModel

PATH = "/api/v1/openid-connect"
OWN, OF_USER = "/api/v1/users/current/openid-connect", "/api/v1/users/{userId}/openid-connect"
BACK_AT = "/login"
"""The page of the console to which providers send the browser back."""


class OfferModel(Struct):
    id: int
    name: str


class OffersModel(Struct):
    providers: Sequence[OfferModel]


class BegunModel(Struct):
    """url: where the browser goes"""

    url: str


class BackArgs(Struct):
    code: Plain
    state: str


class LinkOwnArgs(Struct):
    password: Plain


class LinkArgs(Struct):
    issuer: str
    subject: str


class LinkModel(Struct):
    id: int
    issuer: str
    subject: str
    created: ApiDate


class LinksModel(Struct):
    records: Sequence[LinkModel]


@endpoint("GET", f"{PATH}/offers", returns=OffersModel, anonymous=True, out_of_cluster=True)
def list_offers(call: Call[None]) -> OffersModel:
    return OffersModel([OfferModel(one.id, one.name) for one in wiring.openid_login().offered()])


@endpoint(
    "POST",
    f"{PATH}/{{providerId}}/begin",
    returns=BegunModel,
    anonymous=True,
    writes="cluster",
    out_of_cluster=True,
    errors=(NotLetIn, NotFound, Throttled, Unavailable),
)
def begin_openid(call: Call[None]) -> Answer:
    id, at = call.id("providerId"), _redirect(call)
    return _begun(call, wiring.openid_login().begin(id, at, call.address, call.now))


@endpoint(
    "POST",
    f"{PATH}/complete",
    body=BackArgs,
    returns=TokenModel,
    anonymous=True,
    writes="cluster",
    out_of_cluster=True,
    errors=(NotLetIn, Throttled, Unavailable),
)
def complete_openid(call: Call[BackArgs]) -> Answer:
    back = _back(call)
    with not_let_in():
        issued = wiring.openid_login().finish(back, call.now)
    model = TokenModel(issued.access_token, "", issued.expires_in)
    return Answer(200, encode_json(model), JSON, kept(call, issued.refresh_token))


@endpoint("GET", OWN, returns=LinksModel)
def list_own_links(call: Call[None]) -> LinksModel:
    return _links(wiring.openid_providers().links(call.principal.user_id))


@endpoint(
    "POST",
    f"{OWN}/{{providerId}}/begin",
    body=LinkOwnArgs,
    returns=BegunModel,
    writes="cluster",
    errors=(NotFound, Throttled, Unavailable),
)
def begin_own_link(call: Call[LinkOwnArgs]) -> Answer:
    id, at = call.id("providerId"), _redirect(call)
    service = wiring.openid_login()
    return _begun(call, service.begin_link(call.principal, id, call.body.password, at, call.now))


@endpoint(
    "POST",
    f"{OWN}/complete",
    body=BackArgs,
    returns=LinkModel,
    writes="cluster",
    errors=(StillUsed, Unavailable),
)
def complete_own_link(call: Call[BackArgs]) -> LinkModel:
    return _link(wiring.openid_login().finish_link(call.principal, _back(call), call.now))


@endpoint("DELETE", f"{OWN}/{{linkId}}", returns=SuccessModel, writes="cluster", errors=(NotFound,))
def unlink_own(call: Call[None]) -> SuccessModel:
    service, who = wiring.openid_providers(), call.principal
    service.unlink(who, who.user_id, call.id("linkId"), call.now)
    return SuccessModel()


@endpoint("GET", OF_USER, returns=LinksModel, permission="View Users", errors=(NotFound,))
def list_links(call: Call[None]) -> LinksModel:
    return _links(wiring.openid_providers().links(call.id("userId")))


@endpoint(
    "POST",
    OF_USER,
    body=LinkArgs,
    returns=LinkModel,
    permission="Administer Users",
    writes="cluster",
    errors=(AccessDenied, NotFound, StillUsed),
)
def link_user(call: Call[LinkArgs]) -> LinkModel:
    args, service = call.body, wiring.openid_providers()
    id = call.id("userId")
    return _link(service.link(call.principal, id, args.issuer, args.subject, call.now))


@endpoint(
    "DELETE",
    f"{OF_USER}/{{linkId}}",
    returns=SuccessModel,
    permission="Administer Users",
    writes="cluster",
    errors=(AccessDenied, NotFound),
)
def unlink_user(call: Call[None]) -> SuccessModel:
    service = wiring.openid_providers()
    service.unlink(call.principal, call.id("userId"), call.id("linkId"), call.now)
    return SuccessModel()


def _redirect(call: Call[Any]) -> str:
    """The console's page at the origin that asks, once that is known to be one of ours."""
    at = place(call.headers, lambda: wiring.settings().current().custom_url)
    return f"{at.origin}{call.root}{BACK_AT}"


def _begun(call: Call[Any], begun: Begun) -> Answer:
    headers = kept_while_away(call, begun.browser)
    return Answer(200, encode_json(BegunModel(begun.url)), JSON, headers)


def _back(call: Call[BackArgs]) -> Back:
    agent, browser = call.headers.get("user-agent", ""), while_away(call)
    args = call.body
    return Back(args.code, args.state, browser, _redirect(call), call.address, agent)


def _link(one: Link) -> LinkModel:
    return LinkModel(one.id, one.issuer, one.subject, one.made_at)


def _links(found: Sequence[Link]) -> LinksModel:
    return LinksModel([_link(one) for one in found])
