"""Rows of work items and password changes, and their candidates, sealed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Put, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.envelope import Place
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.stored import ListOfMaps, StoredMap
from chalicelib.aws.table import DataRow, index, partition, read, typed
from chalicelib.changers.work import WorkKind
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.plain import Plain

from . import change as changes
from . import item as items
from .change import Candidate, PasswordChange
from .item import Item

KEPT = timedelta(days=30)
"""How long what is over stays readable, the sealed candidates of past changes included."""

SHARDS = 1
"""Over how many index partitions open items are spread; two would be asked instead of one."""


class ItemRow(DataRow, discriminator="item"):
    version = VersionAttribute()
    work = UnicodeAttribute()
    secret = NumberAttribute()
    site = NumberAttribute()
    stage = UnicodeAttribute()
    offered_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    until = UnicodeAttribute()
    lease = NumberAttribute()
    change = UnicodeAttribute(null=True)
    value = NumberAttribute(default=0)
    given = NumberAttribute(default=0)
    was = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    fence = NumberAttribute(default=0)
    asker = NumberAttribute(default=0)


class SealedCandidate(StoredMap):
    number = NumberAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)


class ChangeRow(DataRow, discriminator="password-change"):
    version = VersionAttribute()
    id = UnicodeAttribute()
    secret = NumberAttribute()
    stage = UnicodeAttribute()
    candidates = ListOfMaps(of=SealedCandidate)
    begun_at = UnicodeAttribute()
    due_at = UnicodeAttribute()
    given = BooleanAttribute()
    asker = NumberAttribute()
    tried: ListAttribute[int] = ListAttribute(default=list)
    current = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    proven = NumberAttribute(null=True)
    stopping = BooleanAttribute(default=False)
    message = UnicodeAttribute(null=True)


def item_key(id: str) -> tuple[str, str]:
    return (f"item#{id}", "item")


def change_key(secret_id: int) -> tuple[str, str]:
    """Of the one change of a secret that is under way, or was the last."""
    return (f"change#{secret_id}", "change")


def past_key(change: PasswordChange) -> tuple[str, str]:
    """Of a change that another has followed."""
    return (f"change#{change.secret_id}", f"past#{stamp(change.begun_at)}#{change.id}")


@dataclass(frozen=True, slots=True)
class Found:
    """What one batched read found: nouns, and the versions that their next writes are based on."""

    items: dict[str, Item]
    changes: dict[int, PasswordChange]
    versions: dict[tuple[str, str], int]


NOTHING = Found({}, {}, {})


@dataclass(frozen=True, slots=True)
class RotationStore:
    """Items and changes. What it returns as Writes holds only if nobody wrote in the meantime.

    kept: how long an item stays when it is over
    """

    keyring: Keyring
    kept: Callable[[], timedelta] = lambda: KEPT

    def find(self, item_ids: Sequence[str] = (), secret_ids: Sequence[int] = ()) -> Found:
        """The items of those ids and the changes of those secrets. One BatchGetItem."""
        keys = [*map(item_key, item_ids), *map(change_key, secret_ids)]
        rows = read(keys)
        found_items = [typed(rows, ItemRow, item_key(id)) for id in item_ids]
        found_changes = [typed(rows, ChangeRow, change_key(id)) for id in secret_ids]
        return Found(
            {one.id: one for one in map(_item, filter(None, found_items))},
            {one.secret_id: one for one in map(_change, filter(None, found_changes))},
            {key: int(getattr(row, "version", 0) or 0) for key, row in rows.items()},
        )

    def silent(self, now: datetime, limit: int, after: str = "") -> list[tuple[str, str]]:
        """Items whose time is over, oldest first: (place in the index, id). One Query a shard."""
        hits = [
            (hit.sort, hit.pk.removeprefix("item#"))
            for shard in range(SHARDS)
            for hit in index(3, _lease(shard), after=after, until=f"{stamp(now)}~", limit=limit)
        ]
        return sorted(hits)[:limit]

    def past(self, secret_id: int, now: datetime) -> list[PasswordChange]:
        """Changes that others have followed and that are still kept, newest first. One Query."""
        pk, _ = change_key(secret_id)
        rows = partition(ChangeRow, pk, begins="past#", newest_first=True)
        return [_change(row) for row in rows if row.ttl is None or now.timestamp() < row.ttl]

    def save_item(self, item: Item, found: Found = NOTHING) -> Write:
        """The item as it is now, based on what was found, or new."""
        row = _item_row(item)
        return _based(row if item.is_open else ending(row, "item", item.until, self.kept()), found)

    def save_change(self, change: PasswordChange, found: Found = NOTHING) -> Write:
        """The change as it is now, in its secret's place, based on what was found, or new."""
        return _based(_change_row(change, change_key(change.secret_id)), found)

    def keep_past(self, change: PasswordChange, now: datetime) -> Write:
        """A change that is followed by another, with its candidates, for some time yet."""
        row = _change_row(change, past_key(change))
        return Put(ending(row, "past-change", now + KEPT))

    def seal(self, plain: Plain, change_id: str, number: int) -> Candidate:
        """A candidate that opens as this one of this change and nowhere else."""
        return Candidate(number, self.keyring.seal(plain, _place(change_id, number)))

    def open(self, change: PasswordChange, number: int) -> Plain:
        return self.keyring.open(change.sealed(number), _place(change.id, number))


def _based(row: ItemRow | ChangeRow, found: Found) -> Put:
    """The row in place of the version that was found; in no other's place if none was."""
    version = found.versions.get(row.key)
    if version is not None:
        row.version = version
    return Put(row)


def _place(change_id: str, number: int) -> Place:
    return Place("change", change_id, "candidate", number)


def _lease(shard: int) -> str:
    return f"lease#{shard}"


def _item_row(item: Item) -> ItemRow:
    row = ItemRow(
        *item_key(item.id),
        work=item.kind.value,
        secret=item.secret_id,
        site=item.site_id,
        stage=item.stage.value,
        offered_at=stamp(item.offered_at),
        expires_at=stamp(item.expires_at),
        until=stamp(item.until),
        lease=item.lease.total_seconds(),
        change=item.change_id or None,
        value=item.value,
        given=item.given,
        was=item.was or None,
        holder=item.holder or None,
        fence=item.fence,
        asker=item.asker,
    )
    if item.is_open:
        row.i3pk = _lease(int(item.id[:4], 16) % SHARDS)
        row.i3sk = f"{stamp(item.until)}#{item.id}"
    return row


def _item(row: ItemRow) -> Item:
    return Item(
        id=row.pk.removeprefix("item#"),
        kind=WorkKind(row.work),
        secret_id=int(row.secret),
        site_id=int(row.site),
        offered_at=parse_stamp(row.offered_at),
        expires_at=parse_stamp(row.expires_at),
        until=parse_stamp(row.until),
        lease=timedelta(seconds=float(row.lease)),
        stage=items.Stage(row.stage),
        change_id=row.change or "",
        value=int(row.value),
        given=int(row.given),
        was=row.was or "",
        holder=row.holder or "",
        fence=int(row.fence),
        asker=int(row.asker),
    )


def _change_row(change: PasswordChange, key: tuple[str, str]) -> ChangeRow:
    return ChangeRow(
        *key,
        id=change.id,
        secret=change.secret_id,
        stage=change.stage.value,
        candidates=[
            SealedCandidate(number=one.number, sealed=one.sealed)  # type: ignore[no-untyped-call]
            for one in change.candidates
        ],
        begun_at=stamp(change.begun_at),
        due_at=stamp(change.due_at),
        given=change.given,
        asker=change.asker,
        tried=list(change.tried),
        current=change.current,
        failed=change.failed,
        proven=change.proven,
        stopping=change.stopping,
        message=change.message or None,
    )


def _change(row: ChangeRow) -> PasswordChange:
    return PasswordChange(
        id=row.id,
        secret_id=int(row.secret),
        candidates=tuple(Candidate(int(one.number), bytes(one.sealed)) for one in row.candidates),
        begun_at=parse_stamp(row.begun_at),
        due_at=parse_stamp(row.due_at),
        stage=changes.Stage(row.stage),
        given=bool(row.given),
        asker=int(row.asker),
        tried=tuple(int(number) for number in row.tried),
        current=int(row.current),
        failed=int(row.failed),
        proven=None if row.proven is None else int(row.proven),
        stopping=bool(row.stopping),
        message=row.message or "",
    )
