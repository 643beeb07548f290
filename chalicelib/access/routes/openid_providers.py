"""Providers of OpenID Connect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import field

from chalicelib import wiring
from chalicelib.access.openid import Provider
from chalicelib.access.service.providers import ProviderChange
from chalicelib.core.errors import NotFound
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .openid import BACK_AT, PATH
from .user_models import SuccessModel

PROVIDERS = f"{PATH}/providers"
VIEW, ADMINISTER = "View OpenID Connect", "Administer OpenID Connect"


class ProviderArgs(Struct):
    """Absent properties stay as they are. clientSecret: "" for a public client."""

    name: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: Plain | None = None
    scopes: Sequence[str] | None = None
    enabled: bool | None = None


class NewProviderArgs(Struct):
    name: str
    issuer: str
    client_id: str
    client_secret: Plain = field(default_factory=lambda: Plain(""))
    scopes: Sequence[str] = ()
    enabled: bool = True


class ProviderModel(Struct):
    """The secret is never shown. redirectPath: what the provider must allow, at each host."""

    id: int
    name: str
    issuer: str
    client_id: str
    has_client_secret: bool
    scopes: Sequence[str]
    enabled: bool
    redirect_path: str


class ProvidersModel(Struct):
    records: Sequence[ProviderModel]


@endpoint("GET", PROVIDERS, returns=ProvidersModel, permission=VIEW)
def list_providers(call: Call[None]) -> ProvidersModel:
    return ProvidersModel([_provider(call, one) for one in wiring.openid_providers().all()])


@endpoint(
    "POST",
    PROVIDERS,
    body=NewProviderArgs,
    returns=ProviderModel,
    permission=ADMINISTER,
    writes="cluster",
)
def make_provider(call: Call[NewProviderArgs]) -> ProviderModel:
    made = wiring.openid_providers().make(call.principal, _change(call.body), call.now)
    return _provider(call, made)


@endpoint(
    "PUT",
    f"{PROVIDERS}/{{providerId}}",
    body=ProviderArgs,
    returns=ProviderModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=(NotFound,),
)
def change_provider(call: Call[ProviderArgs]) -> ProviderModel:
    id, wanted = call.id("providerId"), _change(call.body)
    return _provider(call, wiring.openid_providers().change(call.principal, id, wanted, call.now))


@endpoint(
    "DELETE",
    f"{PROVIDERS}/{{providerId}}",
    returns=SuccessModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=(NotFound,),
)
def remove_provider(call: Call[None]) -> SuccessModel:
    wiring.openid_providers().remove(call.principal, call.id("providerId"), call.now)
    return SuccessModel()


def _change(args: ProviderArgs | NewProviderArgs) -> ProviderChange:
    return ProviderChange(
        args.name, args.issuer, args.client_id, args.client_secret, args.scopes, args.enabled
    )


def _provider(call: Call[Any], one: Provider) -> ProviderModel:
    return ProviderModel(
        id=one.id,
        name=one.name,
        issuer=one.issuer,
        client_id=one.client_id,
        has_client_secret=bool(one.sealed),
        scopes=one.scopes,
        enabled=one.enabled,
        redirect_path=f"{call.root}{BACK_AT}",
    )
