"""Answers as JSON: camelCase, dates without a zone, nothing that must not leave."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from .shapes import NEVER


def encode_json(value: Any) -> bytes:
    """The JSON text of an answer. TypeError for what JSON does not know, above all a Plain."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime,))
    text = json.dumps(
        plain, default=date_text, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode()


def date_text(at: object) -> str:
    """A moment as the contract writes it: UTC, no zone suffix, seven digits of a second."""
    if not isinstance(at, datetime):
        raise TypeError(f"{type(at).__name__} has no JSON form")
    if at.replace(tzinfo=UTC) == NEVER:
        return "0001-01-01T00:00:00"
    moment = at.astimezone(UTC) if at.tzinfo else at
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}0"
