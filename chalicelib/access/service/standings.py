"""Writes a user's standing, and keeps count of the administrators with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.access.permissions import ADMINISTRATOR
from chalicelib.access.user import Standing
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
            if not self._others_who_may_log_in(after.user_id):
                raise StillUsed("This is the last administrator who can log in.")
            writes.append(self.administrators.left(after.user_id))
        return writes

    def is_last_administrator(self, id: int, now: datetime) -> bool:
        """Whether no other enabled administrator could log in now: then he must not be locked."""
        administrators = self.administrators.fetch()
        if id not in administrators:
            return False
        others = self.users.logins(administrators - {id})
        return all(login.lockout.is_locked(now) for login in others.values())

    def _others_who_may_log_in(self, id: int) -> list[int]:
        """The other administrators; a lock that ends by itself does not count."""
        logins = self.users.logins(self.administrators.fetch() - {id})
        return [other for other, login in logins.items() if not login.lockout.reason]


def is_administrator(standing: Standing) -> bool:
    """Whether he counts as one: enabled, and the role is his own and not only a group's."""
    return standing.enabled and ADMINISTRATOR in standing.roles
