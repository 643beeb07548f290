"""The cluster's data keys, opened with the operator's credentials: for MACs of the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws import keyring
from chalicelib.aws.keyring import OpenKeys, ring_mac
from infra.aws import client
from infra.connection import KEYRING


class NoAnswerError(Exception):
    """The trail cannot be looked at. The text says why."""


@dataclass(frozen=True, slots=True)
class Macs:
    """What makes MACs in a keyring's place."""

    ring: OpenKeys

    def mac(self, purpose: str, text: bytes) -> str:
        return ring_mac(self.ring, purpose, text)


def keyring_row(table: str) -> dict[str, Any]:
    """The keyring as it lies in the data table. Raises NoAnswerError."""
    found = client("dynamodb").get_item(TableName=table, Key=KEYRING, ConsistentRead=True)
    if "Item" not in found:
        raise NoAnswerError(f"{table} holds no keyring")
    row: dict[str, Any] = found["Item"]
    return row


def opened(row: dict[str, Any], key_arn: str, kms: Any = None) -> OpenKeys:
    """The keys of that row, also while the KMS key is replaced. One Decrypt a key.

    kms: the client of another region
    """
    kms = kms or client("kms")
    cluster_id = row["cluster_id"]["S"]
    by_next = keyring.same_key(row.get("next_arn", {}).get("S", ""), key_arn)
    wrapped, keys = "next" if by_next else "wrapped", {}
    for one in (entry["M"] for entry in row["keys"]["L"]):
        id = int(one["id"]["N"])
        asked = {"KeyId": key_arn, "EncryptionContext": keyring.context(cluster_id, id)}
        answer = kms.decrypt(CiphertextBlob=one[wrapped]["B"], **asked)
        keys[id] = answer["Plaintext"]
    until = datetime.now(UTC) + timedelta(hours=1)
    return OpenKeys(cluster_id, int(row["primary"]["N"]), keys, until)
