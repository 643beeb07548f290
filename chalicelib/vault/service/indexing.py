"""Entries of the search index, written with the secrets that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.core.errors import Conflict
from chalicelib.vault.entry import Slots, entry_of, slots_of
from chalicelib.vault.ports import Commit, SearchTable, Values, Write
from chalicelib.vault.search_index import Content, Generation, SearchIndex
from chalicelib.vault.secret import Secret
from chalicelib.vault.tokens import folded, tokens_of
from chalicelib.vault.visit import Visit

AT_ONCE = 24
"""So many slots are written with the secret itself; a monitor writes the rest within minutes."""

TOGETHER = 80
"""So many are written in one transaction when nobody waits."""


@dataclass(frozen=True, slots=True)
class Indexing:
    table: SearchTable
    values: Values
    commit: Commit

    def writes(self, visit: Visit, before: Secret | None, after: Secret) -> list[Write]:
        """The entries that go with a change of a secret; none when it is found as it was.

        For the change's own transaction. No call, or one when the index's epoch has moved.
        """
        index = self.table.at(visit.search_epoch)
        slots = self.slots(after, index.newest)
        if before is None:
            return self._first(after.id, slots, 0)
        known = [self.slots(before, one) for one in index.generations]
        if known[-1].digest == slots.digest:
            return []
        return self._first(after.id, slots, max(len(one.places) for one in known))

    def slots(self, secret: Secret, generation: Generation) -> Slots:
        """All entries of a secret, by where they lie."""
        hashed = self.table.hashed(generation)
        tokens = tokens_of(self.content(secret), generation, hashed)
        return slots_of(entry_of(secret), tokens)

    def content(self, secret: Secret) -> Content:
        """What is found of a secret. Nobody may search in values that ask for more than a right."""
        fields = {} if secret.is_restricted else self._fields(secret)
        return Content(folded(secret.name), fields)

    def again(self, index: SearchIndex, ids: Sequence[int], *, thoroughly: bool = False) -> int:
        """Index those secrets anew where they are not as they should be; how many were not.

        May be repeated, and may die anywhere. One BatchGetItem for fifty secrets; for each that is
        written a Query and a transaction for eighty of its slots. Whoever changes one meanwhile
        has indexed it. thoroughly: also where entries are left of a field that is searched no
        more, for a Query more each.
        """
        wrong = 0
        for secret, digest in self.table.secrets(ids):
            slots = self.slots(secret, index.newest)
            lingers = thoroughly and self.table.lingers(secret.id, len(slots.places))
            if slots.digest != digest or lingers:
                wrong += 1
                self._written(secret, slots, index.newest)
        return wrong

    def finish(self, index: SearchIndex, ids: Sequence[int]) -> int:
        """Write the entries that did not fit in the changes of those secrets; how many were looked
        at. May be repeated, as above."""
        found = self.table.secrets(ids)
        for secret, digest in found:
            slots = self.slots(secret, index.newest)
            if slots.digest != digest:
                self._written(secret, slots, index.newest)
            else:
                self._tried([self.table.mark(secret, index.newest), *self._no_more(secret)])
        return len(found)

    def _fields(self, secret: Secret) -> dict[str, str]:
        return {
            one.searched_as: folded(self.values.open(secret.id, secret.value_of(one.slug)).reveal())
            for one in secret.template.fields
            if one.is_searchable and secret.value_of(one.slug)
        }

    def _first(self, id: int, slots: Slots, before: int) -> list[Write]:
        """As many slots as go with a change, and if those are not all, the word that more come."""
        needed = max(len(slots.places), before)
        is_late = needed > AT_ONCE
        digest = "" if is_late else slots.digest
        writes = [
            self.table.slot(id, number, slots, digest="" if number else digest)
            for number in range(min(needed, AT_ONCE))
        ]
        return [*writes, self.table.late(id, is_late=True)] if is_late else writes

    def _no_more(self, secret: Secret) -> list[Write]:
        """The word that nothing more comes, for the transaction that proves it."""
        return [self.table.late(secret.id, is_late=False)]

    def _written(self, secret: Secret, slots: Slots, generation: Generation) -> None:
        """Write all slots, the first one last: its digest says that the others are there."""
        needed = max(len(slots.places), self.table.slots_written(secret.id))
        numbers = list(range(needed - 1, -1, -1))
        for start in range(0, needed, TOGETHER):
            some = numbers[start : start + TOGETHER]
            writes = [self.table.mark(secret, generation)]
            for number in some:
                digest = "" if number else slots.digest
                writes.append(self.table.slot(secret.id, number, slots, digest=digest))
            if 0 in some and needed > AT_ONCE:
                writes += self._no_more(secret)
            if not self._tried(writes):
                return

    def _tried(self, writes: Sequence[Write]) -> bool:
        """Whether it was written: somebody changed the secret meanwhile, who has indexed it."""
        try:
            self.commit(writes)
        except Conflict:
            return False
        return True
