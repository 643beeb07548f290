"""The settings of a cluster: defaults, and what is stored instead of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from chalicelib.core.errors import Invalid

from .limits import LIMITS, URL, Limit

_PLAIN = re.compile(r"https://[\w.:\[\]-]+(/[\w.~/-]*)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")

Stored: TypeAlias = int | str | bool | list[str]
"""How a value is kept: durations in seconds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything under one roof, so that one read and one copy serve a process.

    heartbeat_life, change_life:       how long an offered work item may be claimed
    heartbeat_again, change_again:     when one that nobody answered is offered again
    engine_callback:                   how often engines of a site call that was made without saying
    clock_tolerance:                   how far a node's clock may be from that of AWS
    trusted_proxies:                   networks whose word on a client's address counts
    allow_version_mismatch:            a node in maintenance mode may run other code
    dual_control:                      whether what opens everything takes two persons
    erase_workflow:                    by which workflow erase requests are decided; 0: by none
    custom_url:                        where people reach Conclave; all links begin with it
    login_failures, lockout:           how many lock an account, and for how long
    ip_address_header:                 where trusted proxies name the client
    days_to_keep_logs:                 runs of jobs
    days_to_keep_engine_logs:          work items that are over
    loopback_targets:                  `host:port` that site Local may reach although it is here
    requests_per_minute:               of one user, before he has to wait, in each process
    checkout_minutes:                  how long a checkout lasts where the secret does not say
    upgrade_backup_age:                how old the newest backup may be when an upgrade begins
    password_length:                   of a user's own password, at least
    password_lowercase .. _symbols:    whether one of these must be in it
    password_history:                  how many of his last passwords nobody takes again
    password_age:                      how old one must be before its user changes it again
    require_second_factor:             who has none may only set one up
    search_mode, search_separators:    whether fields are found by words or parts; what parts words
    personal_folders:                  whether everybody may have a folder of his own
    personal_folder_root, _names:      what their parent is called, and after what they are
    personal_folder_warning, _warns:   what is shown with them, and whether it is
    upgrade_settling:                  how long work of a node that left the cluster may still run
    """

    heartbeat_life: timedelta = timedelta(minutes=5)
    heartbeat_again: timedelta = timedelta(minutes=10)
    change_life: timedelta = timedelta(minutes=20)
    change_again: timedelta = timedelta(minutes=25)
    engine_callback: timedelta = timedelta(seconds=60)
    clock_tolerance: timedelta = timedelta(seconds=30)
    trusted_proxies: tuple[str, ...] = ()
    loopback_targets: tuple[str, ...] = ()
    allow_version_mismatch: bool = False
    dual_control: bool = False
    erase_workflow: int = 0
    custom_url: str = ""
    ip_address_header: str = "X-Forwarded-For"
    login_failures: int = 5
    lockout: timedelta = timedelta(minutes=15)
    days_to_keep_logs: int = 30
    days_to_keep_engine_logs: int = 30
    checkout_minutes: int = 30
    requests_per_minute: int = 3000
    password_length: int = 12
    password_lowercase: bool = False
    password_uppercase: bool = False
    password_numbers: bool = False
    password_symbols: bool = False
    password_history: int = 5
    password_age: timedelta = timedelta(0)
    require_second_factor: bool = False
    upgrade_backup_age: timedelta = timedelta(hours=24)
    upgrade_settling: timedelta = timedelta(seconds=60)
    search_mode: str = "Standard"
    search_separators: str = "-_.,;:/\\@"
    personal_folders: bool = True
    personal_folder_root: str = "Personal Folders"
    personal_folder_names: str = "DisplayName"
    personal_folder_warning: str = ""
    personal_folder_warns: bool = False


MOST_SEPARATORS = 50
SEARCH_MODES = ("Standard", "Extended")
FOLDER_NAMES = ("DisplayName", "UsernameAndDomain")
MOST_NAME, MOST_TEXT = 80, 500
DEFAULTS = Settings()
NAMES = frozenset(one.name for one in fields(Settings))


def with_stored(stored: Mapping[str, Stored]) -> Settings:
    """The settings with the stored values; names that this version does not know say nothing."""
    known: dict[str, Any] = {name: _value(name, stored[name]) for name in NAMES & stored.keys()}
    return replace(DEFAULTS, **known)


def stored_form(changes: Mapping[str, object]) -> dict[str, Stored]:
    """The changes as they are kept. Raises Invalid for an unknown name or a value out of bounds."""
    unknown = changes.keys() - NAMES
    if unknown:
        raise Invalid(f"there is no setting {', '.join(sorted(unknown))}")
    return {name: _stored(name, value) for name, value in changes.items()}


LONGER = (("heartbeat_again", "heartbeat_life"), ("change_again", "change_life"))
"""Nothing is offered again while it may be claimed."""


def checked(settings: Settings) -> Settings:
    """The same settings. Raises Invalid where they contradict each other."""
    for again, life in LONGER:
        least = int(getattr(settings, life).total_seconds())
        if getattr(settings, again) <= getattr(settings, life):
            more = f"more than {LIMITS[life].name}, which is {least} seconds"
            raise LIMITS[again].refusal(more)
    return settings


def _value(name: str, stored: Stored) -> object:
    match getattr(DEFAULTS, name), stored:
        case bool(), bool(switch):
            return switch
        case str(), str(text):
            return text
        case int(), int(number) if not isinstance(number, bool):
            return number
        case timedelta(), int(seconds):
            return timedelta(seconds=seconds)
        case tuple(), list(texts):
            return tuple(texts)
        case _:
            raise Invalid(f"the stored setting {name} has the wrong type")


def _stored(name: str, value: object) -> Stored:
    match getattr(DEFAULTS, name), value:
        case bool(), bool():
            return value
        case int(), int() if not isinstance(value, bool) and LIMITS[name].holds(value):
            return value
        case str(), str():
            return TEXTS[name](value)
        case timedelta(), timedelta() if LIMITS[name].holds(int(value.total_seconds())):
            return int(value.total_seconds())
        case tuple(), tuple() | list():
            return [LISTS[name](one) for one in value]
        case _:
            raise LIMITS[name].refusal()


def url_of(value: str, limit: Limit = URL) -> str:
    """An https address without its last slash, or "". `limit`: under which name it was given."""
    url = value.strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise limit.refusal() from error
    plain = parts.scheme == "https" and parts.hostname and _PLAIN.fullmatch(url)
    if not plain or parts.username or parts.query or parts.fragment or port == 0:
        raise limit.refusal()
    return url


def _header(value: str) -> str:
    """The name of a header, or "" for the socket's own address."""
    name = value.strip()
    if name and not _TOKEN.fullmatch(name):
        raise LIMITS["ip_address_header"].refusal()
    return name


def _proxy(value: object) -> str:
    try:
        network = ip_network(str(value))
    except ValueError as error:
        raise LIMITS["trusted_proxies"].refusal() from error
    if not network.prefixlen:
        raise LIMITS["trusted_proxies"].refusal("then any client could say who it is")
    return str(network)


def _target(value: object) -> str:
    host, _, port = str(value).rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
        raise LIMITS["loopback_targets"].refusal()
    return str(value)


def _search_mode(value: str) -> str:
    found = [one for one in SEARCH_MODES if one.lower() == value.strip().lower()]
    if not found:
        raise LIMITS["search_mode"].refusal()
    return found[0]


def _separators(value: str) -> str:
    """Characters, each once."""
    if len(value) > MOST_SEPARATORS or any(one.isalnum() or one.isspace() for one in value):
        raise LIMITS["search_separators"].refusal()
    return "".join(dict.fromkeys(value))


def _folder_name(value: str) -> str:
    name = value.strip()
    if not 0 < len(name) <= MOST_NAME or not name.isprintable() or set(name) & {"/", "\\"}:
        raise LIMITS["personal_folder_root"].refusal()
    return name


def _folder_names(value: str) -> str:
    found = [one for one in FOLDER_NAMES if one.lower() == value.strip().lower()]
    if not found:
        raise LIMITS["personal_folder_names"].refusal()
    return found[0]


def _warning(value: str) -> str:
    if len(value) > MOST_TEXT or not value.isprintable():
        raise LIMITS["personal_folder_warning"].refusal()
    return value.strip()


TEXTS: Mapping[str, Callable[[str], str]] = {
    "custom_url": url_of,
    "ip_address_header": _header,
    "search_mode": _search_mode,
    "search_separators": _separators,
    "personal_folder_root": _folder_name,
    "personal_folder_names": _folder_names,
    "personal_folder_warning": _warning,
}
LISTS: Mapping[str, Callable[[object], str]] = {
    "trusted_proxies": _proxy,
    "loopback_targets": _target,
}
"""How the settings that are texts are checked and tidied."""
