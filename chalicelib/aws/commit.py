"""One change, one transaction: what stores write, the audit rows, and the outbox (DESIGN 7).

No audit, no effect: they are written together or not at all.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import Conflict, Invalid, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.core.log import logger
from chalicelib.core.messages import decode, encode

from .alongside import present
from .audit_rows import AuditRow, audit_row
from .bus import Bus, Outgoing
from .faults import CANCELLED, known_faults
from .keyring import Keyring
from .table import DataRow, SharedConnection
from .written import written_row

MOST_ITEMS = 100  # what DynamoDB takes in one transaction
TRIES = 5
OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Put:
    row: DataRow
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Update:
    row: DataRow
    actions: Sequence[Action]
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    row: DataRow
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Nothing is written, but all fails unless the row fulfils the condition."""

    row: type[DataRow]
    pk: str
    sk: str
    condition: Condition


Write: TypeAlias = Put | Update | Delete | Check
_ORDER = (Check, Delete, Put, Update)  # the order in which pynamodb lays a transaction out


class OutboxRow(DataRow, discriminator="outbox"):
    REGIONAL = True

    queue = UnicodeAttribute()
    message = UnicodeAttribute()


class Failed(Conflict):
    """A condition of the change no longer holds: read again and repeat."""

    def __init__(self, failed: Sequence[Write]) -> None:
        super().__init__()
        self.failed = tuple(failed)

    def on(self, row: type[DataRow]) -> bool:
        """Whether a write of that kind of row was refused."""
        return any(
            (one.row if isinstance(one, Check) else type(one.row)) is row for one in self.failed
        )


class Commit(Protocol):
    """What services need of a Committer."""

    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Outgoing] = (),
    ) -> None:
        """Write all or nothing, then send the events. May be repeated if its conditions are.

        Raises Failed (a Conflict) when a condition does not hold, Unavailable when AWS refuses.
        """

    def record(self, audit: AuditRecord) -> None:
        """Write one audit row, before something is shown. Raises Unavailable: then show nothing."""


@dataclass(frozen=True)
class Committer:
    """Commits to DynamoDB. Conflicts with other transactions are retried with jitter.

    region: of a mirrored cluster, this one, which signs what it writes
    node:   through which people and messages act, where a line of the trail names nothing else
    """

    keyring: Keyring
    bus: Bus
    clock: Clock
    ids: Ids
    sleep: Callable[[float], None] = time.sleep
    region: Callable[[], str] = str
    node: str = ""
    connection: SharedConnection = field(default_factory=SharedConnection)

    def __call__(
        self,
        writes: Sequence[Write],
        audit: Sequence[AuditRecord] = (),
        events: Sequence[Outgoing] = (),
    ) -> None:
        outbox, others = [outbox_row(one) for one in events], present()
        rows: list[Any] = [
            audit_row(self._through(one), self.ids(), self.keyring, place)
            for place, one in enumerate(audit)
        ]
        everything = [
            *self._signed([*writes, *others.writes]),
            *(Put(row, OutboxRow.pk.does_not_exist()) for row in outbox),
        ]
        if len(everything) + len(rows) > MOST_ITEMS:
            raise Invalid("one change is too large: make it in parts")
        self._write(everything, rows)
        others.made = True
        if events:
            self._send(events, outbox)

    def _through(self, said: AuditRecord) -> AuditRecord:
        through, cause = said.through or self.node, said.cause or present().cause
        return replace(said, through=through, cause=cause)

    def _signed(self, writes: Sequence[Write]) -> Sequence[Write]:
        """The writes as a mirrored cluster makes them, and the row that lists them."""
        region = self.region()
        keys = [one.row.key for one in writes if _is_shared(one) and not isinstance(one, Check)]
        if not region or not keys:
            return writes
        listed = Put(written_row(region, self.ids(), self.clock(), keys))
        return [*(_by(region, one) for one in writes), listed]

    def _send(self, events: Sequence[Outgoing], outbox: Sequence[OutboxRow]) -> None:
        """Send what was committed. What cannot be sent now the sweep sends: the change stands."""
        try:
            self.bus.send_all(events)
            _clear(outbox)
        except Unavailable as error:
            facts = {"why": str(error), "messages": [one.message.id for one in events]}
            logger().warning("left to the outbox sweep", extra={"facts": facts})

    def record(self, audit: AuditRecord) -> None:
        row = audit_row(self._through(audit), self.ids(), self.keyring)
        with known_faults("writing the audit trail"):
            row.save(AuditRow.pk.does_not_exist())

    def _write(self, writes: Sequence[Write], audit: Sequence[AuditRow]) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                with known_faults("committing a change"):
                    self._transact(writes, audit)
            except _Contended:
                if attempt == TRIES:
                    raise Failed(()) from None
                self.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter
            else:
                return

    def _transact(self, writes: Sequence[Write], audit: Sequence[AuditRow]) -> None:
        try:
            with TransactWrite(
                connection=self.connection, client_request_token=self.ids()
            ) as transaction:
                for one in writes:
                    _add(transaction, one)
                for row in audit:
                    transaction.save(row, AuditRow.pk.does_not_exist())
        except TransactWriteError as error:
            if error.cause_response_code != CANCELLED:
                raise
            raise _refusal(writes, error) from error


def _is_shared(write: Write) -> bool:
    """Whether it writes what every region may write in its turn."""
    return not isinstance(write, Check) and not write.row.REGIONAL


def _by(region: str, write: Write) -> Write:
    """The write that says which region made it."""
    if isinstance(write, Put) and _is_shared(write):
        write.row.writer = region
    if isinstance(write, Update) and _is_shared(write):
        return replace(write, actions=[*write.actions, DataRow.writer.set(region)])
    return write


class _Contended(Exception):
    """Another transaction held one of the rows: try again."""


def _add(transaction: TransactWrite, write: Write) -> None:
    match write:
        case Put(row, condition):
            transaction.save(row, condition)
        case Update(row, actions, condition):
            transaction.update(row, list(actions), condition)
        case Delete(row, condition):
            transaction.delete(row, condition)
        case Check(row, pk, sk, condition):
            transaction.condition_check(row, pk, sk, condition)


def _refusal(writes: Sequence[Write], error: TransactWriteError) -> Exception:
    """What a cancelled transaction means: whose condition failed, or that it was contended."""
    reasons = error.cancellation_reasons
    failed = [
        one
        for one, reason in zip(_laid_out(writes, len(reasons)), reasons, strict=False)
        if one is not None and reason is not None and reason.code == "ConditionalCheckFailed"
    ]
    if failed:
        return Failed(failed)
    codes = {reason.code for reason in reasons if reason is not None}
    return _Contended() if codes & {"TransactionConflict", "ThrottlingError"} else error


def _laid_out(writes: Sequence[Write], length: int) -> list[Write | None]:
    """The writes in the order in which pynamodb sends them; audit rows, the last puts, as None."""
    ordered = {kind: [one for one in writes if isinstance(one, kind)] for kind in _ORDER}
    audit: list[Write | None] = [None] * (length - len(writes))
    return [*ordered[Check], *ordered[Delete], *ordered[Put], *audit, *ordered[Update]]


def outbox_key(message_id: str) -> tuple[str, str]:
    return (f"outbox#{message_id}", OUTBOX)


def outbox_row(outgoing: Outgoing) -> OutboxRow:
    """The row that keeps a message until it was sent; index 3 finds the forgotten ones by age."""
    sent = outgoing.message
    return OutboxRow(
        *outbox_key(sent.id),
        i3pk=OUTBOX,
        i3sk=f"{stamp(sent.created_at)}#{sent.id}",
        queue=outgoing.queue,
        message=encode(sent),
    )


def _clear(sent: Sequence[OutboxRow]) -> None:
    with known_faults("clearing the outbox"), DataRow.batch_write() as batch:
        for row in sent:
            batch.delete(row)


def resend(row: OutboxRow, bus: Bus, now: datetime) -> bool:
    """Send what the process that wrote it did not, unless it expired. A second copy is harmless."""
    kept = decode(row.message)
    fresh = not kept.is_expired(now)
    if fresh:
        bus.send_all([Outgoing(row.queue, kept)])
    _clear([row])
    return fresh
