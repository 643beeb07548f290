"""A role permission: a right to a kind of operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One right that a role may hold, and which shipped roles do.

    id:     what clients see; never changes, and is never given to another
    name:   exactly as in the field
    allows: one sentence
    """

    id: int
    name: str
    allows: str
    administrator: bool = True
    user: bool = False
    read_only: bool = False
