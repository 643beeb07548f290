"""Offer the heartbeats and password changes that are due, found by index, a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.changers.work import WorkKind
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.rotation import change as changes
from chalicelib.rotation import heartbeat, progress
from chalicelib.rotation.change import PasswordChange, Stage
from chalicelib.rotation.item import Item
from chalicelib.rotation.progress import SOON
from chalicelib.vault.secret import Stored
from chalicelib.vault.state import AfterCheckIn, Due, SecretState, Where

from .ports import LIMIT, Event, Found, Ports, Write, about, password_version

TOGETHER = 10
"""Heartbeats offered by one transaction, and told by one call to SQS."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is written for one secret, and its state from then on."""

    state: SecretState
    writes: Sequence[Write]
    events: Sequence[Event] = ()
    audit: Sequence[AuditRecord] = ()


@dataclass(frozen=True, slots=True)
class Offering:
    """May be repeated: what is out is not due, and each write holds only for what was read."""

    ports: Ports

    def heartbeats(self, where: Where, now: datetime, limit: int = LIMIT) -> Tally:
        """Offer the heartbeats due there. Nothing due: one Query."""
        ids = self.ports.vault.due(Due.HEARTBEAT, where, now, limit)
        stored = self.ports.vault.fetch(ids) if ids else {}
        steps = [step for one in stored.values() if (step := self._heartbeat(one, now))]
        return self._offered(len(ids), steps, TOGETHER, limit)

    def changes(self, where: Where, now: datetime, limit: int = LIMIT) -> Tally:
        """Offer what the changes due there need next, or begin one. Nothing due: one Query.

        Not on a node in maintenance mode.
        """
        ids = self.ports.vault.due(Due.CHANGE, where, now, limit)
        if not ids or not self.ports.may_change():
            return Tally(len(ids))
        stored, found = self.ports.vault.fetch(ids), self.ports.store.find((), ids)
        steps = [step for one in stored.values() if (step := self._change(one, found, now))]
        return self._offered(len(ids), steps, 1, limit)

    def next_for(
        self,
        stored: Stored,
        change: PasswordChange,
        found: Found,
        now: datetime,
        *,
        at_once: bool,
    ) -> Step:
        """Offer what a stored change needs next, as soon as no other work is out."""
        return self._offer_change(stored, change, found, now, at_once=at_once)

    def heartbeat_now(self, stored: Stored, asker: int, now: datetime, *, at_once: bool) -> Step:
        """Offer a heartbeat that a person asked for; `at_once` if he waits for it."""
        item = replace(self._heartbeat_item(stored, now), asker=asker)
        return self._offer_heartbeat(stored, item, now, at_once=at_once)

    def begun(self, stored: Stored, value: Plain, now: datetime) -> PasswordChange:
        """A new change to that password, sealed before anybody touches the target."""
        id = self.ports.ids()
        return PasswordChange(
            id=id,
            secret_id=stored.secret.id,
            candidates=(self.ports.store.seal(value, id, 1),),
            begun_at=now,
            due_at=now,
            current=password_version(stored.secret),
        )

    def replacing(self, change: PasswordChange, found: Found, now: datetime) -> list[Write]:
        """The change in its secret's place; the one before it is kept for a while."""
        former = found.changes.get(change.secret_id)
        kept = [self.ports.store.keep_past(former, now)] if former else []
        return [*kept, self.ports.store.save_change(change, found)]

    def _heartbeat(self, stored: Stored, now: datetime) -> Step | None:
        state = stored.state
        due = state.due_at(Due.HEARTBEAT)
        if due is None or due > now:
            return None  # the index lags behind
        if not stored.secret.checks:
            return self._put(heartbeat.postponed(state, None))
        wait = heartbeat.later(state, now)
        if wait:
            return self._put(heartbeat.postponed(state, wait))
        return self._offer_heartbeat(stored, self._heartbeat_item(stored, now), now)

    def _heartbeat_item(self, stored: Stored, now: datetime) -> Item:
        return self.ports.offered(WorkKind.HEARTBEAT, stored, now)

    def _offer_heartbeat(
        self, stored: Stored, item: Item, now: datetime, *, at_once: bool = False
    ) -> Step:
        state = heartbeat.offered(stored.state, item.id)
        writes = [self.ports.store.save_item(item), self.ports.vault.put_state(state)]
        event = self.ports.event(item, now, at_once=at_once)
        return Step(state, writes, [event])

    def _change(self, stored: Stored, found: Found, now: datetime) -> Step | None:
        state = stored.state
        due = state.due_at(Due.CHANGE)
        if due is None or due > now:
            return None
        wait = progress.later(state, now)
        if wait:
            return self._put(progress.postponed(state, wait))
        change = found.changes.get(stored.secret.id)
        if change is not None and change.is_open:
            return self._offer_change(stored, change, found, now)
        return self._begin(stored, change, found, now)

    def _begin(
        self, stored: Stored, former: PasswordChange | None, found: Found, now: datetime
    ) -> Step:
        """A change because the password has expired, or was seen by who has checked it in."""
        secret, state = stored.secret, stored.state
        why = _why(stored, now)
        unsettled = former is not None and former.stage is Stage.OUT_OF_SYNC
        if unsettled or not why or not secret.on_target:
            free = replace(state, after_check_in=AfterCheckIn.NOTHING)
            return self._put(progress.postponed(free, None))
        if state.checkout is not None:  # its holder works with the password
            return self._put(progress.postponed(state, max(state.checkout.until, now + SOON)))
        if state.after_check_in:
            stored = replace(stored, state=replace(state, after_check_in=AfterCheckIn.BEGUN))
        change = self.begun(stored, self.ports.vault.fresh_password(secret), now)
        step = self._offer_change(stored, change, found, now)
        record = about("PASSWORD CHANGE", secret.id, now, f"begun: {why}", cause=change.id)
        return replace(step, audit=[record])

    def _offer_change(
        self,
        stored: Stored,
        change: PasswordChange,
        found: Found,
        now: datetime,
        *,
        at_once: bool = False,
    ) -> Step:
        known = changes.seen(change, password_version(stored.secret))
        kind, value = known.work
        item = replace(
            self.ports.offered(kind, stored, now),
            change_id=known.id,
            value=value,
            asker=known.asker,
        )
        state = progress.offered(stored.state, item.id)
        return Step(
            state,
            [
                *self._saved(known, found, now),
                self.ports.store.save_item(item),
                self.ports.vault.put_state(state),
            ],
            [self.ports.event(item, now, at_once=at_once)],
        )

    def _saved(self, change: PasswordChange, found: Found, now: datetime) -> list[Write]:
        former = found.changes.get(change.secret_id)
        if former is None or former.id == change.id:
            return [self.ports.store.save_change(change, found)]
        return self.replacing(change, found, now)

    def _put(self, state: SecretState) -> Step:
        return Step(state, [self.ports.vault.put_state(state)])

    def _offered(self, found: int, steps: Sequence[Step], most: int, limit: int) -> Tally:
        """Write the steps, so many together. A site that cannot be told holds up no other."""
        done = failed = 0
        for some in _groups(steps, most):
            try:
                done += self._together(some)
            except Unavailable:
                failed += len(some)
                if failed == len(steps):
                    raise
        more = bool(steps) and found >= limit  # something was moved out of the way
        return Tally(found, done, failed, "more" if more else "")

    def _together(self, steps: Sequence[Step]) -> int:
        """Write several in one transaction, or each alone if one is refused. How many went out.

        One that is refused alone: somebody else acted on that secret, and it will be found again.
        """
        try:
            self.ports.commit(
                [write for step in steps for write in step.writes],
                [record for step in steps for record in step.audit],
                [event for step in steps for event in step.events],
            )
        except Conflict:
            return sum(self._together([one]) for one in steps) if len(steps) > 1 else 0
        return sum(len(step.events) for step in steps)


def _why(stored: Stored, now: datetime) -> str:
    """Why the password is to be changed without anybody asking; "" when it is not."""
    if stored.state.after_check_in:
        return "it was checked in"
    expired = stored.secret.switches.auto_change and stored.state.is_expired(now)
    return "it has expired" if expired else ""


def _groups(steps: Sequence[Step], most: int) -> Iterator[Sequence[Step]]:
    """So many at a time, each time of one site: one queue to tell."""
    by_site: dict[int, list[Step]] = {}
    for step in steps:
        by_site.setdefault(step.state.site_id, []).append(step)
    for group in by_site.values():
        for start in range(0, len(group), most):
            yield group[start : start + most]
