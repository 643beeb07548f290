"""What each setting takes: its name as the API has it, and what a refusal says of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core.errors import Invalid

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """wants: goes on after the name. least, most: of a number, or of seconds."""

    name: str
    wants: str
    least: int = 0
    most: int = 0

    def refusal(self, why: str = "") -> Invalid:
        """That it is something else; `why` comes in brackets."""
        return Invalid(f"{self.name} {self.wants}{f' ({why})' if why else ''}.")

    def holds(self, value: int) -> bool:
        return self.least <= value <= self.most


def whole(name: str, unit: str, most: int, least: int = 1) -> Limit:
    """A number of that unit; "" of none."""
    of = f" of {unit}" if unit else ""
    return Limit(name, f"is a whole number{of} from {least} to {most}", least, most)


URL = Limit(
    "Custom URL",
    "is empty, or https:// with host, port and path and nothing else, such as "
    "https://vault.example.com",
)

LIMITS: Mapping[str, Limit] = {
    "heartbeat_life": whole("Heartbeat Message Seconds To Live", "seconds", DAY),
    "heartbeat_again": whole("Heartbeat Message Retry Seconds", "seconds", DAY),
    "change_life": whole("Password Change Message Seconds To Live", "seconds", DAY),
    "change_again": whole("Password Change Message Retry Seconds", "seconds", DAY),
    "engine_callback": whole("Engine Callback Seconds", "seconds", HOUR, 5),
    "clock_tolerance": whole("Clock Tolerance Seconds", "seconds", HOUR),
    "trusted_proxies": Limit(
        "Trusted Proxies",
        "is a list of addresses or networks such as 10.0.0.0/8, and never everybody",
    ),
    "loopback_targets": Limit(
        "Loopback Targets", "is a list of host:port, with ports from 1 to 65535"
    ),
    "allow_version_mismatch": Limit(
        "Allow Version Mismatch In Maintenance Mode", "is true or false"
    ),
    "dual_control": Limit("Dual Control", "is true or false"),
    "erase_workflow": whole("Secret Erase Workflow", "", 2**31 - 1, 0),
    "custom_url": URL,
    "ip_address_header": Limit(
        "IP Address Header", "is empty, or the name of a header such as X-Forwarded-For"
    ),
    "login_failures": whole("Maximum Login Failures", "", 100),
    "lockout": whole("User Lockout Seconds", "seconds", 7 * DAY),
    "days_to_keep_logs": whole("Days To Keep Operational Logs", "days", 365),
    "days_to_keep_engine_logs": whole("Days To Keep Engine Logs", "days", 365),
    "checkout_minutes": whole("Check Out Interval Minutes", "minutes", 30 * DAY // 60),
    "requests_per_minute": whole("Requests Per Minute And User", "requests", 100_000, 60),
    "password_length": whole("Password Minimum Length", "characters", 128, 8),
    "password_history": whole("Password History Items", "", 24, 0),
    "password_age": whole("Minimum Password Age Seconds", "seconds", 30 * DAY, 0),
    "password_lowercase": Limit("Password Require Lowercase", "is true or false"),
    "password_uppercase": Limit("Password Require Uppercase", "is true or false"),
    "password_numbers": Limit("Password Require Numbers", "is true or false"),
    "password_symbols": Limit("Password Require Symbols", "is true or false"),
    "require_second_factor": Limit("Require Second Factor", "is true or false"),
    "upgrade_backup_age": whole("Upgrade Backup Age Seconds", "seconds", 365 * DAY),
    "search_mode": Limit("Search Index Mode", "is Standard or Extended"),
    "search_separators": Limit(
        "Search Separators", "is up to 50 characters, none of them a letter, a digit or white space"
    ),
    "personal_folders": Limit("Enable Personal Folders", "is true or false"),
    "personal_folder_root": Limit(
        "Personal Folder Name", "is a name of 1 to 80 characters, without slashes"
    ),
    "personal_folder_names": Limit(
        "Personal Folder Name Option", "is DisplayName or UsernameAndDomain"
    ),
    "personal_folder_warning": Limit(
        "Personal Folder Warning", "is a text of up to 500 characters in one line"
    ),
    "personal_folder_warns": Limit("Show Personal Folder Warning", "is true or false"),
    "upgrade_settling": whole("Upgrade Settling Seconds", "seconds", HOUR),
}
