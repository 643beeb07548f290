"""The first administrator: made with the one-time code that the deployment printed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from chalicelib.access import password as rule
from chalicelib.access.lockout import setup_allowance
from chalicelib.access.permissions import ADMINISTRATOR
from chalicelib.access.user import Person
from chalicelib.access.user_change import NewUser
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import AccessDenied, Conflict, StillUsed, Throttled
from chalicelib.core.plain import Plain

from .ports import Administrators, Commit, SetupCode, Throttle, Users
from .users import UserService


@dataclass(frozen=True)
class SetupService:
    code: SetupCode
    users: Users
    administrators: Administrators
    making: UserService
    throttle: Throttle
    commit: Commit

    def is_needed(self) -> bool:
        """Whether the cluster has no administrator yet. One GetItem."""
        return not self.administrators.fetch()

    def first(self, code: Plain, new: NewUser, address: str, now: datetime) -> Person:
        """The first user, with the role Administrator; the code is spent by it.

        Raises AccessDenied for a wrong or late code, StillUsed when there is a user already,
        Invalid for a password that will not do, Throttled.
        """
        allowance = setup_allowance(address)
        if not self.throttle.take(allowance, now):
            raise Throttled(wait=allowance.window)
        if not self.is_needed():
            raise StillUsed("This cluster is set up already.")
        hashed = self._checked(code, address, now)
        rule.check(new.password, new.user_name, self.making.policy())
        roles = frozenset({ADMINISTRATOR})
        person = self.making.drafted(replace(new, enabled=True), roles, now)
        id = person.user.id
        record = AuditRecord(id, "SETUP", "User", str(id), now, "first administrator", address)
        writes = [
            self.code.spent(hashed, now),
            self.administrators.first(id),
            *self.users.added(person),
        ]
        try:
            self.commit(writes, [record])
        except Conflict:
            raise StillUsed("This cluster is set up already.") from None
        return person

    def _checked(self, code: Plain, address: str, now: datetime) -> str:
        """The hash of the code, which is right and in time."""
        presented = hashlib.sha256(code.reveal().strip().encode()).hexdigest()
        kept = self.code.fetch()
        if kept is None or now >= kept[1] or not compare_digest(presented, kept[0]):
            record = AuditRecord(SYSTEM, "SETUP_FAILED", "User", "setup", now, "", address)
            self.commit([], [record])
            raise AccessDenied("The set-up code is wrong or too old: deploy again for a new one.")
        return presented
