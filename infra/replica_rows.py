"""The rows that make a cluster a replica: keyring, gate, replication, one line of the trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.keyring import OpenKeys, ring_mac
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import stamp
from chalicelib.core.ids import fresh_id
from chalicelib.recovery.store.rows import KEY as REPLICATION
from infra.acting import OPERATOR
from infra.aws import client
from infra.backups import Opened

EVERY_SECONDS = 900

Row = Mapping[str, Any]


class AlreadyInUseError(Exception):
    """Somebody changed the cluster meanwhile, or its keys contradict the source's."""


@dataclass(frozen=True, slots=True)
class Turning:
    """A cluster that becomes a replica, and the newest backup of the one that it will follow.

    same: it has the source's keys already: it was its replica, or its production, before
    acts: it is no replica now
    """

    cluster: str
    connection: Mapping[str, Any]
    opened: Opened
    gate: Row

    @property
    def same(self) -> bool:
        return bool(self.gate["cluster_id"]["S"] == self.opened.ring.cluster_id)

    @property
    def acts(self) -> bool:
        return "replica" not in self.gate


def row_of(table: str, name: str) -> Row | None:
    """A row whose keys are both that word."""
    key = {"pk": {"S": name}, "sk": {"S": name}}
    found: Row | None = (
        client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    )
    return found


def become_replica(turning: Turning, now: datetime) -> None:
    """Write the rows, all or none. May be repeated. Raises AlreadyInUseError."""
    writes = [_keyring(turning), _gate(turning), _replication(turning, now), _line(turning, now)]
    try:
        client("dynamodb").transact_write_items(TransactItems=writes)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        raise AlreadyInUseError("the cluster changed meanwhile: call it again") from error


def founding_lines(table: str, *, remove: bool) -> int:
    """The lines that a cluster wrote under the keys it gives up: how many. No vault is in them."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    lines = [row for page in pages for row in page["Items"]]
    for row in lines if remove else ():
        key = {"pk": row["pk"], "sk": row["sk"]}
        client("dynamodb").delete_item(TableName=table, Key=key)
    return len(lines)


def _keyring(turning: Turning) -> Mapping[str, Any]:
    """The data keys under this cluster's own KMS key; those it has already stay as they are."""
    table, ring = turning.connection["data_table"], turning.opened.ring
    row = row_of(table, "keyring")
    ours = _ours(row) if row and turning.same else {}
    fresh = dict(_wrapped(turning, ours))
    keys = [one for _, one in sorted({**ours, **fresh}.items())]
    _check_same(turning, ours)
    version = int(row["version"]["N"]) if row else 0
    item = {
        "pk": {"S": "keyring"},
        "sk": {"S": "keyring"},
        "kind": {"S": "keyring"},
        "version": {"N": str(version + 1)},
        "cluster_id": {"S": ring.cluster_id},
        "primary": {"N": str(ring.primary)},
        "fingerprint": {"S": turning.opened.manifest.keys.fingerprint},
        "keys": {"L": keys},
    }
    put: dict[str, Any] = {"TableName": table, "Item": item}
    if version:
        put["ConditionExpression"] = "version = :before"
        put["ExpressionAttributeValues"] = {":before": {"N": str(version)}}
    return {"Put": put}


def _ours(row: Row) -> dict[int, Any]:
    return {int(one["M"]["id"]["N"]): one for one in row["keys"]["L"]}


def _wrapped(turning: Turning, ours: Mapping[int, Any]) -> Iterator[tuple[int, Any]]:
    made = {one.id: one.made_at for one in turning.opened.manifest.keys.keys}
    ring, key_arn = turning.opened.ring, turning.connection["key_arn"]
    for id in ring.keys.keys() - ours:
        answer = client("kms", key_arn.split(":")[3]).encrypt(
            KeyId=key_arn,
            Plaintext=ring.keys[id],
            EncryptionContext=keyring.context(ring.cluster_id, id),
        )
        held = {
            "id": {"N": str(id)},
            "wrapped": {"B": answer["CiphertextBlob"]},
            "made_at": {"S": made[id]},
        }
        yield id, {"M": held}


def _check_same(turning: Turning, ours: Mapping[int, Any]) -> None:
    """Two clusters that rotated their keys apart have different keys of one number."""
    ring, key_arn = turning.opened.ring, turning.connection["key_arn"]
    for id in sorted(ours.keys() & ring.keys.keys()):
        answer = client("kms", key_arn.split(":")[3]).decrypt(
            CiphertextBlob=ours[id]["M"]["wrapped"]["B"],
            KeyId=key_arn,
            EncryptionContext=keyring.context(ring.cluster_id, id),
        )
        if answer["Plaintext"] != ring.keys[id]:
            raise AlreadyInUseError(f"both clusters made a data key {id} of their own")


def _gate(turning: Turning) -> Mapping[str, Any]:
    """From now on nothing in this cluster acts on a target."""
    manifest = turning.opened.manifest
    return {
        "Update": {
            "TableName": turning.connection["data_table"],
            "Key": {"pk": {"S": "gate"}, "sk": {"S": "gate"}},
            "UpdateExpression": "SET cluster_id = :id, fingerprint = :print, replica = :source, "
            "boxes = boxes + :one" + (" REMOVE replica_at" if turning.acts else ""),
            "ConditionExpression": "cluster_id = :before",
            "ExpressionAttributeValues": {
                ":id": {"S": turning.opened.ring.cluster_id},
                ":print": {"S": manifest.keys.fingerprint},
                ":source": {"S": manifest.cluster},
                ":one": {"N": "1"},
                ":before": turning.gate["cluster_id"],
            },
        }
    }


def _replication(turning: Turning, now: datetime) -> Mapping[str, Any]:
    """Whom it follows; one that follows already goes on where it is, at its own interval."""
    table = turning.connection["data_table"]
    before = row_of(table, REPLICATION[0]) or {}
    goes_on = not turning.acts and before.get("bucket", {}).get("S") == turning.opened.bucket
    kept = dict(before) if goes_on else {}
    item = {
        "every_seconds": before.get("every_seconds", {"N": str(EVERY_SECONDS)}),
        "began_at": {"S": stamp(now)},
        **kept,
        "pk": {"S": REPLICATION[0]},
        "sk": {"S": REPLICATION[1]},
        "kind": {"S": "replication"},
        "version": {"N": str(int(before.get("version", {"N": "0"})["N"]) + 1)},
        "source": {"S": turning.opened.manifest.cluster},
        "bucket": {"S": turning.opened.bucket},
        "enabled": {"BOOL": True},
    }
    return {"Put": {"TableName": table, "Item": item}}


def _line(turning: Turning, now: datetime) -> Mapping[str, Any]:
    manifest = turning.opened.manifest
    detail = (
        f"follows cluster {manifest.cluster} by its bucket {turning.opened.bucket}; its data keys "
        "are wrapped under this KMS key"
    )
    said = AuditRecord(SYSTEM, "STANDBY", "Replication", manifest.id, now, detail, through=OPERATOR)
    row = audit_row(said, fresh_id(), _Macs(turning.opened.ring))  # type: ignore[arg-type]
    return {
        "Put": {
            "TableName": turning.connection["audit_table"],
            "Item": row.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


@dataclass(frozen=True, slots=True)
class _Macs:
    ring: OpenKeys

    def mac(self, purpose: str, text: bytes) -> str:
        return ring_mac(self.ring, purpose, text)
