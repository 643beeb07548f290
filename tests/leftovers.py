"""What a test left on moto in clear: rows, messages, objects and parameters that hold a canary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests import canary

REGION = "us-east-1"


def search() -> list[str]:
    """The names of tables, queues and buckets in which a secret value lies in clear."""
    return sorted({where for where, text in _everything() if canary.is_in(text)})


def _everything() -> Iterator[tuple[str, str]]:
    yield from _rows(get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION])
    yield from _messages(get_backend("sqs")[DEFAULT_ACCOUNT_ID][REGION])
    yield from _objects(get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"])


def rows() -> Iterator[dict[str, str]]:
    """The texts of every row of every table."""
    for table in get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        for row in table.all_items():
            yield {name: one.value for name, one in row.attrs.items() if one.type == "S"}


def _rows(backend: Any) -> Iterator[tuple[str, str]]:
    for table in backend.tables.values():
        for row in table.all_items():
            yield f"table {table.name}", str(row.to_json())


def _messages(backend: Any) -> Iterator[tuple[str, str]]:
    for queue in backend.queues.values():
        for message in queue._messages:
            yield f"queue {queue.name}", str(message.body)


def _objects(backend: Any) -> Iterator[tuple[str, str]]:
    for bucket in backend.buckets.values():
        for name in list(bucket.keys.keys()):
            for version in bucket.keys.getlist(name):  # delete markers hold nothing
                yield f"bucket {bucket.name}", getattr(version, "value", b"").decode("latin-1")
