"""The data table: one pynamodb base for all rows, so one batched read may fetch rows of every kind.

Each area derives its rows here, in its store.py, with a discriminator of its own:

    class SecretRow(DataRow, discriminator="secret"):
        version = VersionAttribute()
        name = UnicodeAttribute()
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pynamodb.attributes import DiscriminatorAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection.base import Connection as PynamoConnection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from . import clients
from .connection import connection
from .faults import known_faults
from .stored import Stored

R = TypeVar("R", bound="DataRow")
Key = tuple[str, str]

INDEXES = ("index1", "index2", "index3")
_SCHEMA = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]


class SharedConnection(PynamoConnection):
    """pynamodb's connection on the process's one client instead of a client a model and thread."""

    @property
    def client(self) -> Any:
        return clients.client("dynamodb")


def shared(table_name: str) -> TableConnection:
    """A pynamodb table connection on the shared client."""
    table = TableConnection(table_name)
    table.connection = SharedConnection()
    table.connection.add_meta_table(
        MetaTable(
            {
                "TableName": table_name,
                "KeySchema": _SCHEMA,
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
                ],
            }
        )
    )
    return table


class DataRow(Stored, Model):
    """Any row of the data table. `i1pk` .. `i3sk` put it in the indexes; `ttl` in epoch seconds.

    writer:   of a mirrored cluster, the region that wrote it last
    REGIONAL: whether each row is written by one region only, whichever takes changes
    """

    REGIONAL: ClassVar[bool] = False

    class Meta:
        table_name = ""  # the connection says it, at first use

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    i1pk = UnicodeAttribute(null=True)
    i1sk = UnicodeAttribute(null=True)
    i2pk = UnicodeAttribute(null=True)
    i2sk = UnicodeAttribute(null=True)
    i3pk = UnicodeAttribute(null=True)
    i3sk = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    writer = UnicodeAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        name = connection().data_table
        if DataRow._connection is None or DataRow.Meta.table_name != name:
            DataRow.Meta.table_name = name
            DataRow._connection = shared(name)
        return DataRow._connection

    @property
    def key(self) -> Key:
        return (self.pk, self.sk)


@dataclass(frozen=True, slots=True)
class Hit:
    """One row found by an index: its key, and its place in the index."""

    pk: str
    sk: str
    sort: str


_ahead: ContextVar[dict[Key, DataRow | None] | None] = ContextVar("ahead", default=None)


@contextmanager
def read_ahead(keys: Sequence[Key]) -> Iterator[None]:
    """One batched read now for the reads of the block, wherever in it they are. One BatchGetItem.

    Each row is handed out once: whoever reads it again, after a conflict say, asks the table.
    """
    rows = read(keys)
    token = _ahead.set({key: rows.get(key) for key in keys})
    try:
        yield
    finally:
        _ahead.reset(token)


def _from_ahead(keys: Sequence[Key]) -> dict[Key, DataRow | None]:
    """Those of the rows that were read ahead; they are not handed out again."""
    ahead = _ahead.get() or {}
    return {key: ahead.pop(key) for key in keys if key in ahead}


def fetch(row: type[R], pk: str, sk: str) -> R | None:
    """One row, consistently read, or None. One GetItem."""
    ahead = _from_ahead([(pk, sk)])
    if ahead:
        found = ahead[pk, sk]
        return found if isinstance(found, row) else None
    with known_faults("reading the data table"):
        try:
            return row.get(pk, sk, consistent_read=True)
        except row.DoesNotExist:
            return None


def read(keys: Sequence[Key]) -> dict[Key, DataRow]:
    """Rows of any kinds by key, consistently read; absent ones are left out. One BatchGetItem.

    At most 100 keys a call. The classes of the rows must have been imported.
    """
    ahead = _from_ahead(keys)
    found = {key: row for key, row in ahead.items() if row is not None}
    asked = [key for key in dict.fromkeys(keys) if key not in ahead]
    if not asked:
        return found
    with known_faults("reading the data table"):
        return found | {row.key: row for row in DataRow.batch_get(asked, consistent_read=True)}


def typed(rows: dict[Key, DataRow], row: type[R], key: Key) -> R | None:
    """The row of that key as its class, or None when it was not there."""
    found = rows.get(key)
    return found if isinstance(found, row) else None


def partition(
    row: type[R], pk: str, *, begins: str = "", newest_first: bool = False, limit: int | None = None
) -> list[R]:
    """A partition's rows whose sort key begins so, in order of the sort key. One Query a MB."""
    condition = row.sk.startswith(begins) if begins else None
    with known_faults("reading the data table"):
        return list(
            row.query(
                pk,
                condition,
                consistent_read=True,
                scan_index_forward=not newest_first,
                limit=limit,
            )
        )


def index(  # noqa: PLR0913 - the parts of one index question
    number: int,
    pk: str,
    *,
    after: str = "",
    until: str = "",
    begins: str = "",
    newest_first: bool = False,
    limit: int = 100,
) -> list[Hit]:
    """Up to `limit` hits of one index partition, by its sort key; one Query a page.

    `until` is inclusive, `after` exclusive; give `begins` or those two. An index is a hint
    (eventually consistent, keys only): re-check the row by condition before acting on it.
    """
    hash_name, sort_name = f"i{number}pk", f"i{number}sk"
    text, values = _sort_condition(after, until, begins)
    question = {
        "TableName": connection().data_table,
        "IndexName": INDEXES[number - 1],
        "KeyConditionExpression": "#h = :h" + text,
        "ExpressionAttributeNames": {"#h": hash_name} | ({"#s": sort_name} if text else {}),
        "ExpressionAttributeValues": {":h": {"S": pk}} | values,
        "ScanIndexForward": not newest_first,
        "Limit": limit,
    }
    hits: list[Hit] = []
    with known_faults("reading an index"):
        while True:
            answer = clients.client("dynamodb").query(**question)
            hits += [
                Hit(item["pk"]["S"], item["sk"]["S"], item[sort_name]["S"])
                for item in answer["Items"]
            ]
            if len(hits) >= limit or "LastEvaluatedKey" not in answer:
                return hits[:limit]
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _sort_condition(after: str, until: str, begins: str) -> tuple[str, dict[str, dict[str, str]]]:
    if begins:
        return " AND begins_with(#s, :b)", {":b": {"S": begins}}
    if after and until:
        # BETWEEN is inclusive on both sides: the smallest text above `after` excludes it
        return " AND #s BETWEEN :a AND :u", {":a": {"S": after + "\0"}, ":u": {"S": until}}
    if until:
        return " AND #s <= :u", {":u": {"S": until}}
    if after:
        return " AND #s > :a", {":a": {"S": after}}
    return "", {}


def reset() -> None:
    """Forget the shared connection: for tests."""
    DataRow._connection = None
    DataRow.Meta.table_name = ""
