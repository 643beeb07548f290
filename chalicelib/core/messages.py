"""What travels on the bus: frozen values with ids, never a secret value (guide, Backbone Bus)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from .clock import parse_stamp, stamp
from .errors import Invalid

Ref: TypeAlias = str | int | bool | None
"""What a message body may hold: ids, names of states, times as text. Never a Plain."""


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of work. Arrives at least once, late, out of order; dropped past `expires_at`.

    kind:  the row of `catalogue.TASKS` that handles it
    cause: id of the message, run or request that led to this one
    """

    id: str
    kind: str
    created_at: datetime
    expires_at: datetime
    body: Mapping[str, Ref] = field(default_factory=dict)
    cause: str = ""
    version: int = 1

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


def message(  # noqa: PLR0913 - the parts of a message
    id: str, kind: str, now: datetime, life: timedelta, body: Mapping[str, Ref], cause: str = ""
) -> Message:
    """A message made now that lives for `life`."""
    return Message(id, kind, now, now + life, dict(body), cause)


def encode(sent: Message) -> str:
    """The JSON text of a message."""
    return json.dumps(
        {
            "id": sent.id,
            "kind": sent.kind,
            "version": sent.version,
            "created_at": stamp(sent.created_at),
            "expires_at": stamp(sent.expires_at),
            "cause": sent.cause,
            "body": dict(sent.body),
        },
        separators=(",", ":"),
    )


def decode(text: str) -> Message:
    """The message in a JSON text. Raises Invalid when it is none."""
    try:
        row = json.loads(text)
        return Message(
            id=str(row["id"]),
            kind=str(row["kind"]),
            version=int(row["version"]),
            created_at=parse_stamp(row["created_at"]),
            expires_at=parse_stamp(row["expires_at"]),
            cause=str(row["cause"]),
            body=dict(row["body"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("not a message of the bus") from error


def caused(by: Message, cause: str) -> Message:
    """The same message with another cause."""
    return replace(by, cause=cause)
