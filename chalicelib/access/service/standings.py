"""Writes a user's standing, and keeps count of the administrators with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.access.permissions import ADMINISTRATOR
from chalicelib.access.user import Login, Standing
from chalicelib.core.errors import StillUsed

from .ports import Administrators, Users


@dataclass(frozen=True)
class Standings:
    """The one way in which principal rows change: what a request sees is never older than this."""

    users: Users
    administrators: Administrators

    def saved(self, before: Standing | None, after: Standing) -> list[Any]:
        """The writes of a changed standing.

        Raises StillUsed when nobody would be left who is an enabled Administrator himself, and not
        locked until an administrator opens him.
        """
        was = before is not None and is_administrator(before)
        writes = [self.users.standing_saved(after)]
        if is_administrator(after) and not was:
            writes.append(self.administrators.joined(after.user_id))
        if was and not is_administrator(after):
            others = self.administrators.fetch() - {after.user_id}
            # a lock that ends by itself does not count
            other = self._one_of(others, lambda login: bool(login.lockout.reason))
            writes.append(self.administrators.left(after.user_id, other.user_id))
            writes.append(self.users.login_stays(other))
        return writes

    def locking(self, id: int, now: datetime) -> list[Any]:
        """What has to hold, beside it, when a user is locked: that another administrator stays.

        So of two who lock each other at once, one is refused. StillUsed when there is no other.
        """
        administrators = self.administrators.fetch()
        if id not in administrators:
            return []
        other = self._one_of(administrators - {id}, lambda login: login.lockout.is_locked(now))
        return [self.administrators.stays(other.user_id), self.users.login_stays(other)]

    def is_last_administrator(self, id: int, now: datetime) -> bool:
        """Whether no other enabled administrator could log in now: then he must not be locked."""
        administrators = self.administrators.fetch()
        if id not in administrators:
            return False
        others = self.users.logins(administrators - {id})
        return all(login.lockout.is_locked(now) for login in others.values())

    def _one_of(self, others: frozenset[int], is_out: Callable[[Login], bool]) -> Login:
        """The log-in of one who can come in. StillUsed when nobody can."""
        logins = self.users.logins(others)
        found = (logins[id] for id in sorted(logins) if not is_out(logins[id]))
        if (one := next(found, None)) is None:
            raise StillUsed("This is the last administrator who can log in.")
        return one


def is_administrator(standing: Standing) -> bool:
    """Whether he counts as one: enabled, and the role is his own and not only a group's."""
    return standing.enabled and ADMINISTRATOR in standing.roles
