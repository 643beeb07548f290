"""Rows as text: a line each, in the form of DynamoDB's own exports (`{"Item": {...}}`)."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Item: TypeAlias = Mapping[str, Any]
"""A row as DynamoDB's API has it: `{"pk": {"S": "secret#1"}, ...}`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one table, and the cursor of what follows; "" when nothing does."""

    table: str
    rows: Sequence[Item]
    cursor: str


def packed(rows: Iterable[Item]) -> bytes:
    """The rows as compressed lines."""
    return gzip.compress("".join(line(one) + "\n" for one in rows).encode(), mtime=0)


def unpacked(raw: bytes) -> list[Item]:
    """The rows that `packed` wrote."""
    return [item(one) for one in gzip.decompress(raw).decode().splitlines()]


def line(row: Item) -> str:
    shown = {name: _shown(value) for name, value in row.items()}
    return json.dumps({"Item": shown}, sort_keys=True, separators=(",", ":"))


def item(text: str) -> Item:
    return {name: _meant(value) for name, value in json.loads(text)["Item"].items()}


def _shown(value: Mapping[str, Any]) -> dict[str, Any]:
    """A value with its bytes in base64."""
    ((kind, held),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64encode(bytes(held)).decode()}
        case "BS":
            return {"BS": [base64.b64encode(bytes(one)).decode() for one in held]}
        case "L":
            return {"L": [_shown(one) for one in held]}
        case "M":
            return {"M": {name: _shown(one) for name, one in held.items()}}
        case _:
            return {kind: held}


def _meant(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(held)}
        case "BS":
            return {"BS": [base64.b64decode(one) for one in held]}
        case "L":
            return {"L": [_meant(one) for one in held]}
        case "M":
            return {"M": {name: _meant(one) for name, one in held.items()}}
        case _:
            return {kind: held}
