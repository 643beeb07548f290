"""The trail's rows, read: by what they are about, through an index and then one by one.

The audit table may be queried and put to, nothing else, so there is no batched read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from typing import Any, Protocol

from chalicelib.audit.trail import Line
from chalicelib.aws import clients
from chalicelib.aws.audit_rows import SHARDS, AuditRow, about, covered
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp


class Keyring(Protocol):
    def mac(self, purpose: str, text: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class TrailStore:
    keyring: Keyring

    def keys(self, kind: str, item: str) -> list[tuple[str, str]]:
        """The keys of all lines about a thing, newest first. One Query a MB."""
        question: dict[str, Any] = {
            "TableName": connection().audit_table,
            "IndexName": "index1",
            "KeyConditionExpression": "i1pk = :about",
            "ExpressionAttributeValues": {":about": {"S": f"{kind}#{item}"}},
            "ScanIndexForward": False,
        }
        found: list[tuple[str, str]] = []
        with known_faults("reading the audit trail"):
            while True:
                answer = clients.client("dynamodb").query(**question)
                found += [(row["pk"]["S"], row["sk"]["S"]) for row in answer["Items"]]
                if "LastEvaluatedKey" not in answer:
                    return found
                question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def lines(self, keys: Iterable[tuple[str, str]]) -> list[Line]:
        """The lines of those keys, in that order. One Query each."""
        return [self._line(row) for key in keys for row in _rows(*key)]

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
        is_here = row.i1pk == about(record)  # else it was moved into another thing's trail
        return Line(record, row.sk.rpartition("#")[2], is_here and compare_digest(mac, row.mac))


def _rows(pk: str, sk: str) -> list[AuditRow]:
    with known_faults("reading the audit trail"):
        return list(AuditRow.query(pk, AuditRow.sk == sk, consistent_read=True))
