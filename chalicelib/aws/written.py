"""What a region of a mirrored cluster wrote: one small row a change, with a key of its own.

Global tables do not tell who wrote an item last, so each row carries its writer's region, and each
change leaves the keys that it wrote where they are found by the region that wrote them (ADR 5). A
cluster without a mirror writes neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.ids import fresh_id

from . import clients
from .connection import connection
from .faults import known_faults
from .table import DataRow, Key, index, read

SHARDS = 8
KEPT = timedelta(days=30)


class WrittenRow(DataRow, discriminator="written"):
    """index3 finds it, by region and time, until it was looked at."""

    REGIONAL = True

    region = UnicodeAttribute()
    at = UnicodeAttribute()
    rows = JSONAttribute()


@dataclass(frozen=True, slots=True)
class Written:
    """One change of a region: the keys that it wrote."""

    id: str
    region: str
    at: datetime
    keys: tuple[Key, ...]


def written_row(region: str, id: str, at: datetime, keys: Sequence[Key]) -> WrittenRow:
    """The row of one change."""
    return WrittenRow(
        *key_of(id),
        i3pk=place(region, int(id[:4], 16) % SHARDS),
        i3sk=f"{stamp(at)}#{id}",
        region=region,
        at=stamp(at),
        rows=[list(key) for key in keys],
        ttl=int((at + KEPT).timestamp()),
    )


def list_written(keys: Sequence[Key], at: datetime) -> None:
    """List what is about to be written outside a transaction. Nothing without a mirror.

    Before, so that whoever dies in between leaves nothing unlisted; a key too many does no harm.
    """
    region = connection().mirrored_region
    if region and keys:
        with known_faults("listing what is written"):
            written_row(region, fresh_id(), at, keys).save()


def key_of(id: str) -> Key:
    return (f"written#{id}", "written")


def place(region: str, shard: int) -> str:
    """The index partition of what a region wrote."""
    return f"written#{region}#{shard}"


def written_in(region: str, shard: int, since: datetime | None, limit: int = 25) -> list[Written]:
    """Changes that a region made since, and nobody has looked at; oldest first. Two reads."""
    hits = index(3, place(region, shard), after=stamp(since) if since else "", limit=limit)
    found = read([(hit.pk, hit.sk) for hit in hits])
    return [_written(row) for row in found.values() if isinstance(row, WrittenRow) and row.i3pk]


def current(keys: Sequence[Key]) -> dict[Key, tuple[str, str]]:
    """The kind of each row that is there, and the region that wrote it last, "" if unknown.

    Of rows of every kind, whether or not their classes are loaded. One BatchGetItem.
    """
    table = connection().data_table
    asked = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
    question = {
        "Keys": asked,
        "ConsistentRead": True,
        "ProjectionExpression": "pk, sk, kind, #w",
        "ExpressionAttributeNames": {"#w": "writer"},
    }
    found: dict[Key, tuple[str, str]] = {}
    left = {table: question}
    while left:
        with known_faults("reading what was written"):
            answer = clients.client("dynamodb").batch_get_item(RequestItems=left)
        for item in answer["Responses"][table]:
            writer = item.get("writer", {"S": ""})["S"]
            found[item["pk"]["S"], item["sk"]["S"]] = (item["kind"]["S"], writer)
        left = answer.get("UnprocessedKeys") or {}
    return found


def _written(row: WrittenRow) -> Written:
    keys = tuple((str(pk), str(sk)) for pk, sk in row.rows)
    return Written(row.pk.partition("#")[2], row.region, parse_stamp(row.at), keys)
