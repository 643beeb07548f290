"""What a heartbeat does to what is known of a secret, and when the next one is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.changers.target import Outcome
from chalicelib.core.errors import Throttled
from chalicelib.vault.state import HeartbeatStatus, SecretState

AROUND_CHANGE = timedelta(minutes=5)
"""No heartbeat this long before and after the time of a password change: it would meet either."""

SOON = timedelta(minutes=1)
FIRST_RETRY = timedelta(minutes=2)

STATUS = {
    Outcome.SUCCESS: HeartbeatStatus.SUCCESS,
    Outcome.FAILED: HeartbeatStatus.FAILED,
    Outcome.UNREACHABLE: HeartbeatStatus.UNABLE_TO_CONNECT,
    Outcome.LOCKED_OUT: HeartbeatStatus.ACCOUNT_LOCKED_OUT,
    Outcome.DENIED: HeartbeatStatus.ACCESS_DENIED,
    Outcome.PIN_MISMATCH: HeartbeatStatus.PIN_MISMATCH,
    Outcome.INCOMPATIBLE: HeartbeatStatus.INCOMPATIBLE_HOST,
    Outcome.ARGUMENT: HeartbeatStatus.ARGUMENT_ERROR,
    Outcome.UNKNOWN: HeartbeatStatus.UNKNOWN_ERROR,
}
"""What clients are told of each outcome; a word that is none of them is an unknown error."""

FAILING = frozenset(STATUS.values()) - {HeartbeatStatus.SUCCESS}
"""What stays told of until a heartbeat succeeds."""

REFUSED_LOGINS = frozenset(
    {HeartbeatStatus.FAILED, HeartbeatStatus.ACCOUNT_LOCKED_OUT, HeartbeatStatus.ACCESS_DENIED}
)
PAUSE = timedelta(minutes=5)
"""For so long nobody has a password tried again that the target has just refused."""

REFUSED = "The target refused the password: heartbeats stop until the secret is edited."


def status_of(outcome: str) -> HeartbeatStatus:
    """The contract's status of what a holder answered."""
    try:
        return STATUS[Outcome(outcome)]
    except ValueError:
        return HeartbeatStatus.UNKNOWN_ERROR


def later(state: SecretState, now: datetime) -> datetime | None:
    """When to offer the heartbeat that is due, if not now; None: offer it now.

    Not while other work on the secret is out, and not around the time of a change.
    """
    if state.heartbeat_item or state.change_item:
        return now + SOON
    change = state.change_due_at
    if change is not None and abs(change - now) < AROUND_CHANGE:
        return change + AROUND_CHANGE
    return None


def offered(state: SecretState, item_id: str) -> SecretState:
    """A heartbeat is out: nothing is due until it has come to an end."""
    return replace(
        state, heartbeat=HeartbeatStatus.PENDING, heartbeat_item=item_id, heartbeat_due_at=None
    )


def claimed(state: SecretState) -> SecretState:
    """Somebody is at it."""
    return replace(state, heartbeat=HeartbeatStatus.PROCESSING)


def postponed(state: SecretState, at: datetime | None) -> SecretState:
    """Due at another time; None: at no time."""
    return replace(state, heartbeat_due_at=at)


def over(state: SecretState, was: str, now: datetime) -> SecretState:
    """Nobody took it, or its holder fell silent: what was known before holds, and it is due."""
    known = HeartbeatStatus(was) if was else state.heartbeat
    return replace(state, heartbeat=known, heartbeat_item="", heartbeat_due_at=now)


def demand_pause(state: SecretState, now: datetime) -> None:
    """Raise Throttled when a person asks for a heartbeat soon after the target refused one.

    Else whoever may view a secret could lock its account. Other values may be tried at once.
    """
    tried = state.heartbeat_checked_at
    if state.heartbeat not in REFUSED_LOGINS or tried is None or tried + PAUSE <= now:
        return
    raise Throttled(
        "The target refused the stored password just now. It is not tried again for"
        f" {PAUSE // timedelta(minutes=1)} minutes, unless the secret is changed: that could lock"
        " the account.",
        tried + PAUSE - now,
    )


def outdated(state: SecretState, now: datetime) -> SecretState:
    """The answer is about a password that somebody has changed in the meantime: ask again."""
    return replace(
        state, heartbeat=HeartbeatStatus.PENDING, heartbeat_item="", heartbeat_due_at=now
    )


def found(
    state: SecretState, outcome: str, detail: str, now: datetime, every: timedelta
) -> SecretState:
    """What is known once a login was tried.

    Failed: out of sync, and not tried again until somebody edits the secret: lockout is an outage
    too. All else says nothing about the password: tried again, soon at first, at last as usual.
    """
    status = status_of(outcome)
    known = replace(
        state,
        heartbeat=status,
        heartbeat_checked_at=now,
        heartbeat_detail=detail,
        heartbeat_item="",
    )
    if status is HeartbeatStatus.SUCCESS:
        return succeeded(known, now, every)
    if status is HeartbeatStatus.FAILED:
        return replace(
            known,
            heartbeat_due_at=None,
            misses=0,
            is_out_of_sync=True,
            out_of_sync_reason=REFUSED,
        )
    wait = min(every, FIRST_RETRY * (1 << min(state.misses, 16)))
    return replace(known, heartbeat_due_at=now + wait, misses=state.misses + 1)


def succeeded(state: SecretState, now: datetime, every: timedelta) -> SecretState:
    """The current password has just been proven."""
    return replace(
        state,
        heartbeat=HeartbeatStatus.SUCCESS,
        heartbeat_checked_at=now,
        heartbeat_detail="",
        heartbeat_due_at=now + every,
        misses=0,
        is_out_of_sync=False,
        out_of_sync_reason="",
    )
