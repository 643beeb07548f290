"""Forgets who a user was. His id stays: secrets, grants and the trail name him by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.access.owners import NO_OWNERS
from chalicelib.access.password import Former
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.user import Person
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import NotFound, StillUsed

from .ports import Commit, Factors, Groups, Keys, Users
from .standings import Standings


@dataclass(frozen=True)
class Forgetting:
    users: Users
    standings: Standings
    groups: Groups
    factors: Factors
    keys: Keys
    commit: Commit

    def require_may_go(self, who: Principal, id: int) -> Person:
        """The user. Raises NotFound, StillUsed for an enabled one, AccessDenied as any change."""
        person = self.users.find(id)
        if person is None:
            raise NotFound(f"The user {id} was not found.")
        require_reach_over(who, person.standing, self.groups.definitions())
        if person.user.enabled:
            raise StillUsed("Disable the user first.")
        return person

    def forget(self, who: Principal, id: int, now: datetime) -> None:
        """Names, e-mail address, passwords and second factors go; his old name is free again.

        One transaction. May be repeated: then nothing is written.
        """
        settled(partial(self._forget, who, id, now))

    def _forget(self, who: Principal, id: int, now: datetime) -> None:
        before = self.require_may_go(who, id)
        name = f"deleted-user-{id}"
        if before.user.user_name == name:
            return
        user = replace(
            before.user,
            user_name=name,
            display_name=f"Deleted user {id}",
            email_address="",
            mails_codes=False,
            owners=NO_OWNERS,
        )
        login = replace(before.login, password_hash="", last_login=None)
        standing = replace(before.standing, name=name, display_name=user.display_name)
        writes = [
            *self.groups.named("user", id, name, before.user.user_name),
            self.users.saved(user),
            self.users.login_saved(login),
            self.users.former_saved(id, Former()),
            *self.standings.saved(before.standing, standing),
        ]
        if before.factor is not None:
            writes.append(self.factors.removed(before.factor))
        if before.keys is not None:
            writes.append(self.keys.removed(before.keys))
        said = AuditRecord(who.user_id, "DELETE PII", "User", str(id), now, "", who.address)
        self.commit(writes, [said])
