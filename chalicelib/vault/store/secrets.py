"""Questions about secrets, and the writes that change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws.commit import Check, Delete, Put, Write
from chalicelib.aws.table import Key, fetch, index, partition, read, typed
from chalicelib.aws.written import list_written
from chalicelib.core.clock import stamp, utc_now
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.listing import SHARDS, Listed, listed
from chalicelib.vault.secret import FieldValue, Secret, Stored
from chalicelib.vault.state import Due, SecretState, Where
from chalicelib.vault.window import Window

from . import nouns, states
from .relisting import relist
from .rows import (
    HISTORY,
    GrantRow,
    HistoryRow,
    SecretRow,
    StateRow,
    among_all,
    checkouts,
    due_partition,
    grant_key,
    history_key,
    history_prefix,
    in_folder,
    secret_key,
    served_by,
    served_place,
    state_key,
    warnings,
)
from .value_maps import former_of, history_row

BATCH = 50  # secrets a batched read: two rows each, a hundred keys a call
EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class SecretStore:
    """Reads are consistent but for those by index. `definitions`: templates as of now, as a rule
    without a call.
    """

    definitions: Callable[[], Definitions]

    def keys(self, id: int) -> list[tuple[Any, str, str]]:
        """The rows to read together with a session for a request about that secret."""
        return [(SecretRow, *secret_key(id)), (StateRow, *state_key(id))]

    def in_rows(self, rows: Mapping[Key, Any], id: int) -> Stored | None:
        """The secret among rows that somebody read, None when it is not there."""
        secret = typed(dict(rows), SecretRow, secret_key(id))
        state = typed(dict(rows), StateRow, state_key(id))
        if secret is None or state is None:
            return None
        return Stored(nouns.secret_of(secret, self.definitions()), states.state_of(state))

    def fetch(self, ids: Sequence[int]) -> dict[int, Stored]:
        """The secrets of those ids that exist. One BatchGetItem for every fifty."""
        found: dict[int, Stored] = {}
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            rows = read([key(id) for id in some for key in (secret_key, state_key)])
            stored = ((id, self.in_rows(rows, id)) for id in some)
            found |= {id: one for id, one in stored if one is not None}
        return found

    def in_folder(self, folder_id: int) -> list[Listed]:
        """What the index lists in a folder, by name; a moment old."""
        hits = index(1, in_folder(folder_id), limit=EVERYTHING)
        return [listed(hit.sort) for hit in hits]

    def everywhere(self) -> list[Listed]:
        """What the index lists in all, by name; a moment old. One Query a shard and MB."""
        hits = [hit for n in range(SHARDS) for hit in index(2, among_all(n), limit=EVERYTHING)]
        return [listed(sort) for sort in sorted(hit.sort for hit in hits)]

    def page_in_folder(self, folder_id: int, after: str, limit: int) -> list[Listed]:
        """The next of a folder after a sort key, by name. One Query a MB."""
        return [
            listed(hit.sort) for hit in index(1, in_folder(folder_id), after=after, limit=limit)
        ]

    def page(self, shard: int, after: str, limit: int) -> list[Listed]:
        """The next of one shard of all secrets after a sort key, by name. One Query a MB."""
        hits = index(2, among_all(shard), after=after, limit=limit)
        return [listed(hit.sort) for hit in hits]

    def served(self, privileged_id: int, most: int = BATCH) -> list[int]:
        """Ids of secrets that a privileged account works for: a hint, re-check their rows.

        Complete once the cluster's rows are of schema 2.
        """
        return [int(hit.sort) for hit in index(3, served_by(privileged_id), limit=most)]

    def list_by_privileged_account(self, ids: Sequence[int]) -> int:
        """Have `served` find those of the secrets that it does not; how many rows were written.

        At most a hundred ids. A row that somebody writes meanwhile is listed by his write.
        """
        rows = read([secret_key(id) for id in ids]).values()
        found = [row for row in rows if isinstance(row, SecretRow) and _is_unlisted(row)]
        list_written([row.key for row in found], utc_now())
        return sum(map(_list_by_privileged_account, found))

    def list_warnings(self, ids: Sequence[int]) -> int:
        """Have `ExpiryService` find those whose owners are to be told; how many rows were written.

        At most a hundred ids.
        """
        rows = read([state_key(id) for id in ids]).values()
        found = [row for row in rows if isinstance(row, StateRow)]
        wanted = [(row, states.warning_of(row)) for row in found if row.i2pk is None]
        missing = [(row, *place) for row, place in wanted if place is not None]
        list_written([row.key for row, *_ in missing], utc_now())
        return sum(relist(row, 2, due, place) for row, due, place in missing)

    def of_grant(self, grant_id: int) -> int | None:
        """The id of the secret that holds a grant."""
        row = fetch(GrantRow, *grant_key(grant_id))
        return int(row.secret_id) if row else None

    def history(self, id: int, key: str) -> list[tuple[FieldValue, datetime]]:
        """Former values of a field and until when each was in force, newest first."""
        rows = partition(
            HistoryRow, secret_key(id)[0], begins=history_prefix(key), newest_first=True
        )
        return [former_of(row) for row in rows]

    def former(self, id: int) -> list[tuple[FieldValue, datetime]]:
        """The same of all fields, those included that its template has no more."""
        rows = partition(HistoryRow, secret_key(id)[0], begins=HISTORY)
        return [former_of(row) for row in rows]

    def due(self, due: Due, where: Where, until: datetime, limit: int) -> list[int]:
        """Secrets with that work due, longest first: a hint, re-checked on the state itself."""
        number = 1 if due is Due.HEARTBEAT else 2
        partitions = [due_partition(due, where, shard) for shard in range(states.DUE_SHARDS)]
        return _first_ids(number, partitions, f"{stamp(until)}~", limit)

    def checkouts_over(self, until: datetime, limit: int) -> list[int]:
        """Secrets whose checkout has come to its end, longest over first: a hint, as above."""
        return _first_ids(3, _CHECKOUTS, f"{stamp(until)}~", limit)

    def expiring(self, until: datetime, limit: int) -> list[int]:
        """Secrets whose owners are to be told that they expire: a hint, as above."""
        partitions = [warnings(shard) for shard in range(states.DUE_SHARDS)]
        return _first_ids(2, partitions, f"{stamp(until)}~", limit)

    def checked_out(self) -> list[Listed]:
        """What is checked out. One Query a shard, and a batched read for every fifty."""
        found = self.fetch(_first_ids(3, _CHECKOUTS, "", EVERYTHING)).values()
        return [nouns.listed_of(one.secret) for one in found if one.state.checkout]

    def put(self, secret: Secret) -> Write:
        """Store a secret, if it is still of the version that the change is based on."""
        return Put(nouns.row_of(secret))

    def put_state(self, state: SecretState) -> Write:
        """Store a state, if it is still of the version that the change is based on."""
        return Put(states.state_row(state))

    def unchanged(self, secret: Secret) -> Write:
        """Fails the change if that secret was changed in the meantime."""
        return Check(SecretRow, *secret_key(secret.id), SecretRow.version == secret.version)

    def unchanged_state(self, state: SecretState) -> Write:
        """Fails the change if that state was changed in the meantime."""
        return Check(StateRow, *state_key(state.secret_id), StateRow.version == state.version)

    def held_alike(self, state: SecretState, windows: Sequence[Window] = ()) -> Write:
        """Fails the change if that secret was checked out or in in the meantime, or a window of
        those closed."""
        same = (
            StateRow.checkout_id == state.checkout.id
            if state.checkout
            else StateRow.pk.exists() & StateRow.checkout_id.does_not_exist()
        )
        for one in windows:
            same &= StateRow.windows[one.id]["until"] == stamp(one.until)
        return Check(StateRow, *state_key(state.secret_id), same)

    def keep(self, id: int, former: FieldValue, until: datetime, most: int) -> list[Write]:
        """Put a former value into the history, and drop the one that is more than `most`."""
        if not former.sealed or most < 1:
            return []
        row = history_row(id, former, until)
        writes: list[Write] = [Put(row, HistoryRow.pk.does_not_exist())]
        if former.version > most:
            old = HistoryRow(*history_key(id, former.key, former.version - most))
            writes.append(Delete(old))
        return writes

    def keep_anew(self, id: int, former: FieldValue, after: FieldValue, until: datetime) -> Write:
        """Put a former value, sealed anew, in its place."""
        return Put(history_row(id, after, until), HistoryRow.sealed == former.sealed)

    def point_grant(self, grant_id: int, secret_id: int) -> Write:
        return Put(GrantRow(*grant_key(grant_id), secret_id=secret_id))

    def forget_grant(self, grant_id: int) -> Write:
        return Delete(GrantRow(*grant_key(grant_id)))


def _is_unlisted(row: SecretRow) -> bool:
    """Whether it has a privileged account, whose index does not find it."""
    account, place = int(row.privileged_id), served_place(int(row.id))
    return bool(account) and (row.i3pk, row.i3sk) != (served_by(account), place)


_CHECKOUTS = [checkouts(shard) for shard in range(states.DUE_SHARDS)]


def _first_ids(number: int, partitions: Sequence[str], until: str, limit: int) -> list[int]:
    """Ids of the secrets that come first in those partitions of an index of what is due."""
    hits = [hit.sort for one in partitions for hit in index(number, one, until=until, limit=limit)]
    return [int(sort.rpartition("#")[2]) for sort in sorted(hits)[:limit]]


def _list_by_privileged_account(row: SecretRow) -> bool:
    return relist(row, 3, served_by(int(row.privileged_id)), served_place(int(row.id)))
