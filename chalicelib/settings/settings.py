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

_PLAIN = re.compile(r"https://[\w.:\[\]-]+(/[\w.~/-]*)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")

Stored: TypeAlias = int | str | bool | list[str]
"""How a value is kept: durations in seconds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything under one roof, so that one read and one copy serve a process.

    heartbeat_life, change_life:       how long an offered work item may be claimed
    heartbeat_again, change_again:     when one that nobody answered is offered again
    engine_callback:                   how often engines call
    clock_tolerance:                   how far a node's clock may be from that of AWS
    trusted_proxies:                   networks whose word on a client's address counts
    allow_version_mismatch:            a node in maintenance mode may run other code
    custom_url:                        where people reach Conclave; all links begin with it
    login_failures, lockout:           how many lock an account, and for how long
    ip_address_header:                 where trusted proxies name the client
    days_to_keep_logs:                 runs of jobs
    days_to_keep_engine_logs:          work items that are over
    loopback_targets:                  `host:port` that site Local may reach although it is here
    upgrade_backup_age:                how old the newest backup may be when an upgrade begins
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
    custom_url: str = ""
    ip_address_header: str = "X-Forwarded-For"
    login_failures: int = 5
    lockout: timedelta = timedelta(minutes=15)
    days_to_keep_logs: int = 30
    days_to_keep_engine_logs: int = 30
    upgrade_backup_age: timedelta = timedelta(hours=24)
    upgrade_settling: timedelta = timedelta(seconds=60)

    @property
    def engine_offline_after(self) -> timedelta:
        return 3 * self.engine_callback


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


def checked(settings: Settings) -> Settings:
    """The same settings. Raises Invalid where they contradict each other."""
    if settings.heartbeat_again <= settings.heartbeat_life:
        raise Invalid("heartbeat_again must be longer than heartbeat_life")
    if settings.change_again <= settings.change_life:
        raise Invalid("change_again must be longer than change_life")
    return settings


def _value(name: str, stored: Stored) -> object:
    match getattr(DEFAULTS, name), stored:
        case bool(), bool(switch):
            return switch
        case str(), str(text):
            return text
        case int(), int(number) if name in NUMBERS and not isinstance(number, bool):
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
        case int(), int() if not isinstance(value, bool) and _in_bounds(name, value):
            return value
        case str(), str():
            return TEXTS[name](value)
        case timedelta(), timedelta() if value >= timedelta(seconds=1):
            return int(value.total_seconds())
        case tuple(), tuple() | list():
            return [_text(name, one) for one in value]
        case _:
            raise Invalid(f"the setting {name} does not take this value")


NUMBERS: Mapping[str, tuple[int, int]] = {
    "login_failures": (1, 100),
    "days_to_keep_logs": (1, 365),
    "days_to_keep_engine_logs": (1, 365),
}
"""The least and the most of the settings that are numbers."""


def _in_bounds(name: str, value: int) -> bool:
    least, most = NUMBERS.get(name, (1, 0))
    return least <= value <= most


def _url(value: str) -> str:
    """An https address without its last slash, or ""."""
    url = value.strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid("the custom URL is not an address") from error
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid("the custom URL must begin with https:// and name a host")
    if parts.username or parts.query or parts.fragment or port == 0 or not _PLAIN.fullmatch(url):
        raise Invalid("the custom URL is scheme, host, port and path: nothing else")
    return url


def _header(value: str) -> str:
    """The name of a header, or "" for the socket's own address."""
    name = value.strip()
    if name and not _TOKEN.fullmatch(name):
        raise Invalid("the IP address header is the name of a header, such as X-Forwarded-For")
    return name


TEXTS: Mapping[str, Callable[[str], str]] = {"custom_url": _url, "ip_address_header": _header}
"""How the settings that are texts are checked and tidied."""


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(f"the setting {name} is a list of texts")
    if name == "trusted_proxies":
        try:
            network = ip_network(value)
        except ValueError as error:
            raise Invalid("trusted_proxies are addresses or networks such as 10.0.0.0/8") from error
        if not network.prefixlen:
            raise Invalid("trusted_proxies must not be everybody: then a client could say anything")
        return str(network)
    return value
