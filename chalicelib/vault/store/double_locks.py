"""DoubleLocks and the key pairs of their holders, as rows."""

from __future__ import annotations

from collections.abc import Collection

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.stored import ListOfMaps, StoredMap
from chalicelib.aws.table import DataRow, Key, partition, read, typed
from chalicelib.vault.double_lock import DoubleLock, Holder, KeyPair

BATCH = 100
LOCKS = "double-locks"


class HolderMap(StoredMap):
    user_id = NumberAttribute()
    pair = UnicodeAttribute()
    box = BinaryAttribute(legacy_encoding=False)


class FormerKeyMap(StoredMap):
    edition = NumberAttribute()
    chained = BinaryAttribute(legacy_encoding=False)


class DoubleLockRow(DataRow, discriminator="double-lock"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    edition = NumberAttribute()
    holders = ListOfMaps(of=HolderMap)
    former = ListOfMaps(of=FormerKeyMap)
    secrets = NumberAttribute(default=0)


class KeyPairRow(DataRow, discriminator="double-lock-pair"):
    version = VersionAttribute()
    user_id = NumberAttribute()
    id = UnicodeAttribute()
    number = NumberAttribute()
    public = BinaryAttribute(legacy_encoding=False)
    sealed = BinaryAttribute(legacy_encoding=False)


def lock_key(id: int) -> Key:
    return (LOCKS, f"lock#{id:010d}")


def pair_key(user_id: int) -> Key:
    return (f"user#{user_id}", "double-lock")


class DoubleLocks:
    """Reads are consistent."""

    def all(self) -> list[DoubleLock]:
        """Every lock. One Query a MB."""
        return [_lock_of(row) for row in partition(DoubleLockRow, LOCKS)]

    def fetch(self, id: int) -> DoubleLock | None:
        return self.with_pairs(id, ())[0]

    def with_pairs(
        self, id: int, users: Collection[int]
    ) -> tuple[DoubleLock | None, dict[int, KeyPair]]:
        """A lock, and the pairs that those users have. One BatchGetItem for a hundred."""
        keys = [*([lock_key(id)] if id else []), *(pair_key(one) for one in users)]
        rows: dict[Key, DataRow] = {}
        for start in range(0, len(keys), BATCH):
            rows |= read(keys[start : start + BATCH])
        lock = typed(rows, DoubleLockRow, lock_key(id))
        found = ((one, typed(rows, KeyPairRow, pair_key(one))) for one in users)
        pairs = {one: _pair_of(row) for one, row in found if row is not None}
        return (_lock_of(lock) if lock else None), pairs

    def put(self, lock: DoubleLock) -> Write:
        """Store a lock, if it is still of the version that the change is based on."""
        row = DoubleLockRow(
            *lock_key(lock.id),
            id=lock.id,
            name=lock.name,
            edition=lock.edition,
            holders=[
                HolderMap(user_id=one.user_id, pair=one.pair, box=one.box)  # type: ignore[no-untyped-call]
                for one in lock.holders
            ],
            former=[
                FormerKeyMap(edition=edition, chained=chained)  # type: ignore[no-untyped-call]
                for edition, chained in lock.former.items()
            ],
            secrets=lock.secrets,
        )
        if lock.version:
            row.version = lock.version
        return Put(row)

    def remove(self, lock: DoubleLock) -> Write:
        """Forget it, if it is still of that version."""
        return Delete(DoubleLockRow(*lock_key(lock.id), version=lock.version))

    def put_pair(self, pair: KeyPair) -> Write:
        """Store a pair over the version that it is based on; over none, for version 0."""
        row = KeyPairRow(
            *pair_key(pair.user_id),
            user_id=pair.user_id,
            id=pair.id,
            number=pair.number,
            public=pair.public,
            sealed=pair.sealed,
        )
        if pair.version:
            row.version = pair.version
        return Put(row)


def _lock_of(row: DoubleLockRow) -> DoubleLock:
    return DoubleLock(
        int(row.id),
        row.name,
        int(row.edition),
        tuple(Holder(int(one.user_id), one.pair, bytes(one.box)) for one in row.holders),
        {int(one.edition): bytes(one.chained) for one in row.former},
        int(row.secrets),
        int(row.version),
    )


def _pair_of(row: KeyPairRow) -> KeyPair:
    public, sealed = bytes(row.public), bytes(row.sealed)
    return KeyPair(int(row.user_id), row.id, int(row.number), public, sealed, int(row.version))
