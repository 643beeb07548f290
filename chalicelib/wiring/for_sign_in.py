"""Ways in besides the password, and who is refused."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter, keyring
from .for_access import ceremonies, failures, issuing, standings, terms, tokens
from .for_cluster import settings

if TYPE_CHECKING:
    from chalicelib.access.oidc import OpenId
    from chalicelib.access.service.forgetting import Forgetting
    from chalicelib.access.service.openid_login import OpenIdLogin
    from chalicelib.access.service.providers import ProviderService
    from chalicelib.access.service.refused import RefusedRequests
    from chalicelib.access.service.security_keys import KeyService


@cache
def refused_requests() -> RefusedRequests:
    from chalicelib.access.service.refused import RefusedRequests

    return RefusedRequests(committer().record)


@cache
def security_keys() -> KeyService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.security_keys import KeyService

    return KeyService(
        store.Users(),
        standings(),
        store.Groups(),
        store.Sessions(),
        store.Keys(),
        store.Once(),
        ceremonies,
        tokens(),
        committer(),
        keyring().mac,
        secrets.token_bytes,
        secrets.token_urlsafe,
    )


@cache
def openid_providers() -> ProviderService:
    from chalicelib.access import store
    from chalicelib.access.service.providers import ProviderService

    return ProviderService(
        store.OpenIds(keyring()), store.Users(), store.Groups(), committer(), counter()
    )


@cache
def openid_login() -> OpenIdLogin:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.openid_login import OpenIdLogin

    return OpenIdLogin(
        store.OpenIds(keyring()),
        openid_providers(),
        store.Users(),
        store.Once(),
        _openid,
        tokens(),
        failures(),
        issuing(),
        committer(),
        terms,
        keyring().mac,
        secrets.token_urlsafe,
    )


@cache
def _openid() -> OpenId:
    """Kept, with what it knows of issuers; made when somebody signs in at one, and not before."""
    from chalicelib.access.fetch import Fetch
    from chalicelib.access.oidc import OpenId

    return OpenId(Fetch(lambda: settings().current().loopback_targets))


@cache
def forgetting() -> Forgetting:
    from chalicelib.access import store
    from chalicelib.access.service.forgetting import Forgetting

    factors, keys = store.Factors(keyring()), store.Keys()
    return Forgetting(store.Users(), standings(), store.Groups(), factors, keys, committer())
