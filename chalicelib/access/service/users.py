"""Users: find, make, change, disable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.access import password as rule
from chalicelib.access.owners import SEEN_USERS, USERS, Owner, require_reaches
from chalicelib.access.permissions import USER
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.restriction import Bound
from chalicelib.access.role import EPOCH
from chalicelib.access.user import Login, Person, Standing, User, folded, named, short
from chalicelib.access.user_change import NewUser, UserChange, changed, locked, told
from chalicelib.access.user_query import UserQuery, sorted_by
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.paging import Page, Paging, page
from chalicelib.core.plain import Plain

from .owning import by_name, resolved
from .ports import (
    Bindings,
    Commit,
    Epochs,
    Factors,
    Groups,
    Hasher,
    Ids,
    Keys,
    Seat,
    Sessions,
    Users,
    Write,
)
from .standings import Standings
from .tokens import TokenService


@dataclass(frozen=True)
class UserService:
    users: Users
    standings: Standings
    groups: Groups
    sessions: Sessions
    factors: Factors
    keys: Keys
    tokens: TokenService
    hasher: Hasher
    commit: Commit
    ids: Ids
    seat: Seat
    epochs: Epochs
    restrictions: Bindings
    policy: Callable[[], rule.Policy]
    mail_is_on: Callable[[], bool]

    def search(self, query: UserQuery, paging: Paging) -> Page[User]:
        """A page of users, by name unless asked otherwise."""
        found = [user for user in self.users.every() if query.finds(user)]
        found.sort(key=lambda user: folded(user.user_name))
        return page(found, paging, sorted_by)

    def logins(self, users: Sequence[User]) -> dict[int, Login]:
        """How the log-ins of these users went, by their ids."""
        return self.users.logins([user.id for user in users])

    def with_factor(self, users: Sequence[User]) -> tuple[frozenset[int], frozenset[int]]:
        """The ids of those who have an app, and of those who have a security key."""
        return self.users.with_factor([user.id for user in users])

    def named(self, ids: Sequence[int]) -> dict[int, User]:
        """Those of these users that exist, by id. One BatchGetItem for a hundred."""
        return self.users.by_ids(ids)

    def get(self, id: int) -> Person:
        """One user. Raises NotFound."""
        person = self.users.find(id)
        if person is None:
            raise NotFound(f"The user {id} was not found.")
        return person

    def see(self, who: Principal, id: int) -> Person:
        """The same for somebody. AccessDenied for who may see only whom he owns, and not him."""
        person = self.get(id)
        require_reaches(who, person.user.owners, SEEN_USERS)
        return person

    def owners(self, user: User) -> list[Owner]:
        """Who may change him without administering users, by name."""
        return by_name(user.owners, self.groups.definitions(), self.users)

    def create(self, who: Principal, new: NewUser, now: datetime) -> Person:
        """A new user with the role User.

        Raises StillUsed when the name is taken, Invalid, Unlicensed when no seat is left.
        """
        rule.check(new.password, new.user_name, self.policy())
        person = self.drafted(new, frozenset({USER}), now)
        return settled(partial(self._create, who, person, now))

    def _create(self, who: Principal, person: Person, now: datetime) -> Person:
        record, seat = _record(who, "CREATE", person.user.id, now), self._seat(None, person, now)
        try:
            self.commit([*self.users.added(person), *seat], [record])
        except Conflict:
            if seat and self.users.find_by_name(person.user.user_name) is None:
                raise  # somebody else took a seat: count again
            raise StillUsed("A user of that name exists already.") from None
        return person

    def _seat(self, before: Person | None, after: Person, now: datetime) -> list[Write]:
        """The writes that take a seat, for a user who had none. Raises Unlicensed."""
        had = before is not None and before.user.takes_seat
        return self.seat(now) if after.user.takes_seat and not had else []

    def drafted(self, new: NewUser, roles: frozenset[int], now: datetime) -> Person:
        """A new user with fresh ids, not written yet."""
        user = User(
            id=self.ids.next("user"),
            user_name=named(new.user_name, "The user name"),
            display_name=named(new.display_name or new.user_name, "The display name"),
            created=now,
            email_address=short(new.email_address, "The e-mail address"),
            enabled=new.enabled,
            is_application_account=new.is_application_account,
            needs_code=new.needs_code,
            mails_codes=new.mails_codes,
            needs_key=new.needs_key,
            personal_group_id=self.ids.next("group"),
        )
        user = self._mailable(changed(user, UserChange()))
        login = Login(user.id, self.hasher.hash(new.password), now)
        standing = Standing(
            user_id=user.id,
            name=user.user_name,
            display_name=user.display_name,
            enabled=user.enabled,
            roles=roles,
            personal_group_id=user.personal_group_id,
        )
        return Person(user, login, standing)

    def change(self, who: Principal, id: int, change: UserChange, now: datetime) -> Person:
        """The user as changed. Disabling, locking and a new password end his sessions at once.

        Raises NotFound, Invalid, StillUsed for the last administrator, Unlicensed when no seat is
        left, and AccessDenied when the user has rights that the caller has not, or when he neither
        administers users nor owns this one.
        """
        return settled(partial(self._change, who, id, change, now))

    def disable(self, who: Principal, id: int, now: datetime) -> None:
        """Nobody comes in by this user any more, from the next request on. May be repeated."""
        self.change(who, id, UserChange(enabled=False), now)

    def change_own_password(
        self, who: Principal, current: Plain, new: Plain, now: datetime
    ) -> Person:
        """A new password for oneself; ends all own sessions but the one in use.

        Raises Invalid when the current one is wrong, which counts as a failed log-in.
        """
        who.require_in_person()
        before = self.get(who.user_id)
        policy, former = self.policy(), self.users.former(who.user_id)
        rule.check(new, before.user.user_name, policy)
        rule.check_age(former, policy, now)
        if not self.tokens.recheck(before, current, who.address, now):
            raise Invalid("The current password is not right.")
        if new.same(current):
            raise Invalid("The new password must differ from the current one.")
        if self._was(former.hashes[: max(policy.history - 1, 0)], new):
            raise Invalid(f"This is one of your last {policy.history} passwords: choose another.")
        after = self._changed(before, UserChange(password=new), now)
        kept = self.sessions.regenerated(who.session_id, after.standing.generation)
        record = _record(who, "PASSWORD_CHANGE", who.user_id, now)
        writes = self._writes(before, after, replace(former, own_at=now))
        self.commit([*writes, kept], [record])
        return self.get(who.user_id)

    def _was(self, hashes: Sequence[str], password: Plain) -> bool:
        """Whether it has one of these hashes. As slow as so many log-ins."""
        return any(self.hasher.matches(one, password) for one in hashes)

    def _change(self, who: Principal, id: int, change: UserChange, now: datetime) -> Person:
        before = self.get(id)
        definitions = self.groups.definitions()
        require_reaches(who, before.user.owners, USERS)
        require_reach_over(who, before.standing, definitions)
        drops = change.needs_code is False and before.has_code
        drops = drops or (change.needs_key is False and before.has_key)
        if drops and id == who.user_id:
            raise AccessDenied("Access denied: take your own second factor away with it.")
        self._keep_his_codes(who, before, change)
        if change.password is not None:
            rule.check(change.password, before.user.user_name, self.policy())
        after = self._changed(before, change, now)
        if change.owners is not None:
            who.require(USERS[0])
            owners = resolved(change.owners, definitions, self.users)
            after = replace(after, user=replace(after.user, owners=owners))
        stays = self._keep_an_administrator(before, after, now)
        audit = [_record(who, action, id, now, detail) for action, detail in told(before, after)]
        if change.ends_sessions:
            audit.append(_record(who, "FORCE_LOGOUT", id, now))
        bound, said = self._bound(who, id, change, now)
        audit += said
        if audit:
            seat = self._seat(before, after, now)
            former = self.users.former(id) if change.password is not None else rule.Former()
            self.commit([*self._writes(before, after, former), *seat, *bound, *stays], audit)
        return self.get(id) if audit else before

    def _changed(self, before: Person, change: UserChange, now: datetime) -> Person:
        user = changed(before.user, change)
        if change.mails_codes:
            user = self._mailable(user)
        login = before.login
        if change.password is not None:
            lockout = login.lockout.after_success()
            hashed = self.hasher.hash(change.password)
            login = replace(login, password_hash=hashed, changed_at=now, lockout=lockout)
        login = locked(login, change, now)
        ends = login.password_hash != before.login.password_hash or not user.enabled
        ends = ends or bool(login.lockout.reason) or change.ends_sessions
        factor = None if change.needs_code is False else before.factor
        keys = None if change.needs_key is False else before.keys
        ends = ends or (user.mails_codes and not before.user.mails_codes)
        ends = ends or (user.needs_code and not before.must_enrol and not before.has_code)
        ends = ends or (user.needs_key and not before.must_enrol and not before.has_key)
        standing = replace(
            before.standing,
            display_name=user.display_name,
            enabled=user.enabled,
            generation=before.standing.generation + int(ends),
        )
        return Person(user, login, standing, factor, keys)

    def _bound(
        self, who: Principal, id: int, change: UserChange, now: datetime
    ) -> tuple[list[Write], list[AuditRecord]]:
        """The writes that bind him to the addresses that are asked for, and their audit."""
        if change.restrictions is None:
            return [], []
        writes, said = self.restrictions.bound(who, Bound("users", id), change.restrictions, now)
        return ([*writes, self.epochs.bump(EPOCH)] if writes else []), said

    def _mailable(self, user: User) -> User:
        """The user, who is to have codes by e-mail only where mail leaves. Raises Invalid."""
        if user.mails_codes and not self.mail_is_on():
            raise Invalid("Set up mail first (/api/v1/configuration/email): codes would not leave.")
        return user

    def _keep_his_codes(self, who: Principal, before: Person, change: UserChange) -> None:
        """A stolen session must not get rid of its user's codes, nor have them sent elsewhere."""
        moves = change.email_address not in (None, before.user.email_address)
        is_his = before.user.mails_codes and before.user.id == who.user_id
        if is_his and (change.mails_codes is False or moves):
            raise AccessDenied("Access denied: another administrator changes your codes.")

    def _keep_an_administrator(self, before: Person, after: Person, now: datetime) -> list[Write]:
        """What has to hold for a lock; `Standings.saved` says it of who is disabled as well."""
        locks = bool(after.login.lockout.reason) and not before.login.lockout.reason
        return self.standings.locking(after.user.id, now) if locks and after.user.enabled else []

    def _writes(self, before: Person, after: Person, former: rule.Former) -> list[Any]:
        """What differs. former: the passwords before the one that may be replaced."""
        writes: list[Any] = []
        if after.user != before.user:
            writes.append(self.users.saved(after.user))
        if after.login != before.login:
            writes.append(self.users.login_saved(after.login))
        if after.login.password_hash != before.login.password_hash:
            hashes = (before.login.password_hash, *former.hashes)[: self.policy().history]
            writes.append(self.users.former_saved(after.user.id, replace(former, hashes=hashes)))
        if before.factor is not None and after.factor is None:
            writes.append(self.factors.removed(before.factor))
        if before.keys is not None and after.keys is None:
            writes.append(self.keys.removed(before.keys))
        if after.standing != before.standing:
            writes += self.standings.saved(before.standing, after.standing)
        return writes


def _record(who: Principal, action: str, id: int, now: datetime, detail: str = "") -> AuditRecord:
    return AuditRecord(who.user_id, action, "User", str(id), now, detail, who.address)
