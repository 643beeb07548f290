"""The rows of bulk operations: one says how far it is, some hold its ids, one each failure.

All of an operation's rows have their end from the beginning: it is over by then.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action as Set

from chalicelib.access.principal import Behalf
from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import DataRow, Key, fetch, index, partition, read
from chalicelib.bulk.action import BY_NAME
from chalicelib.bulk.operation import Operation, Stage
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.plain import Plain

KIND = "bulk"
OPEN = "bulk-open"
CHUNK = 5_000
"""Ids of a row: four bytes each."""


class OperationRow(DataRow, discriminator="bulk-operation"):
    """index1 finds those that are not over, by when they were asked for."""

    action = UnicodeAttribute()
    user_id = NumberAttribute()
    generation = NumberAttribute()
    address = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute()
    total = NumberAttribute()
    arguments = JSONAttribute()
    stage = UnicodeAttribute()
    cursor = NumberAttribute(default=0)
    done = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    lease_until = UnicodeAttribute(null=True)
    touched_at = UnicodeAttribute(null=True)
    message = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)  # until it is over


class IdsRow(DataRow, discriminator="bulk-ids"):
    ids = BinaryAttribute(legacy_encoding=False)


class ErrorRow(DataRow, discriminator="bulk-error"):
    item_name = UnicodeAttribute()
    message = UnicodeAttribute()


class CancelRow(DataRow, discriminator="bulk-cancel"):
    """Says that the operation shall end."""

    by = NumberAttribute()


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...


@dataclass(frozen=True)
class OperationTable:
    """kept: for how long they stay after their end"""

    keyring: Keyring
    kept: Callable[[], timedelta]

    def find(self, id: str) -> Operation | None:
        row = fetch(OperationRow, *_key(id))
        return _operation(row) if row else None

    def open(self, most: int = 100) -> list[Operation]:
        """Those that are not over, the oldest first. One Query, and a batched read if any is."""
        keys = [(hit.pk, hit.sk) for hit in index(1, OPEN, limit=most)]
        rows = read(keys) if keys else {}
        return [_operation(row) for row in rows.values() if isinstance(row, OperationRow)]

    def ids(self, id: str, cursor: int) -> Sequence[int]:
        """From the item at the cursor on, some of them. One GetItem."""
        number, skip = divmod(cursor, CHUNK)
        row = fetch(IdsRow, *_key(id, f"ids#{number:03d}"))
        return [] if row is None else _unpacked(row.ids)[skip:]

    def errors(self, id: str) -> list[tuple[str, str]]:
        """The failures that are told: what of, and why. One Query."""
        rows = partition(ErrorRow, _key(id)[0], begins="error#")
        return [(row.item_name, row.message) for row in rows]

    def cancel_key(self, id: str) -> tuple[Any, str, str]:
        return (CancelRow, *_key(id, "cancel"))

    def is_cancelled(self, id: str, rows: Mapping[Key, Any]) -> bool:
        """Whether its end was asked for, by rows that were read."""
        return _key(id, "cancel") in rows

    def given(self, one: Operation) -> Plain | None:
        """The value that every item gets, None for none."""
        return self.keyring.open(one.sealed, _given(one.id)) if one.sealed else None

    # -- writes

    def begun(self, one: Operation, ids: Sequence[int], given: Plain | None) -> list[Write]:
        """A new operation and its ids, with the value that every item gets, if there is one."""
        row = OperationRow(
            *_key(one.id),
            i1pk=OPEN,
            i1sk=f"{stamp(one.asked_at)}#{one.id}",
            action=one.action.name,
            user_id=one.asker.user_id,
            generation=one.asker.generation,
            address=one.asker.address or None,
            token=one.asker.token or None,
            asked_at=stamp(one.asked_at),
            total=one.total,
            arguments=dict(one.arguments),
            stage=one.stage.value,
            sealed=self.keyring.seal(given, _given(one.id)) if given else None,
        )
        chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
        rows = [
            IdsRow(*_key(one.id, f"ids#{number:03d}"), ids=_packed(some))
            for number, some in enumerate(chunks)
        ]
        fresh = OperationRow.pk.does_not_exist()
        return [Put(self._ending(one, each), fresh) for each in (row, *rows)]

    def claimed(self, before: Operation, after: Operation) -> Write:
        """Holds if nobody else has claimed it since it was read."""
        was = (OperationRow.fence == before.fence) & (OperationRow.stage == Stage.OPEN.value)
        return Update(
            OperationRow(*_key(after.id)),
            [OperationRow.fence.set(after.fence), *_place(after)],
            was,
        )

    def kept_at(self, one: Operation) -> Write:
        """How far it is. Holds for the last claim only, and never goes back."""
        ours = (OperationRow.fence == one.fence) & (OperationRow.cursor <= one.cursor)
        return Update(OperationRow(*_key(one.id)), _place(one), ours)

    def stepped(self, after: Operation) -> Write:
        """One item is done. Holds once for each item: for the last claim, from before that item."""
        ours = (OperationRow.fence == after.fence) & (OperationRow.cursor < after.cursor)
        return Update(OperationRow(*_key(after.id)), _counts(after), ours)

    def failed(self, after: Operation, item_name: str, message: str) -> list[Write]:
        """One item could not be done, and why; one among too many is only counted."""
        if not after.is_listed:
            return [self.stepped(after)]
        row = ErrorRow(
            *_key(after.id, f"error#{after.failed:05d}"), item_name=item_name, message=message
        )
        return [self.stepped(after), Put(self._ending(after, row))]

    def cancelled(self, one: Operation, by: int) -> Write:
        """May be repeated."""
        return Put(self._ending(one, CancelRow(*_key(one.id, "cancel"), by=by)))

    def _ending(self, one: Operation, row: DataRow) -> Any:
        """The row with its end; its place among all that end is its own."""
        ended = ending(row, KIND, one.ends_at, self.kept())
        ended.i3sk = f"{ended.i3sk}#{row.sk}"
        return ended


def _key(id: str, row: str = "operation") -> Key:
    return (f"bulk#{id}", row)


def _counts(one: Operation) -> list[Set]:
    """What each item moves."""
    return [
        OperationRow.cursor.set(one.cursor),
        OperationRow.done.set(one.done),
        OperationRow.failed.set(one.failed),
    ]


def _place(one: Operation) -> list[Set]:
    """What moves with a claim, a slice and the end."""
    lease, touched = one.lease_until, one.touched_at
    places: list[Set] = [
        *_counts(one),
        OperationRow.stage.set(one.stage.value),
        OperationRow.lease_until.set(stamp(lease)) if lease else OperationRow.lease_until.remove(),
        OperationRow.message.set(one.message) if one.message else OperationRow.message.remove(),
    ]
    if touched:
        places.append(OperationRow.touched_at.set(stamp(touched)))
    if one.is_over:
        over = (OperationRow.i1pk, OperationRow.i1sk, OperationRow.sealed)
        places += [one.remove() for one in over]
    return places


def _operation(row: OperationRow) -> Operation:
    return Operation(
        id=row.pk.partition("#")[2],
        action=BY_NAME[row.action],
        asker=Behalf(int(row.user_id), int(row.generation), row.address or "", row.token or ""),
        asked_at=parse_stamp(row.asked_at),
        total=int(row.total),
        arguments=row.arguments,
        stage=Stage(row.stage),
        cursor=int(row.cursor),
        done=int(row.done),
        failed=int(row.failed),
        fence=int(row.fence),
        lease_until=parse_stamp(row.lease_until) if row.lease_until else None,
        touched_at=parse_stamp(row.touched_at) if row.touched_at else None,
        message=row.message or "",
        sealed=row.sealed or b"",
    )


def _given(id: str) -> Place:
    return Place("bulk", id, "given")


def _packed(ids: Sequence[int]) -> bytes:
    return struct.pack(f">{len(ids)}I", *ids)


def _unpacked(packed: bytes) -> list[int]:
    return list(struct.unpack(f">{len(packed) // 4}I", packed))
