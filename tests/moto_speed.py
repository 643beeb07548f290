"""moto does much of its work again and again; the same work, done once or only where it counts.

Each of these gives the same answers. What it saves was found by profiling the suite: half of it.
"""

from __future__ import annotations

import copy
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from moto.core import responses
from moto.core.model import StructureShape
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.models.table import Table

_serialize_structure = BaseJSONSerializer._serialize_type_structure


def quicken() -> None:
    """Let a table's copy cost its rows only, a value its own type, and a class one look."""
    Table.__deepcopy__ = _copied  # type: ignore[attr-defined]
    BaseJSONSerializer._serialize_type_structure = _serialized  # type: ignore[method-assign]
    responses.method_names_from_class = cache(method_names_from_class)  # type: ignore[attr-defined]


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    """A transaction copies each table that it touches, to be able to undo.

    Rows are copied; what the stream holds is never changed and is shared.
    """
    twin = copy.copy(table)
    twin.items = copy.deepcopy(table.items, memo)
    twin.ttl = dict(table.ttl)  # these two are changed in place, and by one test only
    twin.continuous_backups = copy.deepcopy(table.continuous_backups, memo)
    shard = table.stream_shard
    if shard is not None:
        twin.stream_shard = copy.copy(shard)
        twin.stream_shard.items = list(shard.items)
        twin.stream_shard.table = twin
    return twin


def _serialized(
    self: BaseJSONSerializer,
    serialized: MutableMapping[str, Any],
    value: Any,
    shape: StructureShape,
    key: str,
) -> None:
    """A value of DynamoDB names its type: the other nine need not be looked for."""
    if shape.name != "AttributeValue" or not isinstance(value, dict):
        _serialize_structure(self, serialized, value, shape, key)
        return
    wrapper: Any = self.MAP_TYPE()
    for member in value.keys() & shape.members.keys():
        self._serialize(wrapper, value[member], shape.members[member], member)
    self._default_serialize(serialized, wrapper, shape, key)
