"""Calls to the emulator from inside its own process, before it serves anyone."""

import json
from dataclasses import dataclass
from typing import Any

from infra.localrun.exchange import Answer, App, Scope, ask
from infra.localrun.ministack_edge import REGION

_CREDENTIAL = f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/%s/aws4_request"


def scope_of(headers: dict[str, str]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


@dataclass(frozen=True, slots=True)
class Inside:
    """JSON calls to one service; `prefix` is what stands before the operation in X-Amz-Target."""

    app: App
    prefix: str
    service: str

    async def call(self, operation: str, value: dict[str, Any]) -> Answer:
        headers = {
            "x-amz-target": f"{self.prefix}.{operation}",
            "content-type": "application/x-amz-json-1.0",
            "authorization": _CREDENTIAL % self.service,
        }
        return await ask(self.app, scope_of(headers), json.dumps(value).encode())


def tables(app: App) -> Inside:
    return Inside(app, "DynamoDB_20120810", "dynamodb")


def keys(app: App) -> Inside:
    return Inside(app, "TrentService", "kms")
