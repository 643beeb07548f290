"""Signing in at a provider: begun here, finished here once, by the same browser."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NoReturn, Protocol

from chalicelib.access.openid import (
    LIFE,
    LINK,
    SIGN_IN,
    Exchange,
    Link,
    Provider,
    Unproven,
    begin_allowance,
)
from chalicelib.access.principal import Principal
from chalicelib.access.user import Person
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.again import settled
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import Invalid, LoginFailed, NotFound
from chalicelib.core.plain import Plain

from .entry import UNKNOWN, Attempt, Case, Issued, Issuing, Terms, entry_line
from .failures import Failures
from .ports import Commit, Once, OpenIds, Random, Users
from .providers import ProviderService
from .tokens import TokenService

PURPOSE = "openid"


class Protocols(Protocol):
    """OpenID Connect itself: see `access.oidc`."""

    def address(self, provider: Provider, exchange: Exchange, state: str) -> str: ...

    def subject(
        self, provider: Provider, secret: Plain, code: Plain, exchange: Exchange, now: datetime
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it keeps until it is back."""

    url: str
    browser: Plain


@dataclass(frozen=True, slots=True)
class Back:
    """A browser that is back from its provider. redirect: the page to which it was sent."""

    code: Plain
    state: str = field(repr=False)
    browser: Plain
    redirect: str
    address: str
    agent: str = ""


@dataclass(frozen=True)
class OpenIdLogin:
    """mac: a keyed hash for a purpose, in hex: of the state come nonce and verifier, unstored."""

    openids: OpenIds
    providers: ProviderService
    users: Users
    once: Once
    protocols: Callable[[], Protocols]
    tokens: TokenService
    failures: Failures
    issuing: Issuing
    commit: Commit
    terms: Callable[[object], Terms]
    mac: Callable[[str, bytes], str]
    random: Random = field(repr=False)

    def offered(self) -> list[Provider]:
        """Those that the login page offers. One AWS call."""
        return [one for one in self.openids.providers() if one.enabled]

    def begin(self, id: int, redirect: str, address: str, now: datetime) -> Begun:
        """Raises NotFound, Throttled, and Unavailable when the provider does not answer."""
        self.failures.pace(begin_allowance(address), now)
        return self._begin(SIGN_IN, id, redirect, "", now)

    def begin_link(
        self, who: Principal, id: int, password: Plain, redirect: str, now: datetime
    ) -> Begun:
        """The same, to link oneself. Raises Invalid for a wrong password, which counts as one."""
        who.require_in_person()
        person = self.users.find(who.user_id)
        if person is None or not self.tokens.recheck(person, password, who.address, now):
            raise Invalid("The password is not right.")
        return self._begin(LINK, id, redirect, who.session_id, now)

    def finish(self, back: Back, now: datetime) -> Issued:
        """Tokens for whoever the provider's subject is here.

        Raises LoginFailed, in the same words whatever is wrong, Throttled, and Unavailable.
        """
        self.failures.pace(begin_allowance(back.address), now)
        try:
            provider, subject = self._subject(SIGN_IN, back, "", now)
        except (Unproven, NotFound) as error:
            self._refuse(UNKNOWN, f"OpenID Connect: {error}", back, now)
        link = self.openids.link(provider.issuer, subject)
        if link is None:
            self._refuse(UNKNOWN, "OpenID Connect: the subject is linked to nobody", back, now)
        return settled(partial(self._admit, provider, link, back, now))

    def finish_link(self, who: Principal, back: Back, now: datetime) -> Link:
        """Link whoever the provider says it is to oneself. Raises Invalid, StillUsed."""
        who.require_in_person()
        try:
            provider, subject = self._subject(LINK, back, who.session_id, now)
        except Unproven as error:
            raise Invalid(f"You were not linked: {error}.") from None
        return self.providers.made(who, who.user_id, provider.issuer, subject, now)

    def _begin(self, what: str, id: int, redirect: str, session: str, now: datetime) -> Begun:
        provider = self._provider(id)
        state, browser = f"{what}.{self.random()}", self.random()
        exchange = self._exchange(state, redirect)
        url = self.protocols().address(provider, exchange, state)
        facts = {
            "provider": id,
            "client": provider.client_id,
            "issuer": provider.issuer,
            "browser": _hash(browser),
            "redirect": redirect,
            "session": session,
        }
        self.once.keep(state, what, facts, now + LIFE)
        return Begun(url, Plain(browser))

    def _subject(self, what: str, back: Back, session: str, now: datetime) -> tuple[Provider, str]:
        """Of which provider, and whom. What was begun is used up. Raises Unproven, NotFound."""
        facts = self.once.take(back.state, what, now)
        if facts is None:
            raise Unproven("nothing was begun with this state, or it has ended or was used")
        mine = (_hash(back.browser.reveal()), back.redirect, session)
        if mine != (facts["browser"], facts["redirect"], facts["session"]):
            raise Unproven("it was begun by another browser, or at another page")
        provider = self._provider(int(facts["provider"]))
        if (provider.client_id, provider.issuer) != (facts["client"], facts["issuer"]):
            raise Unproven("the provider was changed meanwhile")
        secret, exchange = self.openids.secret(provider), self._exchange(back.state, back.redirect)
        return provider, self.protocols().subject(provider, secret, back.code, exchange, now)

    def _admit(self, provider: Provider, link: Link, back: Back, now: datetime) -> Issued:
        person, rows = self.users.find_with(link.user_id, [GATE_KEY])
        terms = self.terms(rows.get(GATE_KEY))
        way = f"OpenID Connect: {provider.name}"
        why = "the user is gone" if person is None else _refusal(person, terms, back.address, now)
        if person is None or why:
            self._refuse(str(link.user_id), f"{way}: {why}", back, now)
        attempt = Attempt("", Plain(""), back.address, agent=back.agent)
        case = Case(attempt, person, True, terms, now, False)
        return self.issuing.issue(case, person, [self.users.logged_in(person.login, now)], by=way)

    def _refuse(self, user: str, why: str, back: Back, now: datetime) -> NoReturn:
        self.commit([], [entry_line(SYSTEM, "LOGIN_FAILED", user, now, back.address, why)])
        raise LoginFailed

    def _exchange(self, state: str, redirect: str) -> Exchange:
        nonce, verifier = (self.mac(f"{PURPOSE} {of}", state.encode()) for of in ("nonce", "pkce"))
        return Exchange(redirect, nonce, verifier)

    def _provider(self, id: int) -> Provider:
        provider = self.providers.get(id)
        if not provider.enabled:
            raise NotFound(f"The provider {id} was not found.")
        return provider


def _refusal(person: Person, terms: Terms, address: str, now: datetime) -> str:
    """Why he does not come in, whoever vouches for him; "" when he does."""
    if person.login.lockout.is_locked(now):
        return "the account is locked"
    if person.user.is_application_account:
        return "it is an application account"
    if not terms.definitions.admits(person.standing, address):
        return "not from this address"
    return "" if person.standing.enabled else "the account is disabled"


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
