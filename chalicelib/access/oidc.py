"""OpenID Connect's code flow with PKCE, by joserfc: from a code to a subject, or to a refusal."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from chalicelib.core.errors import Unavailable
from chalicelib.core.plain import Plain

from .openid import LONGEST_SUBJECT, Exchange, Provider, Unproven

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KINDS = {"R": "RSA", "P": "RSA", "E": "EC"}
SKEW = timedelta(seconds=60)
KEPT = timedelta(minutes=10)
DISCOVERY = "/.well-known/openid-configuration"
OK = 200


class Fetch(Protocol):
    def __call__(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = ...
    ) -> tuple[int, dict[str, Any]]: ...


@dataclass(slots=True)
class _Kept:
    """What an issuer said of itself, and its keys; until when."""

    facts: dict[str, Any]
    keys: list[dict[str, Any]]
    until: float


@dataclass(slots=True)
class OpenId:
    """Thread-safe: what is kept of an issuer is replaced whole. monotonic: seconds that pass."""

    fetch: Fetch
    monotonic: Callable[[], float] = time.monotonic
    _issuers: dict[str, _Kept] = field(default_factory=dict)

    def address(self, provider: Provider, exchange: Exchange, state: str) -> str:
        """Where the browser goes. Raises Unavailable."""
        challenge = hashlib.sha256(exchange.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": exchange.redirect,
            "scope": " ".join(provider.scopes),
            "state": state,
            "nonce": exchange.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        at = str(self._known(provider.issuer).facts["authorization_endpoint"])
        return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}"

    def subject(
        self, provider: Provider, secret: Plain, code: Plain, exchange: Exchange, now: datetime
    ) -> str:
        """Whom the provider says the code is of. Raises Unproven, and Unavailable."""
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": exchange.redirect,
            "code_verifier": exchange.verifier,
        }
        facts = self._known(provider.issuer).facts
        headers = _authenticated(provider, secret, facts, form)
        status, said = self.fetch(str(facts["token_endpoint"]), form, headers)
        token = said.get("id_token")
        if status != OK or not isinstance(token, str):
            raise Unproven(f"the provider refuses the code ({status})")
        return self._proven(provider, token, exchange.nonce, now)

    def _proven(self, provider: Provider, token: str, nonce: str, now: datetime) -> str:
        try:
            header = jws.extract_compact(token.encode()).headers()
            algorithm = str(header.get("alg"))
            if algorithm not in ALGORITHMS:
                raise Unproven("the token's algorithm is not one of ours")
            key = self._key(provider.issuer, algorithm, header.get("kid"))
            claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unproven(f"the token does not hold ({type(error).__name__})") from None
        return _checked(claims, provider, nonce, now)

    def _key(self, issuer: str, algorithm: str, kid: object) -> Key:
        """The key of that name; the keys are fetched once more when there is none."""
        found = _named(self._known(issuer).keys, algorithm, kid)
        if found is None:
            found = _named(self._known(issuer, anew=True).keys, algorithm, kid)
        if found is None:
            raise Unproven("the token's key is not the provider's")
        return JWKRegistry.import_key(found)

    def _known(self, issuer: str, *, anew: bool = False) -> _Kept:
        kept = self._issuers.get(issuer)
        if kept is None or anew or self.monotonic() >= kept.until:
            kept = self._asked(issuer)
            self._issuers[issuer] = kept
        return kept

    def _asked(self, issuer: str) -> _Kept:
        status, facts = self.fetch(issuer.rstrip("/") + DISCOVERY)
        if status != OK or facts.get("issuer") != issuer:
            raise Unavailable("the provider does not say that it is this issuer")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(facts.get(one), str) for one in wanted):
            raise Unavailable("the provider does not say where it is asked")
        status, said = self.fetch(facts["jwks_uri"])
        keys = said.get("keys")
        if status != OK or not isinstance(keys, list):
            raise Unavailable("the provider does not give its keys")
        known = [one for one in keys if isinstance(one, dict)]
        return _Kept(facts, known, self.monotonic() + KEPT.total_seconds())


def _named(keys: list[dict[str, Any]], algorithm: str, kid: object) -> dict[str, Any] | None:
    """The one key that may have signed; None too where a token without a name could mean two."""
    fit = [
        one
        for one in keys
        if one.get("kty") == KINDS[algorithm[0]]
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
        and (kid is None or one.get("kid") == kid)
    ]
    return fit[0] if len(fit) == 1 else None


def _authenticated(
    provider: Provider, secret: Plain, facts: dict[str, Any], form: dict[str, str]
) -> dict[str, str]:
    """The headers by which the client shows who it is; or what it adds to the form."""
    word = secret.reveal()
    ways = facts.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not word or "client_secret_basic" not in ways:
        form["client_id"] = provider.client_id
        if word:
            form["client_secret"] = word
        return {}
    pair = ":".join(quote(one, safe="") for one in (provider.client_id, word))
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _checked(claims: dict[str, Any], provider: Provider, nonce: str, now: datetime) -> str:
    """The subject of claims that are for us, now, and for this very log-in. Raises Unproven."""
    at, skew, audience = now.timestamp(), SKEW.total_seconds(), claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued, subject = _number(claims, "exp"), _number(claims, "iat"), claims.get("sub")
    party = claims.get("azp")
    faults = {
        "it is another issuer's": claims.get("iss") != provider.issuer,
        "it is for another client": provider.client_id not in audiences,
        "it was given to another client": (
            party != provider.client_id if party is not None else len(audiences) > 1
        ),
        "it has expired": expires is None or at >= expires + skew,
        "it is of the future": issued is None or issued > at + skew,
        "its nonce is another's": not compare_digest(str(claims.get("nonce")), nonce),
        "it names nobody": not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT,
    }
    for fault, there in faults.items():
        if there:
            raise Unproven(f"the token will not do: {fault}")
    return str(subject)


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
