"""The trail's rows, read: by what they are about, through an index and then one by one.

The audit table may be queried and put to, nothing else, so there is no batched read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest
from typing import Any, Protocol

from chalicelib.audit.trail import Done, Line, Place
from chalicelib.aws import clients
from chalicelib.aws.audit_rows import SHARDS, AuditRow, covered, is_listed_right
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp, stamp


class Keyring(Protocol):
    def mac(self, purpose: str, text: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class TrailStore:
    keyring: Keyring

    def places(self, kind: str, item: str) -> list[Place]:
        """Where all lines about a thing are, newest first. One Query a MB."""
        question: dict[str, Any] = {
            "TableName": connection().audit_table,
            "IndexName": "index1",
            "KeyConditionExpression": "i1pk = :about",
            "ExpressionAttributeValues": {":about": {"S": f"{kind}#{item}"}},
            "ScanIndexForward": False,
        }
        found: list[Place] = []
        with known_faults("reading the audit trail"):
            while True:
                answer = clients.client("dynamodb").query(**question)
                found += [_place(row) for row in answer["Items"]]
                if "LastEvaluatedKey" not in answer:
                    return found
                question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def lines(self, places: Iterable[Place]) -> list[Line]:
        """The lines of those places, in that order. One Query each."""
        return [self._line(row) for place in places for row in _rows(place.pk, place.sk)]

    def done(self, actor: int, since: datetime, until: datetime, most: int) -> list[Done]:
        """What a user did between those times, newest first; a moment old. One Query.

        The index alone tells it. Lines of earlier versions, of which it tells less, are left out.
        """
        question: dict[str, Any] = {
            "TableName": connection().audit_table,
            "IndexName": "index2",
            "KeyConditionExpression": "i2pk = :who AND i2sk BETWEEN :since AND :until",
            "ExpressionAttributeValues": {
                ":who": {"S": f"actor#{actor}"},
                ":since": {"S": stamp(since)},
                ":until": {"S": f"{stamp(until)}~"},
            },
            "ScanIndexForward": False,
            "Limit": most,
        }
        with known_faults("reading the audit trail"):
            answer = clients.client("dynamodb").query(**question)
        told = (row["i2sk"]["S"].split("#", 5) for row in answer["Items"])
        return [Done(parse_stamp(one[0]), *one[3:]) for one in told if len(one) == 6]  # noqa: PLR2004 - time, place, id, action, kind, item

    def of_day(self, day: date) -> list[Line]:
        """All lines of a day, newest first. A Query for each shard, and more beyond a MB."""
        rows: list[AuditRow] = []
        with known_faults("reading the audit trail"):
            for shard in range(SHARDS):
                rows += AuditRow.query(f"audit#{day.isoformat()}#{shard}", consistent_read=True)
        return [self._line(row) for row in sorted(rows, key=lambda row: row.sk, reverse=True)]

    def _line(self, row: AuditRow) -> Line:
        record = AuditRecord(
            actor=int(row.actor),
            action=row.action,
            kind=row.item_kind,
            item=row.item,
            at=parse_stamp(row.at),
            detail=row.detail or "",
            address=row.address or "",
            through=row.through or "",
            cause=row.cause or "",
        )
        mac = self.keyring.mac("audit", covered(record, row.pk, row.sk))
        is_here = is_listed_right(record, row.sk, row.i1pk, row.i1sk)  # or it was moved there
        return Line(record, row.sk.rpartition("#")[2], is_here and compare_digest(mac, row.mac))


def _place(row: Any) -> Place:
    sk = row["sk"]["S"]
    return Place(row["pk"]["S"], sk, row["i1sk"]["S"].removeprefix(sk).removeprefix("#"))


def _rows(pk: str, sk: str) -> list[AuditRow]:
    with known_faults("reading the audit trail"):
        return list(AuditRow.query(pk, AuditRow.sk == sk, consistent_read=True))
