"""Integer ids for clients (32 bit), from one counter a kind, taken in blocks; gaps are fine."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from pynamodb.attributes import NumberAttribute

from .connection import connection
from .faults import known_faults
from .table import DataRow, fetch

BLOCK = 20


class CounterRow(DataRow, discriminator="counter"):
    last = NumberAttribute(default=0)


@dataclass(slots=True)
class Counter:
    """Hands out ids of each kind; one UpdateItem for every 20 of them. Safe under threads."""

    first: int = 1
    _left: dict[tuple[str, str], range] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, kind: str) -> int:
        """An id of that kind that no other process was or will be given."""
        place = (connection().data_table, kind)
        with self._lock:
            left = self._left.get(place) or self._take(kind)
            self._left[place] = left[1:]
            return left[0]

    def newest(self, kind: str) -> int:
        """The highest id of that kind that any process can have been given; 0 for none."""
        row = fetch(CounterRow, f"counter#{kind}", "counter")
        return self.first - 1 + int(row.last) if row else 0

    def _take(self, kind: str) -> range:
        row = CounterRow(pk=f"counter#{kind}", sk="counter")
        with known_faults("taking a block of ids"):
            row.update(actions=[CounterRow.last.add(BLOCK), CounterRow.kind.set(CounterRow)])
        last = self.first - 1 + int(row.last)
        return range(last - BLOCK + 1, last + 1)
