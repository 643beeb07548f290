"""Waiting for something to become true."""

import time
from collections.abc import Callable


def eventually(is_so: Callable[[], object], patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.05)
