"""The keyring while its KMS key is replaced: each data key wrapped by both, then by the new one.

A multi-region KMS key has one id and one material in all its regions, so what is wrapped in one
opens in each. The row of a mirrored cluster is changed in the writing region only, and listed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.keyring import KeyringRow, OpenKeys, same_key
from chalicelib.aws.written import written_row
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.ids import fresh_id
from infra.aws import client
from infra.keys import Macs

KEY = {"pk": {"S": "keyring"}, "sk": {"S": "keyring"}}
GATE = {"pk": {"S": GATE_KEY[0]}, "sk": {"S": GATE_KEY[1]}}


class RefusedError(Exception):
    """The key cannot be replaced by that one. The text says why; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Regions:
    """What the gate says of a mirrored cluster. regions: where its nodes are said to be."""

    writing: str
    moving: str
    regions: Collection[str]


@dataclass(frozen=True, slots=True)
class Ring:
    """The keyring of those tables, opened with the operator's rights by the connection's key.

    region: where the tables are
    home:   of a mirrored cluster, the region in which it was founded
    """

    data: str
    audit: str
    key_arn: str
    region: str = ""
    home: str = ""

    def regions(self) -> Regions:
        """Which region writes, by the gate as it is known here."""
        asked = {"TableName": self.data, "Key": GATE, "ConsistentRead": True}
        gate = client("dynamodb", self.region).get_item(**asked).get("Item", {})
        said = json.loads(gate["regions"]["S"]) if "regions" in gate else {}
        writing, moving = (gate.get(name, {"S": ""})["S"] for name in ("writing", "moving"))
        return Regions(writing or self.home, moving, frozenset(said.values()))

    @property
    def next_arn(self) -> str:
        return self._row().next_arn or ""

    def wrap_by(self, wanted: str) -> None:
        """Wrap every data key by that KMS key as well, each tried before it is written."""
        row = self._row()
        opened = self._opened(row)
        for one in row.keys:
            id = int(one.id)
            one.next = _asked("encrypt", wanted, opened, id, Plaintext=opened.keys[id])
            back = _asked("decrypt", wanted, opened, id, CiphertextBlob=one.next)
            if back != opened.keys[id]:
                raise RuntimeError(f"data key {id} does not come back from {wanted}")
        row.next_arn = wanted
        detail = f"every data key is wrapped by {wanted} besides {self.key_arn}"
        self._put(row, opened, "REPLACE KMS KEY STARTED", detail)

    def settle(self, wanted: str) -> None:
        """Keep the new wrappings alone. Nothing to do when that was done."""
        row = self._row()
        if not row.next_arn:
            return
        if not same_key(row.next_arn, wanted):
            raise RuntimeError(f"the keyring is being wrapped by {row.next_arn}")
        opened = self._opened(row)
        for one in row.keys:
            one.wrapped, one.next = one.next, None
        row.next_arn = None
        detail = f"every data key is wrapped by {wanted} alone"
        self._put(row, opened, "REPLACE KMS KEY SUCCESS", detail)

    def _row(self) -> KeyringRow:
        asked = {"TableName": self.data, "Key": KEY, "ConsistentRead": True}
        found = client("dynamodb", self.region).get_item(**asked)
        if "Item" not in found:
            raise RefusedError(f"{self.data} holds no keyring")
        row = KeyringRow()
        row.deserialize(found["Item"])
        return row

    def _opened(self, row: KeyringRow) -> OpenKeys:
        ring = OpenKeys(row.cluster_id, int(row.primary), {}, datetime.now(UTC))
        for one in row.keys:
            id = int(one.id)
            blob = keyring.wrapping(row, one, self.key_arn)
            ring.keys[id] = _asked("decrypt", self.key_arn, ring, id, CiphertextBlob=blob)
        return ring

    def _put(self, row: KeyringRow, opened: OpenKeys, action: str, detail: str) -> None:
        """Row and trail in one, over the very version that was read, in the writing region."""
        was = int(row.version)
        row.version = was + 1
        row.writer = self.region if self.home else None
        said = AuditRecord(SYSTEM, action, "Keyring", "keyring", datetime.now(UTC), detail)
        line = audit_row(said, fresh_id(), Macs(opened))  # type: ignore[arg-type]
        put: dict[str, Any] = {
            "TableName": self.data,
            "Item": row.serialize(),
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(was)}},
        }
        trail = {
            "TableName": self.audit,
            "Item": line.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        writes = [{"Put": put}, {"Put": trail}, *self._mirrored()]
        try:
            client("dynamodb").transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise RuntimeError(
                "the keyring was changed, or the writing region moved, meanwhile"
            ) from error

    def _mirrored(self) -> Iterator[dict[str, Any]]:
        """That this region writes, and what lists the change for the others."""
        if not self.home:
            return
        unsaid = "attribute_not_exists(writing) OR " if self.region == self.home else ""
        writes = f"({unsaid}writing = :here) AND attribute_not_exists(moving)"
        yield {
            "ConditionCheck": {
                "TableName": self.data,
                "Key": GATE,
                "ConditionExpression": writes,
                "ExpressionAttributeValues": {":here": {"S": self.region}},
            }
        }
        keys = [(KEY["pk"]["S"], KEY["sk"]["S"])]
        listed = written_row(self.region, fresh_id(), datetime.now(UTC), keys)
        yield {"Put": {"TableName": self.data, "Item": listed.serialize()}}


def _asked(operation: str, kms_key: str, ring: OpenKeys, id: int, **what: bytes) -> bytes:
    """What KMS answers: a ciphertext or a data key."""
    call: Callable[..., dict[str, Any]] = getattr(client("kms"), operation)
    context = keyring.context(ring.cluster_id, id)
    answer = call(KeyId=kms_key, EncryptionContext=context, **what)
    blob: bytes = answer["Plaintext" if operation == "decrypt" else "CiphertextBlob"]
    return blob
