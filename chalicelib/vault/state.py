"""What is known of a secret out in the field, and when to act on it next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from . import window
from .compliance import Judgement
from .hook_run import Refused, Run
from .window import Guard, Window

LOCAL_SITE = 1
"""The site whose work a function of the node itself does."""


class HeartbeatStatus(StrEnum):
    """The contract's HeartbeatStatus."""

    FAILED = "Failed"
    SUCCESS = "Success"
    PENDING = "Pending"
    DISABLED = "Disabled"
    UNABLE_TO_CONNECT = "UnableToConnect"
    UNKNOWN_ERROR = "UnknownError"
    INCOMPATIBLE_HOST = "IncompatibleHost"
    ACCOUNT_LOCKED_OUT = "AccountLockedOut"
    DNS_MISMATCH = "DnsMismatch"
    PIN_MISMATCH = "UnableToValidateServerPublicKey"
    PROCESSING = "Processing"
    ARGUMENT_ERROR = "ArgumentError"
    ACCESS_DENIED = "AccessDenied"


class ChangeResult(StrEnum):
    """The contract's PasswordChangeResult."""

    NONE = "None"
    PENDING = "Pending"
    SUCCESS = "Success"
    FAIL = "Fail"


class Due(StrEnum):
    """The two kinds of work that become due."""

    HEARTBEAT = "heartbeat"
    CHANGE = "change"


class Where(StrEnum):
    """Who does it: a function of the node, or an engine in the secret's site."""

    LOCAL = "local"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Checkout:
    """One user's hold on a secret, to himself.

    id:   never used twice: what counts for one checkout counts for no later one
    name: what the holder is called, kept here so that who asks is told without another read
    is_pending: it stands once its hooks have run, and shows no value until then
    """

    id: str
    user_id: int
    name: str
    since: datetime
    until: datetime
    is_pending: bool = False


class AfterCheckIn(StrEnum):
    """How far the password change is that a check-in asked for."""

    NOTHING = ""
    WANTED = "wanted"
    BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class Warned:
    """Which threshold its owners were told of, of which time of expiry: see `expiring`."""

    days: int
    of: datetime


@dataclass(frozen=True, slots=True)
class SecretState:
    """One secret's state. Rotation moves it on; the vault makes it and shows it.

    site_id:         as in the secret: it says who does the work
    is_active:       as in the secret: nothing is due for a deleted one
    heartbeat:       what the last heartbeat found; Disabled when nothing checks this secret
    heartbeat_due_at, change_due_at: None when not due at any time
    heartbeat_item, change_item: the work item that is out, "" when none is
    misses:          heartbeats in a row that reached nobody
    checkout:        who holds it; it stays here past its end until somebody checks it in
    after_check_in:  nobody has the values while a change is wanted or begun: see `checkout`
    runs:            hooks that are still to run, in their order; `hook_item` is out for the first
    refused:         the last checkout that a hook refused
    windows:         who is let through what the secret asks for, and until when
    judged:          whether its passwords meet their requirements, by field: see `compliance`
    version:         of the stored row; a change is based on one
    """

    secret_id: int
    site_id: int = LOCAL_SITE
    is_active: bool = True
    heartbeat: HeartbeatStatus = HeartbeatStatus.DISABLED
    heartbeat_checked_at: datetime | None = None
    heartbeat_detail: str = ""
    heartbeat_due_at: datetime | None = None
    heartbeat_item: str = ""
    misses: int = 0
    change: ChangeResult = ChangeResult.NONE
    change_attempted_at: datetime | None = None
    change_failures: int = 0
    change_detail: str = ""
    change_due_at: datetime | None = None
    change_item: str = ""
    is_out_of_sync: bool = False
    out_of_sync_reason: str = ""
    expires_at: datetime | None = None
    warned: Warned | None = None
    checkout: Checkout | None = None
    after_check_in: AfterCheckIn = AfterCheckIn.NOTHING
    runs: tuple[Run, ...] = ()
    hook_item: str = ""
    refused: Refused | None = None
    windows: tuple[Window, ...] = ()
    judged: Mapping[str, Judgement] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    @property
    def where(self) -> Where:
        return Where.LOCAL if self.site_id == LOCAL_SITE else Where.ENGINE

    def due_at(self, due: Due) -> datetime | None:
        """When that work is due; None when it is not, or the secret is deleted."""
        if not self.is_active:
            return None
        return self.heartbeat_due_at if due is Due.HEARTBEAT else self.change_due_at

    def window(self, guard: Guard, user_id: int, now: datetime) -> Window | None:
        """The user's window that counts now; None for none."""
        return window.find(self.windows, guard, user_id, now)

    def opened(self, wanted: Window, now: datetime) -> SecretState:
        """The state with that window. Invalid when too many are let in."""
        return replace(self, windows=window.opened(self.windows, wanted, now))

    def closed(self, id: str) -> SecretState:
        """The state without that window."""
        return replace(self, windows=window.closed(self.windows, id))

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def edited(self, now: datetime, checks: bool) -> SecretState:
        """The state after a person changed what is sent to the target: try it again soon.

        What was known of the former value counts no more. `checks`: heartbeats are on.
        """
        fresh = replace(
            self,
            is_out_of_sync=False,
            out_of_sync_reason="",
            change_failures=0,
            misses=0,
            heartbeat_detail="",
        )
        return fresh.watched(now) if checks else fresh.unwatched()

    def watched(self, now: datetime) -> SecretState:
        """The state with heartbeats on and the first one due now."""
        return replace(self, heartbeat=HeartbeatStatus.PENDING, heartbeat_due_at=now)

    def unwatched(self) -> SecretState:
        """The state with heartbeats off."""
        return replace(self, heartbeat=HeartbeatStatus.DISABLED, heartbeat_due_at=None)

    def expiring(self, at: datetime | None, changes: bool) -> SecretState:
        """The state with another time of expiry. `changes`: its password is changed then.

        The change that a check-in asked for stays due when it is.
        """
        if self.after_check_in:
            return replace(self, expires_at=at)
        return replace(self, expires_at=at, change_due_at=at if changes else None)


def days_left(state: SecretState, now: datetime) -> int | None:
    """Whole days until the secret expires, None when it does not."""
    if state.expires_at is None:
        return None
    return max((state.expires_at - now) // timedelta(days=1), 0)
