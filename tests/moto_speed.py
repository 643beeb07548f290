"""moto copies a whole table, and its whole stream, for every item of a transaction: cheaper here.

The copy serves to undo a transaction that fails, so rows are still copied; what the stream holds is
never changed and is shared.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.dynamodb.models.table import Table


def quicken() -> None:
    """Let a table's copy cost its rows only."""
    Table.__deepcopy__ = _copied  # type: ignore[attr-defined]


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    twin = copy.copy(table)
    twin.items = copy.deepcopy(table.items, memo)
    shard = table.stream_shard
    if shard is not None:
        twin.stream_shard = copy.copy(shard)
        twin.stream_shard.items = list(shard.items)
        twin.stream_shard.table = twin
    return twin
