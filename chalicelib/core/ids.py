"""Random identifiers for messages, runs and sessions; integers for clients: `aws.counters`."""

from __future__ import annotations

import secrets
from typing import Protocol


class Ids(Protocol):
    def __call__(self) -> str:
        """A fresh identifier, unique without coordination."""


def fresh_id() -> str:
    """128 random bits as 32 hex digits; wiring hands this to services."""
    return secrets.token_hex(16)
