"""Waiting for something to become true."""

import time
from collections.abc import Callable

FIRST, LONGEST = 0.03, 0.5
"""Seconds between two looks: what is slow to come is looked for less often."""


def eventually(is_so: Callable[[], object], patience: float = 20.0) -> None:
    deadline, pause = time.monotonic() + patience, FIRST
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(pause)
        pause = min(LONGEST, pause * 1.2)
