"""Rotation of the data keys: ask for one, see how far it is, cancel it, and do it in slices."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict, Stale, StillUsed
from chalicelib.core.messages import Message, message
from chalicelib.keys import rotation as rules
from chalicelib.keys.rotation import COUNTING, LEASE_SLACK, Page, Rotation, Stage

from .ports import LIFE, QUEUE, ROTATE, Commit, Outgoing, Ring, Rotations, Rows, Send, Who

AGAIN = timedelta(minutes=1)
"""How long a slice waits while the vault is read-only or the KMS key is being replaced."""

MOST_DELAY = timedelta(minutes=15)  # SQS delays no longer
FORSAKEN = timedelta(minutes=20)
"""Past that no message is on its way: asked for again, the rotation goes on."""


@dataclass(frozen=True, slots=True)
class Status:
    """The newest rotation, and whether its end was asked for."""

    rotation: Rotation | None
    is_cancelling: bool = False


@dataclass(frozen=True)
class RotationService:
    """read_only: whether this node may not change the vault now"""

    store: Rotations
    ring: Ring
    rows: Rows
    commit: Commit
    outgoing: Outgoing
    bus: Send
    read_only: Callable[[], bool]
    ids: Callable[[], str]
    clock: Clock
    log: logging.Logger

    # -- people

    def status(self) -> Status:
        """How the newest rotation stands. At most two reads."""
        found = self.store.newest()
        if found is None or found.is_over:
            return Status(found)
        return Status(found, self.store.is_cancelled(found.id))

    def request(self, who: Who, now: datetime) -> Status:
        """Begin a rotation. While one is under way, that one goes on; StillUsed if it does."""
        before = self.store.newest()
        if before is not None and not before.is_over:
            return self._resumed(who, before, now)
        version = before.version if before else 0
        asked = Rotation(self.ids(), now, who.user_id, version=version)
        audit = _audit(who, "ROTATE SECRET KEYS REQUESTED", asked.id, now)
        event = self.outgoing(QUEUE, self._message(asked, now))
        self.commit([self.store.put(asked)], [audit], [event])
        return self.status()

    def cancel(self, who: Who, now: datetime) -> Status:
        """Ask for its end. A new key that was made stays, and stays primary. May be repeated."""
        found = self.store.newest()
        if found is None or found.is_over:
            raise StillUsed("no rotation of the keys is under way: there is nothing to cancel")
        audit = _audit(who, "ROTATE SECRET KEYS CANCEL REQUESTED", found.id, now)
        event = self.outgoing(QUEUE, self._message(found, now))
        self.commit([self.store.cancel(found.id)], [audit], [event])
        return self.status()

    def _resumed(self, who: Who, found: Rotation, now: datetime) -> Status:
        moments = (found.asked_at, found.lease_until, found.not_before, found.touched_at)
        touched = max(filter(None, moments))
        if now < touched + FORSAKEN:
            raise StillUsed("a rotation of the keys is under way: see its status, or cancel it")
        audit = _audit(who, "ROTATE SECRET KEYS RESUMED", found.id, now)
        self.commit([], [audit], [self.outgoing(QUEUE, self._message(found, now))])
        return self.status()

    # -- the worker

    def run(self, id: str, now: datetime, deadline: datetime) -> None:
        """One slice of that rotation; another message goes on with what is left.

        May be repeated and may die anywhere. Stale: it is over, or another worker's now.
        """
        found = self.store.newest()
        if found is None or found.id != id or found.is_over or found.is_leased(now):
            raise Stale
        if found.waits(now) and not self.store.is_cancelled(id):
            self._send(found, now, found.waits(now))
            return
        mine = self._saved(rules.claimed(found, deadline + LEASE_SLACK))
        self.ring.forget()
        try:
            after = self._slice(mine, deadline)
        except Stale:
            raise
        except ConclaveError as error:
            self._let_go(mine, str(error))
            raise
        if not after.is_over:
            self._go_on(after)

    def _slice(self, mine: Rotation, deadline: datetime) -> Rotation:
        """Page after page until time is up, it has to wait, or it is over."""
        while not mine.is_over:
            now = self.clock()
            if self.store.is_cancelled(mine.id):
                return self._end(rules.ended(mine, Stage.CANCELLED, now, _kept(mine)))
            if now >= deadline or mine.waits(now):
                return mine
            if self.read_only():
                return self._waiting(mine, "it waits: this node is in maintenance mode")
            mine = self._begin(mine) if mine.stage is Stage.REQUESTED else self._page(mine)
        return mine

    def _begin(self, mine: Rotation) -> Rotation:
        """The new key and the beginning in one transaction: a key that nobody knows of is none."""
        if self.ring.is_moving():
            return self._waiting(mine, "it waits: the KMS key is being replaced (make rekey)")
        now = self.clock()
        write, primary, escrow = self.ring.add_key(now)
        after = rules.begun(mine, primary, now)
        boxed = f"boxed to escrow key {escrow}" if escrow else "no escrow is set"
        detail = f"data key {primary} is made and seals from now on; {boxed}"
        audit = _own("ROTATE SECRET KEYS STARTED", mine.id, now, detail)
        try:
            self.commit([write, self.store.put(after)], [audit])
        except Conflict as error:
            raise Stale from error
        self.ring.forget()
        return self._mine(after)

    def _page(self, mine: Rotation) -> Rotation:
        current = mine.current
        assert current is not None  # noqa: S101
        read = self.rows.count if current.number == COUNTING else self.rows.reseal
        page: Page = read(current.cursor)
        after = rules.paged(mine, page, self.clock())
        return self._end(after) if after.is_over else self._saved(after)

    def _end(self, after: Rotation) -> Rotation:
        """The row and the trail in one: a rotation that is not on the trail did not end."""
        action = _ENDINGS[after.stage]
        now = self.clock()
        detail = f"{after.resealed:,} values sealed anew. {after.message}".strip()
        try:
            self.commit([self.store.put(after)], [_own(action, after.id, now, detail)])
        except Conflict as error:
            raise Stale from error
        if after.stage is Stage.FAILED:
            facts = {"rotation": after.id, "why": after.message}
            self.log.error("rotation of the keys failed", extra={"facts": facts})
        return after

    def _waiting(self, mine: Rotation, why: str) -> Rotation:
        return replace(mine, not_before=self.clock() + AGAIN, message=why)

    def _go_on(self, after: Rotation) -> None:
        now = self.clock()
        released = self._saved(rules.released(after, now))
        self._send(released, now, released.waits(now))

    def _let_go(self, mine: Rotation, why: str) -> None:
        """What failed is told and tried again by the same message; unless another has it now."""
        found = self.store.newest()
        if found is None or (found.id, found.lease_until) != (mine.id, mine.lease_until):
            return
        with suppress(Conflict):
            self.store.save(rules.released(found, self.clock(), why))

    def _saved(self, rotation: Rotation) -> Rotation:
        try:
            return self.store.save(rotation)
        except Conflict as error:
            raise Stale from error

    def _mine(self, after: Rotation) -> Rotation:
        """What was just committed, with the version that it has now."""
        return replace(after, version=after.version + 1)

    def _send(self, rotation: Rotation, now: datetime, delay: timedelta) -> None:
        self.bus.send(QUEUE, [self._message(rotation, now)], min(delay, MOST_DELAY))

    def _message(self, rotation: Rotation, now: datetime) -> Message:
        return message(self.ids(), ROTATE, now, LIFE, {"rotation": rotation.id})


_ENDINGS = {
    Stage.DONE: "ROTATE SECRET KEYS SUCCESS",
    Stage.FAILED: "ROTATE SECRET KEYS FAILURE",
    Stage.CANCELLED: "ROTATE SECRET KEYS CANCELLED",
}


def _kept(mine: Rotation) -> str:
    """What a cancelled rotation leaves behind."""
    if not mine.primary:
        return "cancelled before a key was made"
    return f"cancelled; data key {mine.primary} stays primary, the rest keeps its older keys"


def _audit(who: Who, action: str, id: str, now: datetime) -> AuditRecord:
    return AuditRecord(who.user_id, action, "Keyring", id, now, "", who.address)


def _own(action: str, id: str, now: datetime, detail: str) -> AuditRecord:
    return AuditRecord(SYSTEM, action, "Keyring", id, now, detail)
