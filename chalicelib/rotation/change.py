"""A password change as a value: what may be in force on the target, and what to do next (DESIGN 8).

    waiting -> claimed -> done            changed: the candidate is proven and becomes current
                       -> waiting         refused, or never begun: the old one stands, try later
                       -> resolving       uncertain, or silence: one value is tried a run
    resolving -> done | waiting           one of them opened
              -> out of sync              none did: all are kept, a person decides

A candidate leaves the record only when another value has been proven.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.changers.target import Outcome
from chalicelib.changers.work import ChangeStatus, WorkKind
from chalicelib.core.errors import Conflict, Stale

CURRENT = 0
"""The number of the value in the secret's field; candidates count from 1."""


class Stage(StrEnum):
    """Where a password change is."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RESOLVING = "resolving"
    DONE = "done"
    STOPPED = "stopped"
    GAVE_UP = "gave-up"  # refused as often as allowed; the old value stands
    OUT_OF_SYNC = "out-of-sync"


OVER = frozenset({Stage.DONE, Stage.STOPPED, Stage.GAVE_UP})
"""The ends at which a value is known to be in force."""

NOT_BEGUN = frozenset({*Outcome, ChangeStatus.LATE}) - {Outcome.SUCCESS, Outcome.FAILED}
"""Answers that say: nothing was changed there."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When a change that came to nothing is tried again.

    lockout: how long targets remember wrong logins; the next value is not tried before
    """

    interval: timedelta = timedelta(minutes=15)
    most: timedelta = timedelta(hours=24)
    attempts: int = 25
    lockout: timedelta = timedelta(minutes=30)

    def wait(self, failed: int) -> timedelta:
        """How long to wait after the failed attempt of that number."""
        doublings = min(max(failed - 1, 0), 16)
        return min(self.interval * (1 << doublings), self.most)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A password that may be in force, sealed. `number` counts up within its change."""

    number: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """One change of one secret's password.

    candidates: oldest first; all that may be in force, and the one to set next as the last
    given:      a person gave the candidate: no other is made in its place
    tried:      numbers of the values that the target refused in this resolution
    current:    version of the secret's current value when the resolution began
    failed:     attempts that came to nothing
    proven:     the number of the value known to be in force, None while unknown
    """

    id: str
    secret_id: int
    candidates: tuple[Candidate, ...]
    begun_at: datetime
    due_at: datetime
    stage: Stage = Stage.WAITING
    given: bool = False
    asker: int = 0
    tried: tuple[int, ...] = ()
    current: int = 0
    failed: int = 0
    proven: int | None = CURRENT
    stopping: bool = False
    message: str = ""

    @property
    def candidate(self) -> int:
        """The number of the value that the change is to set."""
        return self.candidates[-1].number

    @property
    def is_over(self) -> bool:
        return self.stage in OVER

    @property
    def is_open(self) -> bool:
        """Whether there is work to do for it without a person."""
        return self.stage in (Stage.WAITING, Stage.CLAIMED, Stage.RESOLVING)

    @property
    def work(self) -> tuple[WorkKind, int]:
        """What to offer next: a change to the candidate, or one try of one value."""
        if self.stage is Stage.WAITING:
            return WorkKind.CHANGE, self.candidate
        if self.stage is Stage.RESOLVING and self._untried:
            return WorkKind.VERIFY, self._untried[0]
        raise Conflict("there is nothing to do for this password change now")

    @property
    def _untried(self) -> tuple[int, ...]:
        """The values to try, the candidate first, the current one last."""
        numbers = [one.number for one in reversed(self.candidates)] + [CURRENT]
        return tuple(number for number in numbers if number not in self.tried)

    def sealed(self, number: int) -> bytes:
        """The sealed candidate of that number."""
        return next(one.sealed for one in self.candidates if one.number == number)


def claimed(change: PasswordChange) -> PasswordChange:
    """Somebody may be changing the target from now on; before, nobody is."""
    if change.stage is not Stage.WAITING:
        raise Stale("this password change is not waiting for anybody")
    return replace(change, stage=Stage.CLAIMED, proven=None)


def answered(
    change: PasswordChange, status: str, detail: str, now: datetime, retry: Retry
) -> PasswordChange:
    """The change once its holder has said how it ended. An unknown word is no certainty."""
    match status:
        case ChangeStatus.CHANGED:
            return replace(change, stage=Stage.DONE, proven=change.candidate, message="")
        case ChangeStatus.REFUSED:
            return _put_off(change, detail or "the target refused the change", now, retry)
        case ChangeStatus.REFUSED_BY_POLICY if change.given:
            refused = _stands(change, detail or "the target's rules refuse the given password")
            return replace(refused, stage=Stage.STOPPED, failed=change.failed + 1)
        case ChangeStatus.REFUSED_BY_POLICY:
            return _put_off(change, detail or "the target's rules refused it", now, retry)
        case _ if status in NOT_BEGUN:
            return _put_off(change, detail or status, now, retry)
    return uncertain(change, detail or "either password may be in force", now)


def uncertain(change: PasswordChange, why: str, now: datetime) -> PasswordChange:
    """Either value may be in force: find out, beginning with the candidate, at once."""
    return replace(change, stage=Stage.RESOLVING, proven=None, tried=(), due_at=now, message=why)


def silent(change: PasswordChange, now: datetime, retry: Retry) -> PasswordChange:
    """Nobody answered within the lease. A try that nobody answered may have been a wrong login."""
    if change.stage is Stage.CLAIMED:
        return uncertain(change, "nobody answered", now)
    if change.stage is Stage.RESOLVING:
        return replace(change, due_at=now + retry.lockout)
    return change


def tried(
    change: PasswordChange, number: int, outcome: str, now: datetime, retry: Retry
) -> PasswordChange:
    """The change once one of its values was tried."""
    if change.stage is not Stage.RESOLVING:
        raise Stale("this password change is no longer being resolved")
    if outcome == Outcome.SUCCESS:
        return _opened(change, number, now, retry)
    if outcome == Outcome.FAILED:
        return _refused(change, number, now, retry)
    wait = retry.lockout if outcome == Outcome.LOCKED_OUT else min(retry.interval, retry.lockout)
    return replace(change, due_at=now + wait, message=f"a login to find out gave {outcome}")


def seen(change: PasswordChange, version: int) -> PasswordChange:
    """The same change, knowing the version of the current value: a new one is worth a try."""
    if change.current == version:
        return change
    tried = tuple(number for number in change.tried if number != CURRENT)
    return replace(change, current=version, tried=tried)


def renewed(change: PasswordChange, sealed: Candidate) -> PasswordChange:
    """With a new candidate. The old ones go only if the current value was proven."""
    kept = () if change.proven == CURRENT else change.candidates
    return replace(change, candidates=(*kept, sealed))


def next_number(change: PasswordChange) -> int:
    return change.candidate + 1


def stopped(change: PasswordChange, now: datetime) -> PasswordChange:
    """No further attempt. What is under way is still brought to a known end."""
    if change.stage is Stage.WAITING:
        return replace(_stands(change, "stopped by a person"), stage=Stage.STOPPED)
    return replace(change, stopping=True) if change.is_open else change


def resumed(change: PasswordChange, now: datetime) -> PasswordChange:
    """Try all values again, when a person asks for it after none had opened."""
    if change.stage is not Stage.OUT_OF_SYNC:
        raise Conflict("a password change is already under way")
    return uncertain(change, "a person asked to find out again", now)


def proven_otherwise(change: PasswordChange) -> PasswordChange:
    """The current value was proven by a heartbeat: what was out of sync is settled."""
    if change.stage not in (Stage.OUT_OF_SYNC, Stage.RESOLVING):
        return change
    return replace(_stands(change, "the current password logs in"), stage=Stage.STOPPED)


def is_refused_by_policy(change: PasswordChange, status: str) -> bool:
    """Whether another candidate is to be made before the next attempt."""
    return status == ChangeStatus.REFUSED_BY_POLICY and change.stage is Stage.WAITING


def _opened(change: PasswordChange, number: int, now: datetime, retry: Retry) -> PasswordChange:
    if number == CURRENT:
        return _put_off(change, "the target still has the old password", now, retry)
    return replace(change, stage=Stage.DONE, proven=number, message="")


def _refused(change: PasswordChange, number: int, now: datetime, retry: Retry) -> PasswordChange:
    known = replace(change, tried=(*change.tried, number), due_at=now + retry.lockout)
    if known._untried:
        return known
    return replace(
        known, stage=Stage.OUT_OF_SYNC, message="no stored password logs in: all are kept"
    )


def _put_off(change: PasswordChange, why: str, now: datetime, retry: Retry) -> PasswordChange:
    """The old value stands and the change is tried again later, unless that was the last time."""
    failed = change.failed + 1
    old = replace(_stands(change, why), failed=failed)
    if change.stopping:
        return replace(old, stage=Stage.STOPPED)
    if failed >= retry.attempts:
        return replace(old, stage=Stage.GAVE_UP)
    return replace(old, stage=Stage.WAITING, due_at=now + retry.wait(failed))


def _stands(change: PasswordChange, why: str) -> PasswordChange:
    return replace(change, proven=CURRENT, tried=(), message=why)
