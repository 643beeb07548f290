"""The search index in the table: entries in slots of each secret's partition, and its own row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import fetch, index, partition, read, typed
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault import entry as entries
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.entry import Entry, Place, Slots, number_of
from chalicelib.vault.search_index import Generation, IndexMode, SearchIndex, Wish
from chalicelib.vault.secret import Secret
from chalicelib.vault.tokens import Hash, Kind, Token

from . import nouns
from .rows import (
    LATE,
    SEARCH_INDEX,
    SLOTS,
    IndexedRow,
    SearchIndexRow,
    SecretRow,
    SlotRow,
    late_key,
    secret_key,
    slot_key,
)

FIRST, FURTHER = 1_200, 4_000
"""Entries of a list asked for at first, and then: less than a MB of them, so one Query."""

SECRETS_A_READ = 50
REBUILD = "!"  # before all ids


class Keyring(Protocol):
    def hasher(self, key_id: int, purpose: str) -> Callable[[bytes], bytes]: ...

    def primary(self) -> int: ...


@dataclass(slots=True)
class SearchStore:
    """Keeps the index's own row while the epoch stands. Safe under threads."""

    keyring: Keyring
    definitions: Callable[[], Definitions]
    _kept: tuple[tuple[str, int], SearchIndex] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, epoch: int) -> SearchIndex:
        """How the index is made, not older than the epoch. One GetItem when that has moved."""
        wanted = (connection().data_table, epoch)
        with self._lock:
            if self._kept is None or self._kept[0] != wanted:
                self._kept = (wanted, self.fresh())
            return self._kept[1]

    def fresh(self) -> SearchIndex:
        """How it is made now. One GetItem."""
        row = fetch(SearchIndexRow, *SEARCH_INDEX)
        return _index_of(row) if row else SearchIndex()

    def put(self, index: SearchIndex) -> Write:
        return Put(_index_row(index))

    def save(self, index: SearchIndex) -> None:
        """Write how far a rebuild is, over the version that was read. Raises Conflict."""
        with known_faults("writing the search index's row"):
            _index_row(index).save()

    def primary(self) -> int:
        """The data key by which values are to be hashed."""
        return self.keyring.primary()

    def hashed(self, generation: Generation) -> Hash:
        """The keyed hashes of a generation: each kind by a key of its own."""
        made: dict[Kind, Callable[[bytes], bytes]] = {}

        def hash_(kind: Kind, text: str) -> bytes:
            if kind not in made:
                made[kind] = self.keyring.hasher(generation.wish.key_id, f"search {kind}")
            return made[kind](text.encode())

        return hash_

    def slot(self, id: int, number: int, slots: Slots, *, digest: str = "") -> Write:
        """Write one slot of a secret; past the last one, empty it."""
        row = SlotRow(*slot_key(id, number), digest=digest or None)
        places: Sequence[Place | None] = ()
        if number < len(slots.places):
            places = slots.places[number]
        for which, place in enumerate(places, 1):
            if place is not None:
                setattr(row, f"i{which}pk", place[0])
                setattr(row, f"i{which}sk", place[1])
        return Put(row)

    def late(self, id: int, *, is_late: bool) -> Write:
        """Have the monitor find a secret, or no longer."""
        row = SlotRow(*late_key(id))
        if is_late:
            row.i3pk, row.i3sk = LATE, f"{id:010d}"
        return Put(row)

    def due(self, limit: int) -> tuple[list[int], bool]:
        """Secrets with entries still to be written, and whether a rebuild goes on. One Query."""
        found = [hit.sort for hit in index(3, LATE, limit=limit)]
        return [int(one) for one in found if one != REBUILD], REBUILD in found

    def mark(self, secret: Secret, generation: Generation) -> Write:
        """Mark a secret as indexed; fails the change if it was changed meanwhile.

        Nobody's change is refused for it. A check would do, which workers have no right to.
        """
        row = IndexedRow(*secret_key(secret.id))
        actions = [IndexedRow.indexed.set(generation.number)]
        return Update(row, actions, IndexedRow.version == secret.version)

    def secrets(self, ids: Sequence[int]) -> list[tuple[Secret, str]]:
        """The secrets of those ids that exist, and the digest of what is indexed of each, "" for
        nothing. One BatchGetItem for fifty."""
        found = []
        for start in range(0, len(ids), SECRETS_A_READ):
            some = ids[start : start + SECRETS_A_READ]
            rows = read([key for id in some for key in (secret_key(id), slot_key(id, 0))])
            for id in some:
                secret = typed(rows, SecretRow, secret_key(id))
                slot = typed(rows, SlotRow, slot_key(id, 0))
                if secret is not None:
                    found.append(
                        (nouns.secret_of(secret, self.definitions()), (slot and slot.digest) or "")
                    )
        return found

    def slots_written(self, id: int) -> int:
        """How many slots a secret has. One Query."""
        return len(partition(SlotRow, secret_key(id)[0], begins=SLOTS))

    def lingers(self, id: int, count: int) -> bool:
        """Whether a secret has entries past so many slots. One Query."""
        rows = partition(SlotRow, secret_key(id)[0], begins=SLOTS)[count:]
        return any(row.i1pk or row.i2pk or row.i3pk for row in rows)

    def hits(self, token: Token, most: int) -> list[Entry]:
        """What is listed under a token, up to so many; a moment old. One Query a MB."""
        if token.path:
            found = index(number_of(token.place), token.place, begins=token.path, limit=most)
        else:
            found = index(number_of(token.place), token.place, limit=most)
        return [entries.read_token(hit.sort) for hit in found]

    def folder(self, folder_id: int) -> list[Entry]:
        """A folder's secrets in order of names. One Query a MB."""
        hits = index(1, entries.in_folder(folder_id), limit=1_000_000)
        return [entries.read(hit.sort) for hit in hits]

    def everywhere(self, *, newest_first: bool = False) -> Iterator[list[Entry]]:
        """All secrets in order of names, or against it, some at a time. One Query each."""
        limit, last = FIRST, ""
        while True:
            if newest_first:
                hits = index(2, entries.EVERYWHERE, until=last, newest_first=True, limit=limit)
                found = [hit.sort for hit in hits if hit.sort != last]
            else:
                hits = index(2, entries.EVERYWHERE, after=last, limit=limit)
                found = [hit.sort for hit in hits]
            yield [entries.read(one) for one in found]
            if len(hits) < limit:
                return
            limit, last = FURTHER, found[-1]


def _index_of(row: SearchIndexRow) -> SearchIndex:
    return SearchIndex(
        live=_generation_of(row.live),
        coming=_generation_of(row.coming) if row.coming else None,
        cursor=int(row.cursor),
        of=int(row.of),
        passes=int(row.passes),
        changed=int(row.changed),
        began_at=parse_stamp(row.began_at) if row.began_at else None,
        finished_at=parse_stamp(row.finished_at) if row.finished_at else None,
        version=int(row.version),
    )


def _index_row(index: SearchIndex) -> SearchIndexRow:
    row = SearchIndexRow(
        *SEARCH_INDEX,
        live=_generation_json(index.live),
        coming=_generation_json(index.coming) if index.coming else None,
        cursor=index.cursor,
        of=index.of,
        passes=index.passes,
        changed=index.changed,
        began_at=stamp(index.began_at) if index.began_at else None,
        finished_at=stamp(index.finished_at) if index.finished_at else None,
    )
    if index.coming:
        row.i3pk, row.i3sk = LATE, REBUILD
    if index.version:
        row.version = index.version
    return row


def _generation_of(stored: dict[str, Any]) -> Generation:
    wish = Wish(
        int(stored["key_id"]), IndexMode(stored["mode"]), tuple(map(str, stored["separators"]))
    )
    return Generation(int(stored["number"]), wish)


def _generation_json(one: Generation) -> dict[str, Any]:
    return {
        "number": one.number,
        "key_id": one.wish.key_id,
        "mode": one.wish.mode.value,
        "separators": list(one.wish.separators),
    }
