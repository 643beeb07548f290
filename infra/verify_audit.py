"""Looks at every line of the audit trail: `make verify-audit CLUSTER=main`.

Each line carries a MAC by the cluster's own keys over what it says and where it stands. A line that
was altered, moved, or written by somebody without those keys is named. One that is missing is not:
nothing says yet how many there were. Exit code 0: all are genuine; 1: some are not; 2: no answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import about, covered
from chalicelib.aws.keyring import OpenKeys
from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import parse_stamp
from infra.aws import client
from infra.checks import read_connection
from infra.connection import KEYRING

Item = Mapping[str, Any]


class NoAnswerError(Exception):
    """The trail cannot be looked at. The text says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many lines there are, and the keys of those that are not genuine, oldest first."""

    lines: int
    doubtful: tuple[str, ...]


def verify(cluster: str) -> Verdict:
    """Look at every line. Reads the whole audit table once."""
    connection = read_connection(cluster)
    if not connection:
        raise NoAnswerError(f"cluster {cluster} has no connection parameter")
    ring = _opened(connection["data_table"], connection["key_arn"])
    lines, doubtful = 0, []
    for item in _items(connection["audit_table"]):
        lines += 1
        if not is_genuine(item, ring):
            doubtful.append((_text(item, "sk"), _text(item, "pk")))
    return Verdict(lines, tuple(f"{pk} {sk}" for sk, pk in sorted(doubtful)))


def is_genuine(item: Item, ring: OpenKeys) -> bool:
    """Whether a line says what it was written with, where it was written."""
    try:
        said = _record(item)
    except (KeyError, ValueError):
        return False
    mac = keyring.ring_mac(ring, "audit", covered(said, _text(item, "pk"), _text(item, "sk")))
    by = f"actor#{said.actor}"
    is_listed_right = _text(item, "i1pk") == about(said) and _text(item, "i2pk") == by
    return is_listed_right and compare_digest(mac, _text(item, "mac"))


def _record(item: Item) -> AuditRecord:
    return AuditRecord(
        actor=int(item["actor"]["N"]),
        action=item["action"]["S"],
        kind=item["item_kind"]["S"],
        item=item["item"]["S"],
        at=parse_stamp(item["at"]["S"]),
        detail=_text(item, "detail"),
        address=_text(item, "address"),
        through=_text(item, "through"),
        cause=_text(item, "cause"),
    )


def _text(item: Item, name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


def _items(table: str) -> Iterator[Item]:
    pages = client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _opened(table: str, key_arn: str) -> OpenKeys:
    found = client("dynamodb").get_item(TableName=table, Key=KEYRING, ConsistentRead=True)
    row = found.get("Item")
    if row is None:
        raise NoAnswerError(f"{table} holds no keyring")
    cluster_id = _text(row, "cluster_id")
    keys = {}
    for one in (entry["M"] for entry in row["keys"]["L"]):
        id = int(one["id"]["N"])
        asked = {"KeyId": key_arn, "EncryptionContext": keyring.context(cluster_id, id)}
        opened = client("kms").decrypt(CiphertextBlob=one["wrapped"]["B"], **asked)
        keys[id] = opened["Plaintext"]
    return OpenKeys(
        cluster_id, int(row["primary"]["N"]), keys, datetime.now(UTC) + timedelta(hours=1)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.verify_audit", description=__doc__)
    parser.add_argument("--cluster", required=True)
    cluster = parser.parse_args(arguments).cluster
    try:
        found = verify(cluster)
    except (NoAnswerError, BotoCoreError, ClientError) as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 2
    if found.doubtful:
        print(f"{len(found.doubtful)} of {found.lines:,} lines are not genuine. The first:")
        print(found.doubtful[0])
        return 1
    print(f"all {found.lines:,} lines are genuine; whether one is missing, this cannot tell")
    return 0


if __name__ == "__main__":
    sys.exit(main())
