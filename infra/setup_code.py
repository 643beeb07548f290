"""The one-time code that makes a new cluster's first administrator; only its hash is stored.

It goes to the operator's terminal, or to a file that only he can read: never through a Lambda.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.clock import stamp
from infra.aws import client

LIFE = timedelta(hours=24)
SETUP = {"pk": {"S": "setup"}, "sk": {"S": "setup"}}
ADMINISTRATORS = {"pk": {"S": "administrators"}, "sk": {"S": "administrators"}}


def offer(table: str, now: datetime) -> str:
    """A fresh code; an older one ends. "" when the cluster has an administrator already."""
    code = "-".join(secrets.token_hex(4) for _ in range(4))
    try:
        client("dynamodb").transact_write_items(TransactItems=_writes(table, code, now))
    except ClientError as error:
        reasons = error.response.get("CancellationReasons") or []
        if any(one.get("Code") == "ConditionalCheckFailed" for one in reasons):
            return ""
        raise
    return code


def hand_over(code: str, folder: Path, cluster: str) -> Path:
    """Write the code to a file of mode 0600 in the folder; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"setup-code-{cluster}"
    file.unlink(missing_ok=True)  # a file that others may read stays readable when written over
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(code + "\n")
    return file


def _writes(table: str, code: str, now: datetime) -> list[Mapping[str, Any]]:
    ends = now + LIFE
    row = {
        **SETUP,
        "kind": {"S": "setup"},
        "code_hash": {"S": hashlib.sha256(code.encode()).hexdigest()},
        "expires_at": {"S": stamp(ends)},
        "ttl": {"N": str(int(ends.timestamp()))},
    }
    nobody = "attribute_not_exists(pk)"
    return [
        {
            "ConditionCheck": {
                "TableName": table,
                "Key": ADMINISTRATORS,
                "ConditionExpression": nobody,
            }
        },
        {"Put": {"TableName": table, "Item": row}},
    ]
