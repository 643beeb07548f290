"""The worker's part: an operation is done in slices, item by item, each once.

What an item's turn changes, and that the item had its turn, is one transaction, which holds for the
last claim and for this item only. So a message that comes twice, a worker that dies, and one that
was overtaken do nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.bulk import operation as rules
from chalicelib.bulk.action import Kind, why_waits
from chalicelib.bulk.operation import LEASE_SLACK, Operation, Stage
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import (
    AccessDenied,
    ConclaveError,
    Conflict,
    MaintenanceMode,
    NotInCluster,
    OtherRegion,
    Replica,
    Stale,
    Unavailable,
)
from chalicelib.core.ids import Ids
from chalicelib.core.log import places
from chalicelib.core.tick import Tally
from chalicelib.vault.service.folders import EPOCH
from chalicelib.vault.service.rebuilding import EPOCH as SEARCH_EPOCH
from chalicelib.vault.visit import Visit

from .ports import (
    QUEUE,
    Alongside,
    AtEnd,
    Commit,
    Deeds,
    Doing,
    Door,
    Operations,
    Present,
    Send,
    Write,
)
from .slices import slice_of

AGAIN = timedelta(minutes=1)
"""How long it waits before it looks again whether it may go on."""

TRIES = 3
KEEP_EVERY = 50
"""After so many items that had nothing to be changed, how far it is is written down."""

WAITS = (MaintenanceMode, NotInCluster, OtherRegion, Replica)
UNEXPECTED = "It failed unexpectedly: the log says where."


def nothing(_: Operation, __: datetime) -> Sequence[Write]:
    """What goes with the end of most operations."""
    return ()


class _Over(Exception):
    """The operation ends before its last item."""

    def __init__(self, stage: Stage, why: str = "") -> None:
        super().__init__(why)
        self.stage = stage


@dataclass(frozen=True)
class BulkWorker:
    store: Operations
    door: Door
    deeds: Mapping[Kind, Deeds]
    commit: Commit
    alongside: Alongside
    bus: Send
    ids: Ids
    clock: Clock
    log: logging.Logger
    at_end: Mapping[Kind, AtEnd] = field(default_factory=dict)

    def run(self, id: str, deadline: datetime) -> None:
        """One slice of an operation; another message goes on with what is left.

        May be repeated and may die anywhere. Stale: it is over, or in another worker's hands.
        """
        found, now = self.store.find(id), self.clock()
        if found is None or found.is_over or found.is_leased(now):
            raise Stale
        mine = rules.claimed(found, now, deadline + LEASE_SLACK)
        self._write([self.store.claimed(found, mine)])
        after = self._slice(mine, deadline)
        if not after.is_over:
            self._go_on(after)

    def sweep(self, now: datetime) -> Tally:
        """Send word again for operations that nobody goes on with. Nothing open: one Query."""
        left = [one for one in self.store.open() if one.is_forsaken(now)]
        if left:
            self.bus.send(QUEUE, [slice_of(one.id, self.ids(), now) for one in left])
        return Tally(len(left), len(left))

    def _slice(self, mine: Operation, deadline: datetime) -> Operation:
        """Item after item until time is up, it has to wait, or it is over."""
        try:
            if self.clock() >= mine.ends_at:
                return self._end(mine, Stage.EXPIRED, f"it waited too long: {rules.LIFE.days} days")
            for item in self._left(mine):
                if self.clock() >= deadline:
                    return mine
                present = self._present(mine, item)
                if why := why_waits(mine.action, present.gate, self.clock()):
                    return rules.released(mine, why)
                mine = self._turn(mine, item, present)
        except WAITS as error:
            return rules.released(mine, str(error))
        except _Over as over:
            return self._end(mine, over.stage, str(over))
        return self._end(mine, Stage.DONE)

    def _left(self, mine: Operation) -> Iterator[int]:
        """The items that had no turn yet."""
        cursor = mine.cursor
        while cursor < mine.total:
            some = self.store.ids(mine.id, cursor)
            if not some:
                raise _Over(Stage.EXPIRED, "what is left of it was removed")
            yield from some
            cursor += len(some)

    def _present(self, mine: Operation, item: int) -> Present:
        """Who asked, as of now, the gate and the item's rows, in one read."""
        keys = [*self.deeds[mine.action.kind].rows(item), self.store.cancel_key(mine.id)]
        try:
            present = self.door.on_behalf(mine.asker, keys, self.clock())
        except AccessDenied as error:
            raise _Over(Stage.STOPPED, str(error)) from None
        if self.store.is_cancelled(mine.id, present.rows):
            raise _Over(Stage.CANCELLED)
        return present

    def _turn(self, mine: Operation, item: int, present: Present, tries: int = TRIES) -> Operation:
        """The operation once the item had its turn; anew when somebody else changed the item.

        Raises what stops the whole operation: the node may not, or AWS does not answer.
        """
        after, doing = rules.stepped(mine), self._doing(mine, present)
        with self.alongside([self.store.stepped(after)], mine.id) as carried:
            error = self._tried(doing, item)
        if carried.made:
            return after
        if isinstance(error, (*WAITS, Unavailable)):
            raise error
        if isinstance(error, Conflict) and tries > 1:
            return self._turn(mine, item, self._present(mine, item), tries - 1)
        if error is not None:
            return self._failed(mine, doing, item, error)
        if after.cursor % KEEP_EVERY == 0:
            self._write([self.store.kept_at(after)])
        return after

    def _doing(self, mine: Operation, present: Present) -> Doing:
        gate = present.gate
        visit = Visit(
            present.principal,
            self.clock(),
            gate.gate.epoch(EPOCH),
            present.rows,
            mine.id,
            gate.refusal,
            bool(gate.gate.upgrading),
            gate.gate.epoch(SEARCH_EPOCH),
        )
        return Doing(mine.action, mine.arguments, visit, self.store.given(mine))

    def _tried(self, doing: Doing, item: int) -> ConclaveError | None:
        """Why it could not be done; None when it was, or there was nothing to do."""
        try:
            self.deeds[doing.action.kind].do(doing, item)
        except ConclaveError as error:
            return error
        except Exception as error:  # one item that breaks something holds up no other
            return self._surprised(doing, item, error)
        return None

    def _surprised(self, doing: Doing, item: int, error: Exception) -> ConclaveError:
        facts = {"operation": doing.visit.cause, "item": item, "at": places(error)}
        self.log.error("an item of a bulk operation failed", extra={"facts": facts})
        return ConclaveError(UNEXPECTED)

    def _failed(self, mine: Operation, doing: Doing, item: int, error: ConclaveError) -> Operation:
        """The operation with one failure more, which is told; a refusal is on the trail as well."""
        after = rules.failed(mine)
        name = self._name(doing, item)
        lines = []
        if isinstance(error, AccessDenied) and not error.is_told:
            told = f"{doing.action.name}: {error}"
            lines.append(doing.visit.audit("REFUSED", doing.action.audited_as, item, told))
        self._write(self.store.failed(after, name, str(error)), lines)
        return after

    def _name(self, doing: Doing, item: int) -> str:
        try:
            return self.deeds[doing.action.kind].name(doing, item)
        except ConclaveError:
            return f"{doing.action.kind.lower()} {item}"

    def _end(self, mine: Operation, stage: Stage, why: str = "") -> Operation:
        after = rules.ended(mine, stage, why)
        action, told = f"BULK OPERATION {stage.upper()}", rules.told(after)
        line = AuditRecord(SYSTEM, action, "BulkOperation", mine.id, self.clock(), told)
        more = self.at_end.get(mine.action.kind, nothing)(after, self.clock())
        self._write([self.store.kept_at(after), *more], [line])
        return after

    def _go_on(self, after: Operation) -> None:
        """Let go of it, then tell whoever is next: who dies in between is told again himself."""
        free = rules.released(after, after.message)
        self._write([self.store.kept_at(free)])
        delay = AGAIN if free.message else timedelta(0)
        self.bus.send(QUEUE, [slice_of(free.id, self.ids(), self.clock())], delay)

    def _write(self, writes: Sequence[Write], lines: Sequence[AuditRecord] = ()) -> None:
        """Raises Stale when another worker has it now."""
        try:
            self.commit(writes, lines)
        except Conflict as error:
            raise Stale from error
