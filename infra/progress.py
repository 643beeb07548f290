"""Tells the operator what is being done, and how long each step took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announces a step on stderr, and its seconds when it has ended well."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    begun = time.monotonic()
    yield
    print(f"  {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
