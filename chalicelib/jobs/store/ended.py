"""Rows of any area that have ended, found by when and removed on that condition."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.ends import partition_of
from chalicelib.aws.faults import known_faults
from chalicelib.aws.table import DataRow, index
from chalicelib.core.clock import stamp
from chalicelib.core.errors import Conflict
from chalicelib.jobs.cleaning import Ended

INDEX = 3


class EndedRows:
    def ended(self, kind: str, until: datetime, after: str, most: int) -> list[Ended]:
        """Up to `most` rows that ended before `until`, behind a place, oldest first. One Query."""
        hits = index(INDEX, partition_of(kind), after=after, until=stamp(until), limit=most)
        return [Ended(hit.pk, hit.sk, hit.sort) for hit in hits]

    def remove(self, kind: str, row: Ended) -> bool:
        """Remove a row unless it was given another end since. One DeleteItem."""
        same = (DataRow.i3pk == partition_of(kind)) & (DataRow.i3sk == row.place)
        try:
            with known_faults("removing a row that has ended"):
                DataRow(row.pk, row.sk).delete(same)
        except Conflict:
            return False
        return True
