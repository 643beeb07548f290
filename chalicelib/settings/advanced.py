"""The settings as texts with a number each, for the page that shows them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .limits import LIMITS
from .settings import DEFAULTS, Settings

SWITCHES: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Advanced:
    """One setting. Its id is never given to another one."""

    id: int
    setting: str
    sentence: str

    @property
    def name(self) -> str:
        return LIMITS[self.setting].name

    @property
    def type_name(self) -> str:
        match getattr(DEFAULTS, self.setting):
            case bool():
                return "Boolean"
            case timedelta() | int():
                return "Integer"
            case _:
                return "String"

    def show(self, settings: Settings) -> str:
        """The value as text: seconds, `true`, or a list with commas."""
        match getattr(settings, self.setting):
            case bool() as switch:
                return "true" if switch else "false"
            case timedelta() as time:
                return str(int(time.total_seconds()))
            case tuple() as texts:
                return ", ".join(texts)
            case other:
                return str(other)

    def read(self, text: str) -> object:
        """The value that a text stands for. Raises Invalid."""
        match getattr(DEFAULTS, self.setting):
            case bool():
                return self._switch(text)
            case timedelta():
                return timedelta(seconds=self._number(text))
            case int():
                return self._number(text)
            case tuple():
                return [one.strip() for one in text.split(",") if one.strip()]
            case _:
                return text

    def _switch(self, text: str) -> bool:
        try:
            return SWITCHES[text.strip().lower()]
        except KeyError:
            raise LIMITS[self.setting].refusal() from None

    def _number(self, text: str) -> int:
        digits = text.strip()
        if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
            raise LIMITS[self.setting].refusal()
        return int(digits)


ADVANCED = (
    Advanced(
        1,
        "ip_address_header",
        "The header in which trusted proxies name the client; empty: the connection's own address.",
    ),
    Advanced(
        2,
        "trusted_proxies",
        "Networks whose word in that header counts, with commas; it is read from the right.",
    ),
    Advanced(
        3,
        "custom_url",
        "Where people reach Conclave, with https; all links begin with it.",
    ),
    Advanced(
        4,
        "allow_version_mismatch",
        "A node in maintenance mode may run other code than the cluster's.",
    ),
    Advanced(
        5,
        "clock_tolerance",
        "How far a node's clock may be from that of AWS.",
    ),
    Advanced(
        6, "engine_callback", "How often engines of a new site call, unless it is given its own."
    ),
    Advanced(
        7,
        "heartbeat_life",
        "How long an offered heartbeat may be claimed.",
    ),
    Advanced(
        8,
        "heartbeat_again",
        "When a heartbeat that nobody answered is offered again.",
    ),
    Advanced(
        9,
        "change_life",
        "How long an offered password change may be claimed.",
    ),
    Advanced(
        10,
        "change_again",
        "When a password change that nobody answered is offered again.",
    ),
    Advanced(
        11,
        "loopback_targets",
        "host:port, with commas, that site Local may reach although it is on its own machine.",
    ),
    Advanced(12, "login_failures", "How many lock an account."),
    Advanced(13, "lockout", "How long failures lock an account."),
    Advanced(
        18,
        "days_to_keep_logs",
        "How long the runs of jobs are shown: 1 to 365 days.",
    ),
    Advanced(
        19,
        "days_to_keep_engine_logs",
        "How long work items that are over are kept: 1 to 365 days. The trail is not touched.",
    ),
    Advanced(
        20,
        "upgrade_backup_age",
        "How old the newest good backup may be when an upgrade begins.",
    ),
    Advanced(
        21,
        "upgrade_settling",
        "How long requests and work of a node that left the cluster may still run; on AWS 60.",
    ),
    Advanced(
        22,
        "checkout_minutes",
        "How long a checkout lasts where the secret does not say: 1 to 43200 minutes.",
    ),
    Advanced(
        23, "search_mode", "Whether search finds fields by whole words or by any part of them."
    ),
    Advanced(24, "search_separators", "What parts words besides white space, for search."),
    Advanced(25, "dual_control", "Unlimited administration and exports take two persons."),
    Advanced(
        26,
        "requests_per_minute",
        "How many requests of one user a process answers in a minute: 60 to 100000.",
    ),
    Advanced(
        27, "erase_workflow", "The id of the workflow that decides erase requests; 0 for none."
    ),
    Advanced(30, "password_length", "How long a user's own password is at least: 8 to 128."),
    Advanced(31, "password_lowercase", "A user's password has a lower-case letter."),
    Advanced(32, "password_uppercase", "A user's password has an upper-case letter."),
    Advanced(33, "password_numbers", "A user's password has a digit."),
    Advanced(34, "password_symbols", "A user's password has a symbol."),
    Advanced(35, "password_history", "How many of his last passwords nobody takes again."),
    Advanced(36, "password_age", "How old a password is before its user changes it again."),
    Advanced(41, "personal_folders", "Everybody may have a folder of his own."),
    Advanced(42, "personal_folder_root", "What the parent of personal folders is called."),
    Advanced(43, "personal_folder_names", "After what a personal folder is called."),
    Advanced(44, "personal_folder_warning", "What is shown with personal folders."),
    Advanced(45, "personal_folder_warns", "Whether that is shown."),
    Advanced(40, "require_second_factor", "Who has no second factor may only set one up."),
)
BY_ID = {one.id: one for one in ADVANCED}
