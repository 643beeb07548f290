"""Reads the tables page by page with a cursor. Each page is consistent, all of them are not.

What is written while pages are read may be in the backup or not. Where AWS can export a table as of
one moment, `PointInTime` is used instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.faults import known_faults
from chalicelib.backup.manifest import TABLES
from chalicelib.backup.rows import Page


@dataclass(frozen=True, slots=True)
class Pages:
    name: str = "pages"

    def begin(self, id: str, at: datetime) -> str:
        """The cursor of the first page."""
        return json.dumps({"table": TABLES[0], "after": None})

    def page(self, cursor: str) -> Page:
        """The rows at a cursor, up to a MB of them. One Scan."""
        at = json.loads(cursor)
        question: dict[str, Any] = {"TableName": table_name(at["table"]), "ConsistentRead": True}
        if at["after"]:
            question["ExclusiveStartKey"] = at["after"]
        with known_faults("reading a table for the backup"):
            answer = clients.client("dynamodb").scan(**question)
        return Page(at["table"], answer["Items"], _next(at["table"], answer))


def table_name(table: str) -> str:
    return connection().data_table if table == "data" else connection().audit_table


def _next(table: str, answer: dict[str, Any]) -> str:
    if "LastEvaluatedKey" in answer:
        return json.dumps({"table": table, "after": answer["LastEvaluatedKey"]})
    following = TABLES.index(table) + 1
    return (
        json.dumps({"table": TABLES[following], "after": None}) if following < len(TABLES) else ""
    )
