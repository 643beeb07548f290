"""Process Field Encryption Changes Task: the index follows what templates say of their fields."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict
from chalicelib.core.tick import Tally
from chalicelib.vault.field_change import FieldChange
from chalicelib.vault.listing import SHARDS
from chalicelib.vault.ports import Commit, SearchTable, Secrets
from chalicelib.vault.recheck import Place, place_of
from chalicelib.vault.ruling_ports import FieldChangeRows

from .indexing import Indexing

SLICE = 500
"""Secrets of the list that are looked through before it is written down how far it is."""


@dataclass(frozen=True, slots=True)
class ExposureService:
    """refusal: why nothing may be written here now, as in maintenance mode; None when it may"""

    rows: FieldChangeRows
    secrets: Secrets
    table: SearchTable
    indexing: Indexing
    commit: Commit
    refusal: Callable[[], ConclaveError | None]
    clock: Clock

    def run(self, deadline: datetime) -> Tally:
        """Slice after slice of one template's secrets until time is up. Nothing asked: one Query.

        May be repeated and may die anywhere: what is indexed as it should be is left alone. A Query
        a shard for a slice of the list of all secrets; of those of the template a read for
        fifty, a Query each, and a transaction for each that is not as it should be.
        """
        now = self.clock()
        due = [one for one in self.rows.asked() if one.is_due(now)]
        if not due or self.refusal():
            return Tally(len(due))
        one, tally = due[0].begun(now), Tally()
        after: FieldChange | None = one
        while after is not None:
            place, done = self._slice(one.template_id, place_of(after.cursor))
            tally += done
            after = replace(after, cursor=str(place)) if place else after.ended_pass()
            with suppress(Conflict):  # asked for anew meanwhile: from the first on
                self.commit([self.rows.moved(after) if after else self.rows.over(one)])
            if place is None or self.clock() >= deadline:
                break
        goes_on = bool(after and after.cursor) or len(due) > 1
        return replace(tally, cursor="more" if goes_on else "")

    def _slice(self, template_id: int, place: Place) -> tuple[Place | None, Tally]:
        listed = self.secrets.page(place.shard, place.after, SLICE)
        ids = [one.id for one in listed if one.template_id == template_id]
        wrong = self.indexing.again(self.table.fresh(), ids, thoroughly=True) if ids else 0
        if len(listed) >= SLICE:
            return Place(place.shard, listed[-1].sort_key()), Tally(len(ids), wrong)
        further = Place(place.shard + 1) if place.shard + 1 < SHARDS else None
        return further, Tally(len(ids), wrong)
