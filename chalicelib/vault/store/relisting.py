"""Puts rows that are there into an index, for migrations: without a new version of the row, so that
nobody's change is refused for it. A row that somebody writes meanwhile is listed by his write."""

from __future__ import annotations

from typing import Any

from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.core.errors import Conflict


def relist(row: Any, number: int, partition: str, place: str) -> bool:
    """Have that index find the row, unless it was written since; whether it does now."""
    region = connection().mirrored_region
    signed = {":writer": {"S": region}} if region else {}
    try:
        with known_faults("migrating a row"):
            clients.client("dynamodb").update_item(
                TableName=connection().data_table,
                Key={"pk": {"S": row.pk}, "sk": {"S": row.sk}},
                UpdateExpression=f"SET i{number}pk = :pk, i{number}sk = :sk"
                + (", writer = :writer" if signed else ""),
                ConditionExpression="#version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={
                    ":pk": {"S": partition},
                    ":sk": {"S": place},
                    ":version": {"N": str(int(row.version))},
                    **signed,
                },
            )
    except Conflict:
        return False
    return True
