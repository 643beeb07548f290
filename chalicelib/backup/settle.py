"""What of a backup is put back: not what was under way, and nobody is signed in."""

from __future__ import annotations

from .rows import Item

LEFT_OUT = frozenset({"outbox", "session", "throttle", "nonce", "upgrade", "upgrade-progress"})
"""Kinds of rows that a restored cluster does without: messages long sent, sessions (one may have
been ended since), counts of failed log-ins, nonces of engines' calls, an upgrade."""

UNDER_WAY = {
    "job": ("running", "lease_until"),
    "backup-state": ("current",),
    "key-rotation": ("lease_until",),
    "gate": ("upgrading",),
}
"""Attributes that say what somebody was doing at the moment of the backup."""


def settled(row: Item) -> Item | None:
    """The row to put back, None for one that is left out."""
    kind = row.get("kind", {}).get("S", "")
    if kind in LEFT_OUT:
        return None
    stale = UNDER_WAY.get(kind, ())
    return {name: value for name, value in row.items() if name not in stale}
