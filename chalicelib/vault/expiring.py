"""When the owners of a secret are told that its password expires: once a threshold."""

from __future__ import annotations

from datetime import datetime, timedelta

from .state import SecretState, Warned

THRESHOLDS = (30, 14, 7, 1, 0)
"""Days before the end; 0: it has expired. One that was passed over is not told of later."""


def warning_at(state: SecretState) -> datetime | None:
    """When the next threshold is reached; None for never: it is told of, deleted, or the password
    is changed by itself then."""
    ends, left = state.expires_at, _left(state)
    if ends is None or not left or not state.is_active or state.change_due_at is not None:
        return None
    return _before(ends, left[0])


def reached(state: SecretState, now: datetime) -> int | None:
    """The threshold that people are to be told of now; None when there is none."""
    at, ends = warning_at(state), state.expires_at
    if at is None or ends is None or at > now:
        return None
    return min(days for days in _left(state) if _before(ends, days) <= now)


def _before(ends: datetime, days: int) -> datetime:
    """That many days before the end, or the first moment that there is."""
    return ends - min(timedelta(days=days), ends - datetime.min.replace(tzinfo=ends.tzinfo))


def _left(state: SecretState) -> list[int]:
    """Thresholds that nobody was told of, for the time of expiry that counts now."""
    known: Warned | None = state.warned
    if known is None or known.of != state.expires_at:
        return list(THRESHOLDS)
    return [days for days in THRESHOLDS if days < known.days]
