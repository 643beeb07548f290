"""How much a test does: the usual amount in `make test`, the full amount in `make prove`."""

from __future__ import annotations

import os
from typing import TypeVar

FULL = os.environ.get("PROVE") == "1"

T = TypeVar("T")


def full_or(full: T, usual: T) -> T:
    """`full` in `make prove`, `usual` otherwise: a count, or a table of cases."""
    return full if FULL else usual
