"""Puts a backup back into empty tables: `make restore FROM=<backup> CLUSTER=main`.

Under another KMS key than the backup's it needs ESCROW=<private key file>, or OLD_KEY=1 to open the
data keys by the KMS key of then; they are wrapped under the cluster's own, and the trail says so.

With TABLES=<word> it makes tables of that name first (`conclave-main-<word>-data`) and leaves the
cluster's own alone; `make connection` then points the cluster at them. One that was interrupted
goes on when it is called again. Exit code 0: done; 1: refused, and nothing was changed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.keyring import OpenKeys, ring_mac
from chalicelib.backup.files import without
from chalicelib.backup.manifest import Keys
from chalicelib.backup.rows import Item
from chalicelib.backup.settle import settled
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import ConclaveError
from chalicelib.core.ids import fresh_id
from infra import escrow as escrows
from infra import restore_files
from infra.aws import client
from infra.backup_keys import NOTHING, Means, keyring_row, wrapped_for
from infra.backups import Opened, RefusedError, open_backup
from infra.checks import read_connection
from infra.escrow import EscrowKeyError
from infra.restore_files import Files
from infra.tables import make_tables

MARK = {"pk": {"S": "restore"}, "sk": {"S": "restore"}}
"""The row that says which backup is being put back, as long as that goes on."""

KEYRING = {"S": "keyring"}

BATCH, THREADS, TRIES = 25, 8, 8


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: rows by table, large files, the tables, and how long it took.

    lost: files that are nowhere: "<secret>/<id>"
    """

    backup: str
    rows: Mapping[str, int]
    tables: Mapping[str, str]
    seconds: float
    files: int = 0
    lost: tuple[str, ...] = ()


def restore(
    cluster: str, id: str, word: str = "", bucket: str = "", means: Means = NOTHING
) -> Restored:
    """Restore a backup. Raises RefusedError before anything is changed. May be repeated."""
    began = time.monotonic()
    connection = read_connection(cluster)
    if not connection:
        raise RefusedError(f"cluster {cluster} has no connection parameter: deploy it first")
    key_arn = str(connection["key_arn"])
    backup = open_backup(bucket or connection["bucket"], id, key_arn, means)
    keys = wrapped_for(backup.manifest.keys, backup.ring, key_arn)
    files = restore_files.checked(backup, connection["bucket"], without_lost=means.without_lost)
    expected = _checked(backup, files)
    tables = {name: str(connection[f"{name}_table"]) for name in ("data", "audit")}
    if word:
        tables = make_tables(cluster, word)
    _claim(tables, id)
    restore_files.put_back(files, backup.bucket, connection["bucket"])
    for table, rows in backup.rows():
        _write(tables[table], (_placed(one, keys) for one in _to_put(rows, files)))
    _compare(tables, expected)
    seconds = time.monotonic() - began
    _record(tables["audit"], backup, _told(expected, files), seconds)
    if backup.how:
        _record_keys(tables["audit"], backup, key_arn)
    client("dynamodb").delete_item(TableName=tables["data"], Key=MARK)
    return Restored(id, expected, tables, seconds, len(files.again), files.lost)


def _to_put(rows: Iterable[Item], files: Files) -> list[Item]:
    return without((one for one in map(settled, rows) if one), files.names)


def _checked(backup: Opened, files: Files) -> dict[str, int]:
    """Read every part once before anything is written; how many rows there will be."""
    found = {"data": 0, "audit": 0}
    for table, rows in backup.rows():
        found[table] += len(_to_put(rows, files))
    return found


def _placed(row: Item, keys: Keys) -> Item:
    """The row to write; the keyring as this cluster can open it."""
    return keyring_row(row, keys) if row["pk"] == KEYRING else row


def _claim(tables: Mapping[str, str], id: str) -> None:
    """Only empty tables are restored into, or those in which this very restore was interrupted."""
    dynamodb, data = client("dynamodb"), tables["data"]
    mark = dynamodb.get_item(TableName=data, Key=MARK, ConsistentRead=True).get("Item")
    if mark is not None and mark["backup"]["S"] == id:
        return
    for name in tables.values():
        if dynamodb.scan(TableName=name, Limit=1, ConsistentRead=True)["Items"]:
            raise RefusedError(
                f"the table {name} is not empty: restore into new ones, with TABLES=<a word>"
            )
    dynamodb.put_item(
        TableName=data,
        Item={**MARK, "kind": {"S": "restore"}, "backup": {"S": id}},
        ConditionExpression="attribute_not_exists(pk)",
    )


def _write(table: str, rows: Iterable[Item]) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(lambda some: _put(table, some), _batches(list(rows))):
            pass


def _batches(rows: list[Item]) -> Iterator[list[Item]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _put(table: str, rows: list[Item]) -> None:
    left: dict[str, Any] = {table: [{"PutRequest": {"Item": one}} for one in rows]}
    for attempt in range(TRIES):
        left = client("dynamodb").batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
        if not left:
            return
        time.sleep(0.05 * 2**attempt)
    raise RuntimeError(f"DynamoDB does not take the rows of {table}: call again to go on")


def _compare(tables: Mapping[str, str], expected: Mapping[str, int]) -> None:
    for table, name in tables.items():
        there = _count(name) - (table == "data")  # but for the mark
        if there != expected[table]:
            raise RuntimeError(f"{name} holds {there} rows and should hold {expected[table]}")


def _count(table: str) -> int:
    pages = client("dynamodb").get_paginator("scan")
    asked = {"TableName": table, "Select": "COUNT", "ConsistentRead": True}
    return sum(page["Count"] for page in pages.paginate(**asked))


@dataclass(frozen=True, slots=True)
class _Macs:
    ring: OpenKeys

    def mac(self, purpose: str, text: bytes) -> str:
        return ring_mac(self.ring, purpose, text)


def _record(table: str, backup: Opened, told: str, seconds: float) -> None:
    """The restored trail says that it was restored."""
    _say(table, backup, "RESTORE", f"{told} in {seconds:.1f} s")


def _told(rows: Mapping[str, int], files: Files) -> str:
    told = f"{rows['data']:,} data rows, {rows['audit']:,} audit rows"
    again = f", {len(files.again):,} large files put back" if files.again else ""
    return told + again + (f", {len(files.lost):,} large files lost" if files.lost else "")


def _record_keys(table: str, backup: Opened, key_arn: str) -> None:
    """That data keys were opened otherwise than by the cluster's KMS key is on the trail."""
    was = backup.manifest.keys.key_arn
    detail = f"data keys {backup.how}; wrapped under {key_arn} instead of {was}"
    _say(table, backup, "ESCROW RESTORE" if "escrow" in backup.how else "REWRAP RESTORE", detail)


def _say(table: str, backup: Opened, action: str, detail: str) -> None:
    said = AuditRecord(SYSTEM, action, "Backup", backup.manifest.id, datetime.now(UTC), detail)
    row = audit_row(said, fresh_id(), _Macs(backup.ring))  # type: ignore[arg-type]
    client("dynamodb").put_item(
        TableName=table, Item=row.serialize(), ConditionExpression="attribute_not_exists(pk)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        escrow = escrows.read(Path(given.escrow)) if given.escrow else None
        means = Means(escrow, given.old_key, given.lost_files)
        done = restore(given.cluster, given.backup, given.tables, given.bucket, means)
    except (RefusedError, EscrowKeyError) as error:
        print(f"not restored, nothing was changed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, ConclaveError, RuntimeError) as error:
        print(f"interrupted, call it again to go on: {error}", file=sys.stderr)
        return 2
    rows = " and ".join(f"{count:,} {table} rows" for table, count in done.rows.items())
    files = f", {done.files:,} large files put back" if done.files else ""
    print(f"restored {rows} of backup {done.backup} in {done.seconds:.1f} s{files}")
    for name in done.lost:
        print(f"lost: files/{name}, of secret {name.partition('/')[0]}")
    if given.tables:
        names = f"DATA={done.tables['data']} AUDIT={done.tables['audit']}"
        print(f"next: make connection CLUSTER={given.cluster} {names}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("--cluster", required=True, help="the cluster to restore into")
    parser.add_argument("--from", dest="backup", required=True, help="the backup's name")
    parser.add_argument("--tables", default="", help="make tables of that name and use them")
    parser.add_argument("--bucket", default="", help="where the backup is (default: the cluster's)")
    parser.add_argument(
        "--escrow", default="", help="file of the escrow's private key: for another KMS key"
    )
    parser.add_argument(
        "--old-key", action="store_true", help="open by the KMS key that the backup names"
    )
    parser.add_argument(
        "--lost-files", action="store_true", help="even if large files of secrets are lost"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
