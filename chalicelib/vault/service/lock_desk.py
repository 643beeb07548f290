"""What opens DoubleLocks: a person's second password, tried as a log-in's is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.access.lockout import Allowance
from chalicelib.access.principal import Principal
from chalicelib.core.errors import AccessDenied, Throttled, Unsealable
from chalicelib.core.plain import Plain
from chalicelib.vault import double_lock as rules
from chalicelib.vault.comment import RequiresComment
from chalicelib.vault.double_lock import (
    DoubleLock,
    Holder,
    KeyPair,
    RequiresDoubleLockPassword,
    Standing,
    WrongDoubleLockPassword,
)
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.ports import Commit, DoubleLocks
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found


class Throttle(Protocol):
    def take(self, allowance: Allowance, now: datetime) -> bool: ...

    def is_spent(self, allowance: Allowance, now: datetime) -> bool: ...


class LockKeys(Protocol):
    """Makes and opens pairs and boxes. What it is called with as `opener`, it gave itself."""

    def fresh_pair(self, user_id: int, id: str, password: Plain, number: int = 0) -> KeyPair: ...

    def opened(self, pair: KeyPair, password: Plain) -> Any: ...

    def closed_anew(self, pair: KeyPair, opener: Any, password: Plain) -> KeyPair: ...

    def fresh_lock(self, id: int, name: str, pair: KeyPair) -> DoubleLock: ...

    def keys(self, lock: DoubleLock, holder: Holder, opener: Any) -> Mapping[int, bytes]: ...

    def shared(self, lock: DoubleLock, keys: Mapping[int, bytes], pair: KeyPair) -> DoubleLock: ...

    def renewed(
        self, lock: DoubleLock, keys: Mapping[int, bytes], pairs: Collection[KeyPair]
    ) -> DoubleLock: ...


@dataclass(frozen=True, slots=True)
class LockDesk:
    """proves: whether that is the user's log-in password; a failure counts as a failed log-in"""

    finder: Finder
    rows: DoubleLocks
    keys: LockKeys
    throttle: Throttle
    commit: Commit
    proves: Callable[[Principal, Plain, datetime], bool]

    def let_in(self, visit: Visit, at: At) -> Visit:
        """The visit, with the lock of its secret open if a password came and will do.

        No call where none came, or none is asked for; else four, and one or two after a wrong one.
        WrongDoubleLockPassword, Throttled, CreateDoubleLockPassword, DoubleLockNoAccess.
        """
        if visit.second is None:
            return visit
        found = self.finder.look(visit, at)
        if not self._is_asked(visit, found):
            return visit
        return self.through(visit, [found.secret.double_lock], found.secret.id)

    def through(self, visit: Visit, locks: Collection[int], secret_id: int) -> Visit:
        """The visit with those locks open, for the sake of that secret. Raises as `let_in`."""
        opened = {**visit.opened}
        for id in locks:
            lock, pairs = self.rows.with_pairs(id, [visit.who.user_id])
            opened[id] = self.opened(visit, rules.found(lock), pairs, secret_id)
        return replace(visit, opened=opened)

    def opened(
        self,
        visit: Visit,
        lock: DoubleLock,
        pairs: Mapping[int, KeyPair],
        secret_id: int = 0,
    ) -> Mapping[int, bytes]:
        """The keys of a lock, by the visitor's second password."""
        pair = pairs.get(visit.who.user_id)
        mine = lock.holder(visit.who.user_id)
        if why := rules.REFUSALS.get(lock.standing(visit.who.user_id, pair)):
            self._refused(visit, "no holder of it", secret_id, lock.id)
            raise why
        assert pair is not None and mine is not None  # noqa: S101 - his standing says so
        return self.keys.keys(lock, mine, self.opener(visit, pair, secret_id, lock.id))

    def opener(self, visit: Visit, pair: KeyPair, secret_id: int = 0, lock_id: int = 0) -> Any:
        """The private half of the visitor's pair, by his second password."""
        if visit.second is None:
            raise RequiresDoubleLockPassword
        user, now = visit.who.user_id, visit.now
        failures = rules.failures(user)
        if self.throttle.is_spent(failures, now):
            raise Throttled(wait=failures.window)
        if not self.throttle.take(rules.attempts(user), now):
            raise Throttled
        try:
            return self.keys.opened(pair, visit.second)
        except Unsealable:
            self.throttle.take(failures, now)
            self._refused(visit, "the DoubleLock password was wrong", secret_id, lock_id)
            raise WrongDoubleLockPassword from None

    def standing(self, visit: Visit, lock_id: int) -> Standing:
        """What the visitor needs to get through a lock. One read."""
        user = visit.who.user_id
        lock, pairs = self.rows.with_pairs(lock_id, [user])
        return rules.found(lock).standing(user, pairs.get(user))

    def named(self, lock_id: int) -> str:
        """What a lock is called; "" for none. One read at most."""
        lock = self.rows.fetch(lock_id) if lock_id else None
        return lock.name if lock else ""

    def _is_asked(self, visit: Visit, found: Found) -> bool:
        """Whether it is the password that he lacks, and nothing that comes before it."""
        if self.finder.verdict(visit, found, Deed.REVEAL) is not Verdict.ALLOWED:
            return False
        whys = self.finder.refusals(visit, found, Deed.REVEAL)
        others = (RequiresDoubleLockPassword, RequiresComment)
        lacks = any(isinstance(one, RequiresDoubleLockPassword) for one in whys)
        return lacks and all(isinstance(one, others) for one in whys)

    def _refused(self, visit: Visit, why: str, secret_id: int, lock_id: int) -> None:
        """Write down an attempt that failed. One call."""
        about = ("Secret", secret_id) if secret_id else ("DoubleLock", lock_id)
        if not any(about[1:]):
            about = ("User", visit.who.user_id)
        self.commit.record(visit.audit("DOUBLELOCK REFUSED", *about, why))


def first_refusal(whys: Collection[AccessDenied]) -> AccessDenied | None:
    """What keeps the visitor besides the lock itself."""
    others = (one for one in whys if not isinstance(one, RequiresDoubleLockPassword))
    return next(others, None)
