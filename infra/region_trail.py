"""The line that a move of the writing region leaves on the audit trail, sealed where it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.keyring import OpenKeys
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.ids import fresh_id
from infra.connection import KEYRING
from infra.keys import Macs, opened


def record(cluster: str, detail: str) -> AuditRecord:
    """The trail's line about a move."""
    return AuditRecord(SYSTEM, "WRITING REGION", "Cluster", cluster, datetime.now(UTC), detail)


def open_ring(dynamodb: Any, kms: Any, connection: Mapping[str, Any]) -> OpenKeys:
    """The cluster's keys, opened in the region of those clients."""
    asked = {"TableName": connection["data_table"], "Key": KEYRING, "ConsistentRead": True}
    return opened(dynamodb.get_item(**asked)["Item"], connection["key_arn"], kms)


def audit_put(table: str, said: AuditRecord, ring: OpenKeys) -> dict[str, Any]:
    """The write of that line, for a transaction."""
    row = audit_row(said, fresh_id(), Macs(ring))  # type: ignore[arg-type]
    return {
        "Put": {
            "TableName": table,
            "Item": row.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
