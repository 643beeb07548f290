"""The passwords of users: how long, of what, and which ones not again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import mul

from chalicelib import wiring
from chalicelib.settings.limits import LIMITS, whole
from chalicelib.settings.settings import DEFAULTS, Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, always, number, patched, switch
from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/local-user-passwords"
A_DAY = timedelta(days=1)


class LocalUserPasswordsModel(Struct):
    """Passwords do not expire here, and nobody resets a forgotten one himself."""

    password_minimum_length: int
    password_require_lowercase: bool
    password_require_uppercase: bool
    password_require_numbers: bool
    password_require_symbols: bool
    enable_password_history: bool
    password_history_items: int
    enable_minimum_password_age: bool
    minimum_password_age_days: int
    minimum_password_age_hours: int
    minimum_password_age_minutes: int
    password_history_items_all: bool = False
    allow_users_to_reset_forgotten_passwords: bool = False
    enable_local_user_password_expiration: bool = False
    local_user_password_expiration_days: int = 0
    local_user_password_expiration_hours: int = 0
    local_user_password_expiration_minutes: int = 0


_LENGTH = LIMITS["password_length"]
LENGTH = whole("passwordMinimumLength", "characters", _LENGTH.most, _LENGTH.least)
HISTORY = whole("passwordHistoryItems", "", LIMITS["password_history"].most, 0)
PARTS = (
    whole("minimumPasswordAgeDays", "days", 29, 0),
    whole("minimumPasswordAgeHours", "hours", 23, 0),
    whole("minimumPasswordAgeMinutes", "minutes", 59, 0),
)
IN_MINUTES = (24 * 60, 60, 1)
KINDS = ("lowercase", "uppercase", "numbers", "symbols")


def _parts(settings: Settings) -> list[int]:
    """How old a password must be before its user changes it: days, hours, minutes."""
    hours, minutes = divmod(int(settings.password_age.total_seconds()) // 60, 60)
    return [*divmod(hours, 24), minutes]


def _part(place: int) -> Field:
    def change(value: object, before: Settings) -> dict[str, object]:
        parts = _parts(before)
        parts[place] = number(PARTS[place], value)
        return {"password_age": timedelta(minutes=sum(map(mul, parts, IN_MINUTES)))}

    return change


def _kind(kind: str) -> Field:
    name = f"passwordRequire{kind.title()}"
    return lambda value, _: {f"password_{kind}": switch(name, value)}


def _enable(name: str, setting: str, off: object, usual: object) -> Field:
    """Off is nothing of it; on leaves what there is, or else the usual."""

    def change(value: object, before: Settings) -> dict[str, object]:
        there = getattr(before, setting)
        return {setting: (there or usual) if switch(name, value) else off}

    return change


def _fixed(names: Mapping[str, object], text: Callable[[object], str]) -> dict[str, Field]:
    return {name.lower(): always(name, wanted, text(wanted)) for name, wanted in names.items()}


FIELDS: Mapping[str, Field] = {
    "passwordminimumlength": lambda value, _: {"password_length": number(LENGTH, value)},
    "passwordhistoryitems": lambda value, _: {"password_history": number(HISTORY, value)},
    "enablepasswordhistory": _enable(
        "enablePasswordHistory", "password_history", 0, DEFAULTS.password_history
    ),
    "enableminimumpasswordage": _enable(
        "enableMinimumPasswordAge", "password_age", timedelta(0), A_DAY
    ),
    **{limit.name.lower(): _part(place) for place, limit in enumerate(PARTS)},
    **{f"passwordrequire{kind}": _kind(kind) for kind in KINDS},
    **_fixed(
        {
            "passwordHistoryItemsAll": False,
            "allowUsersToResetForgottenPasswords": False,
            "enableLocalUserPasswordExpiration": False,
            "localUserPasswordExpirationDays": 0,
            "localUserPasswordExpirationHours": 0,
            "localUserPasswordExpirationMinutes": 0,
        },
        lambda wanted: str(wanted).lower(),
    ),
}


@endpoint("GET", PATH, returns=LocalUserPasswordsModel, permission=VIEW)
def read_local_passwords(_call: Call[None]) -> LocalUserPasswordsModel:
    return shown(wiring.settings().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=LocalUserPasswordsModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_local_passwords(call: Call[ConfigurationPatch]) -> LocalUserPasswordsModel:
    return shown(patched(call, FIELDS))


def shown(settings: Settings) -> LocalUserPasswordsModel:
    days, hours, minutes = _parts(settings)
    return LocalUserPasswordsModel(
        settings.password_length,
        settings.password_lowercase,
        settings.password_uppercase,
        settings.password_numbers,
        settings.password_symbols,
        settings.password_history > 0,
        settings.password_history,
        bool(settings.password_age),
        days,
        hours,
        minutes,
    )
