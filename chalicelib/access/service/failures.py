"""Failed attempts: paced, written down, and counted until an account is locked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.lockout import Allowance, Strictness
from chalicelib.access.user import Person
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import Throttled

from .entry import entry_line
from .notices import lock_notice
from .ports import Commit, Desk, Throttle, Users
from .standings import Standings


@dataclass(frozen=True)
class Failures:
    users: Users
    standings: Standings
    throttle: Throttle
    commit: Commit
    desk: Desk

    def pace(self, allowance: Allowance, now: datetime) -> None:
        """Raises Throttled."""
        if not self.throttle.take(allowance, now):
            raise Throttled(wait=allowance.window)

    def count(
        self, person: Person, why: str, address: str, now: datetime, rule: Strictness | None
    ) -> None:
        """Write the failure down, and lock the account if it is one too many.

        rule: how many are; None when it does not count
        """
        login, id = person.login, person.user.id
        record = entry_line(SYSTEM, "LOGIN_FAILED", str(id), now, address, why)
        if rule is None or login.lockout.is_locked(now):
            self.commit([], [record])
            return
        lockout = login.lockout.after_failure(now, rule)
        locks = lockout.is_locked(now)
        if locks and self.standings.is_last_administrator(id, now):
            lockout, locks = login.lockout.after_failure(now, rule, may_lock=False), False
        saved = self.users.login_saved(replace(login, lockout=lockout))
        if not locks:
            self.commit([saved], [record])
            return
        line = entry_line(SYSTEM, "LOCKOUT", str(id), now, address, "too many failures")
        told = lock_notice(self.desk, person, lockout, (rule, address), now)
        self.commit([saved, *told.writes], [record, line], told.events)
