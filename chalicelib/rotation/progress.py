"""What a password change does to what is known of its secret."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.vault.state import AfterCheckIn, ChangeResult, HeartbeatStatus, SecretState

from . import heartbeat
from .change import PasswordChange, Stage

SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a secret's next heartbeat and its next own change are due, reckoned from `now`.

    every:      between heartbeats, None when nothing checks the secret
    expires_at: of the password that is current then, None for never
    changes:    whether it is changed when it expires
    """

    now: datetime
    every: timedelta | None
    expires_at: datetime | None = None
    changes: bool = False

    @property
    def next_change(self) -> datetime | None:
        """The next change without a person: not one whose time has passed and which failed."""
        ahead = self.expires_at is not None and self.expires_at > self.now
        return self.expires_at if self.changes and ahead else None


def later(state: SecretState, now: datetime) -> datetime | None:
    """When to offer the change that is due, if not now: not while other work is out.

    Hooks of a check-in come before its change: they may log in by the password that it ends.
    """
    return now + SOON if state.change_item or state.heartbeat_item or state.runs else None


def postponed(state: SecretState, at: datetime | None) -> SecretState:
    """Due at another time; None: at no time."""
    return replace(state, change_due_at=at)


def offered(state: SecretState, item_id: str) -> SecretState:
    """Work for a change is out."""
    return replace(state, change=ChangeResult.PENDING, change_item=item_id, change_due_at=None)


def shown(
    state: SecretState, change: PasswordChange, calendar: Calendar, *, proven: bool = False
) -> SecretState:
    """What is known of a secret whose change is as given, with no work out for it.

    proven: a login has just shown that the current password is in force
    """
    known = replace(
        state,
        change_item="",
        change_failures=change.failed,
        change_detail=change.message,
    )
    match change.stage:
        case Stage.WAITING | Stage.CLAIMED:
            ready = replace(known, change=ChangeResult.PENDING, change_due_at=change.due_at)
            return _proven(ready, calendar) if proven else ready
        case Stage.RESOLVING:
            return _resolving(known, change)
        case Stage.DONE:
            return ended(_done(known, calendar), change, calendar.now)
        case Stage.OUT_OF_SYNC:
            return ended(_out_of_sync(known, change), change, calendar.now)
        case Stage.STOPPED | Stage.GAVE_UP:
            over = replace(known, change=ChangeResult.FAIL, change_due_at=calendar.next_change)
            over = ended(over, change, calendar.now)
            return _proven(over, calendar) if proven else over


def ended(state: SecretState, change: PasswordChange, now: datetime) -> SecretState:
    """What a check-in asked for, now that a change has come to this end.

    If it was the change asked for, others may have the secret. If it was one before it, that one
    is due at last; not if no stored value logs in: then a person decides.
    """
    if state.after_check_in is AfterCheckIn.WANTED and change.stage is not Stage.OUT_OF_SYNC:
        return replace(state, change_due_at=now)
    return replace(state, after_check_in=AfterCheckIn.NOTHING)


def _resolving(state: SecretState, change: PasswordChange) -> SecretState:
    """No heartbeat now: it would be one more wrong login."""
    return replace(
        state,
        change=ChangeResult.PENDING,
        change_due_at=change.due_at,
        heartbeat_due_at=None,
        is_out_of_sync=True,
        out_of_sync_reason="Either of two passwords may be in force: both are kept and tried.",
    )


def _done(state: SecretState, calendar: Calendar) -> SecretState:
    proven = replace(
        state,
        change=ChangeResult.SUCCESS,
        change_failures=0,
        change_due_at=calendar.next_change,
        expires_at=calendar.expires_at,
    )
    return _proven(proven, calendar)


def _out_of_sync(state: SecretState, change: PasswordChange) -> SecretState:
    return replace(
        state,
        change=ChangeResult.FAIL,
        change_due_at=None,
        heartbeat=HeartbeatStatus.FAILED,
        heartbeat_due_at=None,
        is_out_of_sync=True,
        out_of_sync_reason="No stored password logs in: all are kept until a person decides.",
    )


def _proven(state: SecretState, calendar: Calendar) -> SecretState:
    """A login has just proven the current password, whether or not heartbeats are on."""
    if calendar.every is None:
        return replace(state, is_out_of_sync=False, out_of_sync_reason="", misses=0)
    return heartbeat.succeeded(state, calendar.now, calendar.every)
