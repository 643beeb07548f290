"""Makes this cluster's tables hold what a backup holds: puts what differs, removes what is gone.

Every call may be repeated, and by several at once: what is there already is not written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import CONDITION, known_faults
from chalicelib.backup.rows import Item
from chalicelib.recovery.replica import COUNTERS, OWN, ahead, kind_of

Key = tuple[str, str]

MOST_KEYS, THREADS = 100, 8


@dataclass(frozen=True, slots=True)
class Copies:
    """`dry`: only count what would be written."""

    dry: bool = False

    def put(self, rows: Sequence[Item]) -> list[Item]:
        """Put those rows of the data table that differ; as they were before, or as they are now."""
        changed = [pair for some in _groups(rows, MOST_KEYS) for pair in _differing(some)]
        if not self.dry:
            _each(lambda pair: _put(connection().data_table, pair[1]), changed)
        return [before or after for before, after in changed]

    def add(self, lines: Sequence[Item]) -> int:
        """Add lines to the trail unless they are there; how many were given."""
        if not self.dry:
            _each(_add, lines)
        return len(lines)

    def remove_others(self, kept: frozenset[int]) -> list[Item]:
        """Remove the rows of the data table whose key is not among those; what they were."""
        gone: list[Item] = []
        for page in _pages(connection().data_table):
            others = [row for row in page if kind_of(row) not in OWN and mark(row) not in kept]
            others = [row for row in others if kind_of(row) != COUNTERS]
            if not self.dry:
                _each(_delete, others)
            gone += others
        return gone


def mark(row: Item) -> int:
    """A short stand-in for a row's key: a backup's keys are held in memory all at once."""
    return hash(key_of(row))


def key_of(row: Item) -> Key:
    return row["pk"]["S"], row["sk"]["S"]


def _differing(rows: Sequence[Item]) -> list[tuple[Item | None, Item]]:
    """(What is there, what is to be there) of the rows that are not as they are to be."""
    there = _there(rows)
    pairs = []
    for row in rows:
        ours = there.get(key_of(row))
        wanted = ahead(ours, row) if kind_of(row) == COUNTERS else row
        if ours != wanted:
            pairs.append((ours, wanted))
    return pairs


def _there(rows: Sequence[Item]) -> dict[Key, Item]:
    table, found = connection().data_table, {}
    keys: list[Any] = [{"pk": row["pk"], "sk": row["sk"]} for row in rows]
    while keys:
        asked = {table: {"Keys": keys, "ConsistentRead": True}}
        with known_faults("reading the data table"):
            answer = clients.client("dynamodb").batch_get_item(RequestItems=asked)
        found.update({key_of(row): row for row in answer["Responses"].get(table, ())})
        keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


def _pages(table: str) -> Iterator[Sequence[Item]]:
    asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        with known_faults("reading the data table"):
            answer = clients.client("dynamodb").scan(**asked)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _put(table: str, row: Item) -> None:
    with known_faults("writing the data table"):
        clients.client("dynamodb").put_item(TableName=table, Item=row)


def _add(line: Item) -> None:
    with known_faults("adding to the audit trail"):
        try:
            clients.client("dynamodb").put_item(
                TableName=connection().audit_table,
                Item=line,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION:
                raise


def _delete(row: Item) -> None:
    key = {"pk": row["pk"], "sk": row["sk"]}
    with known_faults("writing the data table"):
        clients.client("dynamodb").delete_item(TableName=connection().data_table, Key=key)


def _each(do: Callable[[Any], None], things: Sequence[Any]) -> None:
    if not things:
        return
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(do, things):
            pass


def _groups(rows: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))
