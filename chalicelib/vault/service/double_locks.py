"""DoubleLocks and second passwords: made, changed, shared with holders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.access import password as policy
from chalicelib.core.errors import Invalid, StillUsed, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.vault import double_lock as rules
from chalicelib.vault.double_lock import CreateDoubleLockPassword, DoubleLock, KeyPair
from chalicelib.vault.ports import Commit, Counter, DoubleLocks, Write
from chalicelib.vault.visit import Visit

from .lock_desk import LockDesk, LockKeys

VIEW, ADMINISTER = "View DoubleLock Keys", "Administer DoubleLock Keys"


@dataclass(frozen=True, slots=True)
class DoubleLockService:
    """Conflict where somebody else changed the same lock meanwhile: then nothing was."""

    desk: LockDesk
    rows: DoubleLocks
    keys: LockKeys
    counter: Counter
    commit: Commit
    ids: Ids

    def set_password(self, visit: Visit, new: Plain) -> None:
        """Make the visitor's second password, or change it: then the present one came along."""
        visit.who.require_in_person()
        policy.check(new, visit.who.name)
        mine, present = visit.who.user_id, self._mine(visit)
        if present is None:
            pair = self.keys.fresh_pair(mine, self.ids(), new)
            self._save_pair(visit, pair, "CREATE DOUBLELOCK PASSWORD")
            return
        opener = self.desk.opener(visit, present)
        pair = self.keys.closed_anew(present, opener, new)
        self._save_pair(visit, pair, "CHANGE DOUBLELOCK PASSWORD")

    def replace_lost(self, visit: Visit, new: Plain, login: Plain) -> None:
        """Make a new pair where the second password is lost, for who proves who he is.

        He is a holder of nothing then, until another adds him anew. StillUsed where there is no
        other: what is under that lock would be lost for good.
        """
        visit.who.require_in_person()
        policy.check(new, visit.who.name)
        if not self.desk.proves(visit.who, login, visit.now):
            raise Invalid("The password is not right.")
        present = self._mine(visit)
        if present is None:
            raise CreateDoubleLockPassword
        if last := [one.name for one in self.rows.all() if self._is_last(one, present)]:
            raise StillUsed(f"You are the last holder of {', '.join(last)}: nobody could add you.")
        pair = self.keys.fresh_pair(visit.who.user_id, self.ids(), new, present.number)
        pair = replace(pair, version=present.version)
        self._save_pair(visit, pair, "REPLACE DOUBLELOCK PASSWORD")

    def all(self, visit: Visit) -> Sequence[DoubleLock]:
        """The locks, by name; those that he holds, for who may not see them all. One Query."""
        sees_all = visit.who.may(VIEW) or visit.who.may(ADMINISTER)
        found = [
            one for one in self.rows.all() if sees_all or one.holder(visit.who.user_id) is not None
        ]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    def get(self, visit: Visit, id: int) -> DoubleLock:
        """One of those. NotFound for others."""
        lock = rules.found(self.rows.fetch(id))
        if not visit.who.may(VIEW) and not visit.who.may(ADMINISTER):
            lock = rules.found(lock if lock.holder(visit.who.user_id) else None)
        return lock

    def create(self, visit: Visit, name: str) -> DoubleLock:
        """Make a lock with the visitor as its holder. Each call another; Invalid for a known name.

        CreateDoubleLockPassword for who has no second password.
        """
        visit.who.require(ADMINISTER)
        clean = rules.named(name)
        known = self._demand_free(clean)
        if len(known) >= rules.MOST_LOCKS:
            raise Invalid(f"A cluster has at most {rules.MOST_LOCKS} DoubleLocks.")
        pair = self._mine(visit)
        if pair is None:
            raise CreateDoubleLockPassword
        lock = self.keys.fresh_lock(self.counter.next("double-lock"), clean, pair)
        self._save(visit, "CREATE", lock, lock.name)
        return lock

    def rename(self, visit: Visit, id: int, name: str) -> DoubleLock:
        """May be repeated."""
        visit.who.require(ADMINISTER)
        lock = rules.found(self.rows.fetch(id))
        after = replace(lock, name=rules.named(name))
        if after != lock:
            self._demand_free(after.name, but=lock)
            self._save(visit, "UPDATE", after, f"{lock.name} is called {after.name}")
        return after

    def delete(self, visit: Visit, id: int) -> None:
        """StillUsed while secrets are under it, deleted ones included."""
        visit.who.require(ADMINISTER)
        lock = rules.found(self.rows.fetch(id))
        if lock.secrets:
            raise StillUsed(f"{lock.secrets} secrets are under the DoubleLock.")
        line = visit.audit("DELETE", "DoubleLock", id, lock.name)
        self.commit([self.rows.remove(lock)], [line])

    def add(self, visit: Visit, id: int, user_id: int) -> DoubleLock:
        """Let that user hold the lock too; any holder may, with his second password.

        May be repeated. Invalid for a user without a second password.
        """
        lock, pairs = self.rows.with_pairs(id, [visit.who.user_id, user_id])
        lock = self._known(visit, lock)
        keys = self.desk.opened(visit, lock, pairs)
        theirs = pairs.get(user_id)
        if theirs is None:
            raise Invalid("That user has no DoubleLock password yet: he makes one first.")
        holder = lock.holder(user_id)
        if holder is not None and holder.pair == theirs.id:
            return lock
        after = self.keys.shared(lock, keys, theirs)
        self._save(visit, "ADD HOLDER", after, f"user {user_id}")
        return after

    def remove(self, visit: Visit, id: int, user_id: int) -> DoubleLock:
        """Let that user hold the lock no more. May be repeated. StillUsed for the last one.

        By a holder, with his second password: values are sealed under a new key from then on. By
        an administrator without one: his box is gone, and the key stays.
        """
        lock, pairs = self.rows.with_pairs(id, [visit.who.user_id])
        lock = self._known(visit, lock)
        if lock.holder(user_id) is None:
            return lock
        left = lock.without(user_id)
        if visit.second is None:
            visit.who.require(ADMINISTER)
            self._save(visit, "REMOVE HOLDER", left, f"user {user_id}; the key stays")
            return left
        if lock.edition >= rules.MOST_EDITIONS:
            raise Invalid("The DoubleLock has had too many keys: make another.")
        keys = self.desk.opened(visit, lock, pairs)
        _, theirs = self.rows.with_pairs(0, [one.user_id for one in left.holders])
        live = [pair for pair in theirs.values() if _holds(left, pair)]
        if not live and left.secrets:
            raise StillUsed("Nobody else could open the DoubleLock.")
        after = self.keys.renewed(left, keys, live)
        self._save(visit, "REMOVE HOLDER", after, f"user {user_id}; key {after.edition} from now")
        return after

    def _known(self, visit: Visit, lock: DoubleLock | None) -> DoubleLock:
        """The lock, for who holds it or administers locks."""
        sees = lock is not None and (
            visit.who.may(ADMINISTER) or lock.holder(visit.who.user_id) is not None
        )
        return rules.found(lock if sees else None)

    def _mine(self, visit: Visit) -> KeyPair | None:
        return self.rows.with_pairs(0, [visit.who.user_id])[1].get(visit.who.user_id)

    def _is_last(self, lock: DoubleLock, pair: KeyPair) -> bool:
        """Whether nobody but who has that pair opens the lock, and secrets are under it."""
        if not lock.secrets or not _holds(lock, pair):
            return False
        others = [one.user_id for one in lock.holders if one.user_id != pair.user_id]
        _, pairs = self.rows.with_pairs(0, others)
        return not any(_holds(lock, one) for one in pairs.values())

    def _demand_free(self, name: str, but: DoubleLock | None = None) -> Sequence[DoubleLock]:
        known = self.rows.all()
        same = [one.id for one in known if one.name.casefold() == name.casefold()]
        if set(same) - {but.id if but else 0}:
            raise Invalid("Another DoubleLock has that name.")
        return known

    def _save(self, visit: Visit, action: str, lock: DoubleLock, told: str) -> None:
        self._commit(visit, self.rows.put(lock), action, "DoubleLock", lock.id, told)

    def _save_pair(self, visit: Visit, pair: KeyPair, action: str) -> None:
        self._commit(visit, self.rows.put_pair(pair), action, "User", pair.user_id, "")

    def _commit(  # noqa: PLR0913 - a write, and its line of the trail
        self, visit: Visit, write: Write, action: str, kind: str, id: int, told: str
    ) -> None:
        if visit.upgrading:  # the version before would not keep what it does not know
            raise Unavailable("DoubleLocks can be changed once the upgrade in progress is over.")
        self.commit([write], [visit.audit(action, kind, id, told)])


def _holds(lock: DoubleLock, pair: KeyPair) -> bool:
    holder = lock.holder(pair.user_id)
    return holder is not None and holder.pair == pair.id
