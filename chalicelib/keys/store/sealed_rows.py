"""Reads all rows that hold sealed values, page by page, and seals anew what another key sealed.

The one scan of the data table besides a backup's: a rotation must meet everything. A row is written
on the condition that the very blobs that were read are still there, and its version stays: whoever
changes it meanwhile wins, and nobody is refused because of a rotation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.aws import clients, envelope
from chalicelib.aws.connection import connection
from chalicelib.aws.envelope import Place
from chalicelib.aws.faults import known_faults
from chalicelib.core.errors import Conflict, Unsealable
from chalicelib.keys.rotation import Counts, Page

from .sealed import BLOB, BY_KIND, SECRET, Item, Sealed

TRIES = 5


class Keyring(Protocol):
    def primary(self) -> int: ...
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...
    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SealedRows:
    """most: rows that a Scan looks at, at most a MB"""

    keyring: Keyring
    most: int = 500
    kinds: Mapping[str, Sealed] = field(default_factory=lambda: BY_KIND)

    def count(self, cursor: str) -> Page:
        rows, further = self._read(cursor)
        return Page(self._met(rows), further)

    def reseal(self, cursor: str) -> Page:
        rows, further = self._read(cursor)
        counts, unopened = self._met(rows), []
        for row in rows:
            done = self._row(row)
            counts += done
            if done.failed:
                unopened.append(f"{row['pk']['S']}/{row['sk']['S']}")
        return Page(counts, further, unopened)

    def _met(self, rows: list[Item]) -> Counts:
        return Counts(secrets=sum(row["kind"]["S"] == SECRET for row in rows), rows=len(rows))

    def _read(self, cursor: str) -> tuple[list[Item], str]:
        names = {f":k{number}": {"S": kind} for number, kind in enumerate(self.kinds)}
        asked: dict[str, Any] = {
            "TableName": connection().data_table,
            "ConsistentRead": True,
            "Limit": self.most,
            "FilterExpression": f"#k IN ({', '.join(names)})",
            "ExpressionAttributeNames": {"#k": "kind"},
            "ExpressionAttributeValues": names,
        }
        if cursor:
            asked["ExclusiveStartKey"] = json.loads(cursor)
        with known_faults("reading the rows with sealed values"):
            answer = clients.client("dynamodb").scan(**asked)
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], json.dumps(last) if last else ""

    def _row(self, row: Item) -> Counts:
        """Seal a row's values anew; read again when somebody else wrote meanwhile."""
        for _ in range(TRIES):
            counts, after = self._sealed_anew(row)
            if not counts.resealed:
                return counts
            try:
                self._write(row, after)
            except Conflict:
                found = self._again(row)
                if found is None:
                    return Counts()
                row = found
            else:
                return counts
        return Counts(resealed=1)  # it is changed all the time: the next pass looks again

    def _sealed_anew(self, row: Item) -> tuple[Counts, dict[str, Any]]:
        """The attribute that holds a row's blobs, as it should be; and how many blobs changed."""
        known, primary = self.kinds[row["kind"]["S"]], self.keyring.primary()
        fresh: dict[int, bytes] = {}
        failed = 0
        for one in known.holders(row):
            blob = bytes(one[BLOB]["B"])
            try:
                if envelope.key_id_of(blob) != primary:
                    place = known.place(row, one)
                    raw = self.keyring.open_bytes(blob, place)
                    fresh[id(one)] = self.keyring.seal_bytes(raw, place)
            except Unsealable:
                failed += 1
        return Counts(resealed=len(fresh), failed=failed), _replaced(row, known, fresh)

    def _write(self, row: Item, after: dict[str, Any]) -> None:
        ((name, value),) = after.items()
        with known_faults("sealing a row's values anew"):
            clients.client("dynamodb").update_item(
                TableName=connection().data_table,
                Key={"pk": row["pk"], "sk": row["sk"]},
                UpdateExpression="SET #a = :after",
                ConditionExpression="#a = :before",
                ExpressionAttributeNames={"#a": name},
                ExpressionAttributeValues={":after": value, ":before": row[name]},
            )

    def _again(self, row: Item) -> Item | None:
        with known_faults("reading a row again"):
            answer = clients.client("dynamodb").get_item(
                TableName=connection().data_table,
                Key={"pk": row["pk"], "sk": row["sk"]},
                ConsistentRead=True,
            )
        found: Item | None = answer.get("Item")
        return found


def _replaced(row: Item, known: Sealed, fresh: Mapping[int, bytes]) -> dict[str, Any]:
    """The attribute of the row with its blobs, those of `fresh` (by their map) in their places."""
    if BLOB not in row and not known.within:
        return {}
    if not known.within:
        return {BLOB: {"B": fresh.get(id(row), row[BLOB]["B"])}}
    maps = (one["M"] for one in row[known.within]["L"])
    changed = [{**one, BLOB: {"B": fresh[id(one)]}} if id(one) in fresh else one for one in maps]
    return {known.within: {"L": [{"M": one} for one in changed]}}
