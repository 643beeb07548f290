"""Secrets under a DoubleLock: put there, moved to another, taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.core.errors import StillUsed
from chalicelib.vault import change as rules
from chalicelib.vault.double_lock import found as demand_found
from chalicelib.vault.grants import Deed
from chalicelib.vault.ports import Commit, DoubleLocks, Secrets, Values, Write
from chalicelib.vault.restriction import demand_terms
from chalicelib.vault.secret import Secret, check_size
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found
from .indexing import Indexing
from .lock_desk import LockDesk, first_refusal

TOGETHER = 10
"""Former values sealed anew in one transaction: each has up to 256 KB."""


@dataclass(frozen=True, slots=True)
class LockingService:
    finder: Finder
    desk: LockDesk
    rows: DoubleLocks
    secrets: Secrets
    values: Values
    indexing: Indexing
    commit: Commit

    def put_under(self, visit: Visit, at: At, lock_id: int) -> Found:
        """Have a secret's values under that lock, or under none. Its Owner's, with a second
        password that opens both. May be repeated, and may die anywhere: its history goes first,
        and what of it was moved asks for the password from then on.

        Invalid while something works with its values, StillUsed while it works for others.
        """
        found = self.finder.secret(visit, at, Deed.EDIT)
        before = found.secret
        if before.double_lock == lock_id:
            return found
        for deed in (Deed.OWN, Deed.REVEAL):
            self.finder.demand(visit, found, deed)
        if why := first_refusal(self.finder.refusals(visit, found, Deed.REVEAL)):
            raise self.finder.refused(visit, found, Deed.REVEAL, why)
        demand_terms(before, replace(before, double_lock=lock_id), found.state, visit)
        if served := self._served(before.id):
            raise StillUsed(f"The secret is the privileged account of {served} others.")
        both = [one for one in (before.double_lock, lock_id) if one]
        visit = self.desk.through(visit, both, before.id)
        values = self.values.under(visit.opened, lock_id)
        self._history(values, before, lock_id)
        return self._write(visit, found, _moved(values, before, lock_id))

    def _served(self, id: int) -> int:
        """How many secrets it is the privileged account of, deleted ones included."""
        others = self.secrets.fetch(self.secrets.served(id)).values()
        return sum(one.secret.privileged_id == id for one in others)

    def _history(self, values: Values, secret: Secret, lock_id: int) -> None:
        """Seal former values anew, before the secret itself: what is behind the lock stays."""
        left = [one for one in self.secrets.former(secret.id) if one[0].lock != lock_id]
        for start in range(0, len(left), TOGETHER):
            self.commit(
                [
                    self.secrets.keep_anew(secret.id, former, values.moved(secret.id, former), at)
                    for former, at in left[start : start + TOGETHER]
                ]
            )

    def _write(self, visit: Visit, found: Found, after: Secret) -> Found:
        before = found.secret
        state = rules.next_state(found.state, before, after, (), visit.now)
        is_same = state == found.state
        put_state = self.secrets.unchanged_state if is_same else self.secrets.put_state
        told = f"under the DoubleLock {self.desk.named(after.double_lock)}"
        line = visit.audit(
            "DOUBLELOCK", "Secret", before.id, told if after.double_lock else "under none any more"
        )
        writes = [self.secrets.put(after), put_state(state)]
        writes += self.indexing.writes(visit, before, after)
        self.commit([*writes, *self._counts(before, after)], [line])
        return replace(found, secret=after, state=state)

    def _counts(self, before: Secret, after: Secret) -> Sequence[Write]:
        counts = {before.double_lock: -1, after.double_lock: 1}
        return [
            self.rows.put(demand_found(self.rows.fetch(id)).counted(more))
            for id, more in counts.items()
            if id
        ]


def _moved(values: Values, secret: Secret, lock_id: int) -> Secret:
    """The secret with every value under that lock, each of the version that it had."""
    after = replace(
        secret,
        double_lock=lock_id,
        values={slug: values.moved(secret.id, one) for slug, one in secret.values.items()},
        former=tuple(values.moved(secret.id, one) for one in secret.former),
    )
    check_size([*after.values.values(), *after.former])
    return after
