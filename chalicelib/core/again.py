"""Changes that read before they write, and meet others who do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .errors import Conflict

T = TypeVar("T")

TRIES = 4


def settled(change: Callable[[], T]) -> T:
    """What the change gives; begun again, from its reading, when somebody else came first.

    Raises Conflict when that happens time after time.
    """
    for _ in range(TRIES - 1):
        try:
            return change()
        except Conflict:
            continue
    return change()
