"""When failed log-ins lock an account, and how often anybody may try at all."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Strictness:
    """How many failures within the window lock an account, and for how long."""

    most_failures: int = 5
    locked_for: timedelta = timedelta(minutes=15)


USUAL = Strictness()


@dataclass(frozen=True, slots=True)
class Lockout:
    """The failed log-ins of one account, and whether new ones are barred.

    failures:     when the failures within the window happened, oldest first
    locked_until: the end of the lock that failures brought
    reason:       why an administrator locked it, until one unlocks it; "" when none did
    """

    failures: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    reason: str = ""

    def is_locked(self, now: datetime) -> bool:
        return bool(self.reason) or (self.locked_until is not None and now < self.locked_until)

    def is_full(self, now: datetime, rule: Strictness = USUAL) -> bool:
        """Whether enough failures lie in the window to lock an account that may be locked."""
        return len(self._recent(now)) >= rule.most_failures

    def after_failure(
        self, now: datetime, rule: Strictness = USUAL, may_lock: bool = True
    ) -> Lockout:
        """With one more failure. A lock begins afresh: its failures are spent when it ends."""
        failures = (*self._recent(now), now)[-rule.most_failures :]
        if len(failures) < rule.most_failures or not may_lock:
            return replace(self, failures=failures)
        return replace(self, failures=(), locked_until=now + rule.locked_for)

    def after_success(self) -> Lockout:
        return replace(self, failures=(), locked_until=None)

    def closed(self, reason: str) -> Lockout:
        """Locked by an administrator, until `opened`."""
        return replace(self, reason=reason)

    def opened(self) -> Lockout:
        return Lockout()

    def _recent(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.failures if now - at < WINDOW)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts in so long a time.

    subject: what is counted, as it is: kept under a keyed hash only, and never printed, because a
             password may have been typed where the name belongs
    each:    what is counted apart among them, and kept in the same way; "" for nothing
    of_each: how many of those may be of one
    """

    subject: tuple[str, ...] = field(repr=False)
    attempts: int
    window: timedelta
    each: str = field(default="", repr=False)
    of_each: int = 0

    def slot(self, now: datetime) -> int:
        """The number of the window that `now` lies in; each is counted by itself."""
        return int(now.timestamp() // self.window.total_seconds())

    def ends(self, now: datetime) -> int:
        """When that window ends, in epoch seconds."""
        return int((self.slot(now) + 1) * self.window.total_seconds())


MINUTE = timedelta(minutes=1)


def login_allowance(user_name: str, address: str) -> Allowance:
    """What is counted before a password is looked at: of an address, and of a name from there."""
    return Allowance(("login", network(address)), 100, MINUTE, user_name.strip().casefold(), 20)


def delay_allowance(user_id: int, address: str) -> Allowance:
    """The pace of the last enabled administrator, who is never locked: by address, so that nobody
    can hold him off from elsewhere."""
    return Allowance(("delay", network(address), str(user_id)), 1, timedelta(seconds=30))


def elsewhere_allowance(user_id: int, rule: Strictness) -> Allowance:
    """The failures of one account outside the writing region, which cannot lock it there."""
    return Allowance(("elsewhere", str(user_id)), rule.most_failures, WINDOW)


def setup_allowance(address: str) -> Allowance:
    return Allowance(("setup", network(address)), 10, MINUTE)


def refresh_allowance(address: str) -> Allowance:
    return Allowance(("refresh", network(address)), 300, MINUTE)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)  # else all of IPv4 would be one network
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
