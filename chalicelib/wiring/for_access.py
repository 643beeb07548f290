"""Who may come in: tokens, users, groups, roles."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, counter, ids, keyring
from .for_cluster import gate, settings
from .for_licences import licences
from .for_mail import mail_configuration, mail_desk

if TYPE_CHECKING:
    from chalicelib.access.password import Policy
    from chalicelib.access.service.client_login import ClientLogin
    from chalicelib.access.service.door import Door, KeptDefinitions
    from chalicelib.access.service.entry import Issuing, Terms
    from chalicelib.access.service.factors import FactorService
    from chalicelib.access.service.failures import Failures
    from chalicelib.access.service.groups import GroupService
    from chalicelib.access.service.mail_codes import MailCodes
    from chalicelib.access.service.restrictions import RestrictionService
    from chalicelib.access.service.roles import RoleService
    from chalicelib.access.service.sdk import SdkService
    from chalicelib.access.service.sessions import SessionService
    from chalicelib.access.service.setup import SetupService
    from chalicelib.access.service.standings import Standings
    from chalicelib.access.service.tokens import TokenService
    from chalicelib.access.service.users import UserService
    from chalicelib.access.store import Throttle
    from chalicelib.access.webauthn import Webauthn


@cache
def door() -> Door:
    from chalicelib.access import store
    from chalicelib.access.service.door import Door

    return Door(store.Sessions(), gate(), _definitions())


@cache
def _definitions() -> KeptDefinitions:
    from chalicelib.access import store
    from chalicelib.access.service.door import KeptDefinitions

    return KeptDefinitions(store.Groups().definitions)


@cache
def standings() -> Standings:
    from chalicelib.access import store
    from chalicelib.access.service.standings import Standings

    return Standings(store.Users(), store.Administrators())


@cache
def tokens() -> TokenService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.hashing import Argon2
    from chalicelib.access.service.proof import Proofs
    from chalicelib.access.service.tokens import TokenService

    return TokenService(
        store.Users(),
        failures(),
        store.Sessions(),
        throttle(),
        Argon2(),
        committer(),
        issuing(),
        secrets.token_hex,
        _region,
        Proofs(store.Factors(keyring()), throttle(), mail_codes(), store.Keys(), ceremonies),
        terms,
    )


def ceremonies() -> Webauthn:
    from chalicelib.access.webauthn import Webauthn

    return Webauthn()


@cache
def failures() -> Failures:
    from chalicelib.access import store
    from chalicelib.access.service.failures import Failures

    return Failures(store.Users(), standings(), throttle(), committer(), mail_desk())


@cache
def mail_codes() -> MailCodes:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.mail_code import DIGITS
    from chalicelib.access.service.mail_codes import MailCodes

    return MailCodes(
        store.Challenges(),
        throttle(),
        mail_desk(),
        keyring().mac,
        ids(),
        lambda: f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}",
        clock(),
    )


@cache
def client_login() -> ClientLogin:
    from chalicelib.access import store
    from chalicelib.access.service.client_login import ClientLogin

    clients = store.Clients(keyring())
    return ClientLogin(store.Users(), clients, throttle(), committer(), issuing(), terms)


def issuing() -> Issuing:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.entry import Issuing

    return Issuing(store.Sessions(), committer(), ids(), secrets.token_hex)


def throttle() -> Throttle:
    from chalicelib.access.store import Throttle

    return Throttle(keyring().mac, _region)


def _region() -> str:
    """Of a mirrored cluster, this region."""
    from chalicelib.aws.connection import connection

    return connection().mirrored_region


def terms(row: object) -> Terms:
    """As of the gate in that row; of None, as of now."""
    from chalicelib.access.lockout import Strictness
    from chalicelib.access.service.entry import Terms
    from chalicelib.settings.service import EPOCH

    now = gate().read() if row is None else gate().parse(row)
    set_to = settings().at(now.epoch(EPOCH))
    return Terms(
        _definitions().at(now),
        Strictness(set_to.login_failures, set_to.lockout),
        _region(),
        bool(_region()) and bool(gate().here(now).outside),
        set_to.require_second_factor,
    )


@cache
def sdk_clients() -> SdkService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.sdk import SdkService

    return SdkService(
        store.Clients(keyring()),
        store.Users(),
        standings(),
        store.Groups(),
        throttle(),
        committer(),
        counter(),
        secrets.token_hex,
    )


@cache
def sessions() -> SessionService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.sessions import SessionService

    return SessionService(
        store.Sessions(), store.Users(), committer(), ids(), secrets.token_hex, _region
    )


@cache
def factors() -> FactorService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.service.factors import FactorService

    return FactorService(
        store.Users(),
        standings(),
        store.Groups(),
        store.Sessions(),
        store.Factors(keyring()),
        tokens(),
        committer(),
        secrets.token_bytes,
    )


@cache
def users() -> UserService:
    from chalicelib.access import store
    from chalicelib.access.hashing import Argon2
    from chalicelib.access.service.users import UserService

    return UserService(
        store.Users(),
        standings(),
        store.Groups(),
        store.Sessions(),
        store.Factors(keyring()),
        store.Keys(),
        tokens(),
        Argon2(),
        committer(),
        counter(),
        licences().seat,
        gate(),
        restrictions(),
        _policy,
        mail_configuration().is_on,
    )


def _policy() -> Policy:
    """What is wanted of passwords, as the settings say; at most ten seconds old."""
    from chalicelib.access.password import KINDS, Policy

    set_to = settings().current()
    kinds = ("lowercase", "uppercase", "numbers", "symbols")
    wanted = [getattr(set_to, f"password_{kind}") for kind in kinds]
    return Policy(
        set_to.password_length,
        tuple(text for text, is_wanted in zip(KINDS, wanted, strict=True) if is_wanted),
        set_to.password_history,
        set_to.password_age,
    )


@cache
def groups() -> GroupService:
    from chalicelib.access import store
    from chalicelib.access.service.groups import GroupService

    return GroupService(
        store.Groups(),
        store.Users(),
        standings(),
        gate(),
        committer(),
        counter(),
        restrictions(),
    )


@cache
def restrictions() -> RestrictionService:
    from chalicelib.access import store
    from chalicelib.access.service.restrictions import RestrictionService

    return RestrictionService(store.Groups(), store.Users(), gate(), committer(), counter())


@cache
def roles() -> RoleService:
    from chalicelib.access import store
    from chalicelib.access.service.roles import RoleService

    return RoleService(store.Groups(), store.Users(), standings(), gate(), committer(), counter())


@cache
def first_administrator() -> SetupService:
    from chalicelib.access import store
    from chalicelib.access.service.setup import SetupService

    return SetupService(
        store.SetupCode(),
        store.Users(),
        store.Administrators(),
        users(),
        throttle(),
        committer(),
    )
