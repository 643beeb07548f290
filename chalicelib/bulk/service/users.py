"""Each action on one user: by the same services as the request for that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access.principal import Principal
from chalicelib.access.service.groups import GroupService
from chalicelib.access.service.users import UserService
from chalicelib.access.user_change import UserChange

from .ports import Doing, Key

CHANGES: Mapping[str, UserChange] = {
    "disable": UserChange(enabled=False),
    "enable": UserChange(enabled=True),
    "force-logout": UserChange(ends_sessions=True),
    "lock": UserChange(locked=True),
    "unlock": UserChange(locked=False),
    "disable-email-two-factor": UserChange(mails_codes=False),
    "disable-fido2-two-factor": UserChange(needs_key=False),
    "disable-totp-auth": UserChange(needs_code=False),
    "enable-email-two-factor": UserChange(mails_codes=True),
    "enable-fido2-two-factor": UserChange(needs_key=True),
    "enable-totp-auth": UserChange(needs_code=True),
}


@dataclass(frozen=True)
class UserDeeds:
    """resets: what forgets a user's second factor, by its action"""

    users: UserService
    groups: GroupService
    resets: Mapping[str, Callable[[Principal, int, datetime], None]]

    def rows(self, id: int) -> Sequence[Key]:
        return ()

    def do(self, doing: Doing, id: int) -> None:
        who, now = doing.visit.who, doing.visit.now
        who.require(doing.action.permission)
        if doing.action.name in CHANGES:
            self.users.change(who, id, CHANGES[doing.action.name], now)
        elif doing.action.name in self.resets:
            self.resets[doing.action.name](who, id, now)
        else:
            joins = doing.action.name == "add-to-group"
            move = self.groups.join if joins else self.groups.leave
            move(who, [doing.arguments["group"]], [id], now)

    def name(self, doing: Doing, id: int) -> str:
        """One read."""
        found = self.users.named([id]).get(id)
        return found.user_name if found else f"user {id}"
