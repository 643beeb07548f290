"""Rows that end: index 3 finds them by when, DynamoDB's TTL removes them some time after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.core.clock import stamp

from .table import DataRow

NOT_KEPT = timedelta(0)


def ending(row: DataRow, kind: str, ended: datetime, kept: timedelta = NOT_KEPT) -> Any:
    """The same row, with its end: kept so long after it."""
    row.i3pk, row.i3sk = partition_of(kind), place(ended, row.pk)
    row.ttl = int((ended + kept).timestamp())
    return row


def end_actions(row: DataRow, kind: str, ended: datetime) -> list[Action]:
    """The same for an update."""
    given = ending(row, kind, ended)
    return [
        DataRow.i3pk.set(given.i3pk),
        DataRow.i3sk.set(given.i3sk),
        DataRow.ttl.set(given.ttl),
    ]


def partition_of(kind: str) -> str:
    return f"ended#{kind}"


def place(ended: datetime, pk: str) -> str:
    """By time, and no two the same."""
    return f"{stamp(ended)}#{pk}"
