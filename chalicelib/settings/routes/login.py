"""Logging in: how many failures lock an account, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied
from chalicelib.settings.limits import LIMITS, whole
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, number, patched, switch
from .permissions import ADMINISTER, ADMINISTER_TWO_FACTOR, VIEW, VIEW_TWO_FACTOR


class LoginTwoFactorModel(Struct):
    """One setting, by both of its names: there is one door."""

    require_two_factor_for_web_login: bool
    require_two_factor_for_web_services: bool
    allow_two_factor_remember_me: bool = False


class LoginModel(Struct):
    """`defaultLoginDomain` differs between the versions of the path; Conclave has none."""

    maximum_login_failures: int
    user_lockout_time_minutes: int
    two_factor: LoginTwoFactorModel
    allow_remember_me: bool = False
    enable_login_failure_captcha: bool = False


REQUIRED = "twoFactor.requireTwoFactorForWebServices"
FAILURES = whole("maximumLoginFailures", "", LIMITS["login_failures"].most)
LOCKOUT = whole("userLockoutTimeMinutes", "minutes", LIMITS["lockout"].most // 60)
FIELDS: Mapping[str, Field] = {
    "maximumloginfailures": lambda value, _: {"login_failures": number(FAILURES, value)},
    "userlockouttimeminutes": lambda value, _: {
        "lockout": timedelta(minutes=number(LOCKOUT, value))
    },
    **{
        name.lower(): lambda value, _: {"require_second_factor": switch(REQUIRED, value)}
        for name in ("twoFactor.requireTwoFactorForWebLogin", REQUIRED)
    },
}


def _denied(_value: object, _before: Settings) -> dict[str, object]:
    raise AccessDenied(f"Access denied: the role permission {ADMINISTER} is missing.")


TWO_FACTOR: Mapping[str, Field] = {
    name: field if name.startswith("twofactor.") else _denied for name, field in FIELDS.items()
}
"""For who may say whether a second factor is wanted, and no more."""


def shown(settings: Settings) -> LoginModel:
    minutes = int(settings.lockout.total_seconds() // 60)
    required = settings.require_second_factor
    two_factor = LoginTwoFactorModel(required, required)
    return LoginModel(settings.login_failures, minutes, two_factor)


@endpoint(
    "GET",
    "/api/v1/configuration/login",
    returns=LoginModel,
    permission=VIEW,
    or_permission=VIEW_TWO_FACTOR,
)
def read_login(_call: Call[None]) -> LoginModel:
    return shown(wiring.settings().fresh())


@endpoint(
    "GET",
    "/api/v2/configuration/login",
    returns=LoginModel,
    permission=VIEW,
    or_permission=VIEW_TWO_FACTOR,
)
def read_login_v2(call: Call[None]) -> LoginModel:
    return read_login(call)


@endpoint(
    "PATCH",
    "/api/v1/configuration/login",
    body=ConfigurationPatch,
    returns=LoginModel,
    permission=ADMINISTER,
    or_permission=ADMINISTER_TWO_FACTOR,
    errors=(AccessDenied,),
    writes="cluster",
)
def change_login(call: Call[ConfigurationPatch]) -> LoginModel:
    return shown(patched(call, FIELDS if call.principal.may(ADMINISTER) else TWO_FACTOR))


@endpoint(
    "PATCH",
    "/api/v2/configuration/login",
    body=ConfigurationPatch,
    returns=LoginModel,
    permission=ADMINISTER,
    or_permission=ADMINISTER_TWO_FACTOR,
    errors=(AccessDenied,),
    writes="cluster",
)
def change_login_v2(call: Call[ConfigurationPatch]) -> LoginModel:
    return change_login(call)
