"""What an engine was ever given: how its trail says so, and how that is read again."""

from __future__ import annotations

import re

GIVEN = "GIVEN"
"""The action of such a line in the engine's trail."""

_DETAIL = re.compile(r"secret (\d+) for a [a-z-]+")


def detail(secret_id: int, work: str) -> str:
    """The line's detail: whose password, for which kind of work."""
    return f"secret {secret_id} for a {work}"


def secret_of(text: str) -> int | None:
    """The secret that a detail names; None for another kind of line."""
    found = _DETAIL.fullmatch(text)
    return int(found[1]) if found else None
