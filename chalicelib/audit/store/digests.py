"""Digests in the audit table, and the rows of the trail that they sum.

The audit table may be queried and put to, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.audit.digest import Line, Signed, form_of, hour_of, in_order, line_of, read_form
from chalicelib.aws import clients, keyring
from chalicelib.aws.audit_rows import SHARDS
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.core.clock import parse_stamp

DIGESTS = "digest"
"""The partition of all digests: one row an hour."""


class DigestRows:
    """Raises Unavailable when DynamoDB refuses."""

    def newest(self) -> Signed | None:
        """The last digest of the chain as the table has it. One Query."""
        for row in _query({":p": {"S": DIGESTS}}, "pk = :p", ScanIndexForward=False, Limit=1):
            return read_form(row["digest"]["S"].encode())
        return None

    def add(self, signed: Signed) -> None:
        """Add a digest to the chain. Raises Conflict when its hour has one. One PutItem."""
        item = {
            "pk": {"S": DIGESTS},
            "sk": {"S": signed.digest.hour},
            "digest": {"S": form_of(signed).decode()},
        }
        with known_faults("adding a digest to the audit table"):
            clients.client("dynamodb").put_item(
                TableName=connection().audit_table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )

    def lines(self, hour: str) -> list[Line]:
        """The lines of all rows of an hour, in order. One Query a shard and MB."""
        return in_order(line_of(row) for row in _rows(hour))

    def began(self) -> tuple[str, str]:
        """The cluster's id and its first hour: when its keyring was made. One GetItem."""
        row = keyring.stored()
        made: datetime = min(parse_stamp(one.made_at) for one in row.keys)
        return row.cluster_id, hour_of(made)


def _rows(hour: str) -> Iterator[Any]:
    for shard in range(SHARDS):
        values = {":p": {"S": f"audit#{hour[:10]}#{shard}"}, ":h": {"S": f"{hour}:"}}
        yield from _query(values, "pk = :p AND begins_with(sk, :h)")


def _query(values: dict[str, Any], condition: str, **more: Any) -> Iterator[Any]:
    asked: dict[str, Any] = {
        "TableName": connection().audit_table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        **more,
    }
    while True:
        with known_faults("reading the audit trail"):
            answer = clients.client("dynamodb").query(**asked)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer or "Limit" in more:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
