"""Tells the terminal what is being done, and how many seconds each step took. Standard library."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str, end: str = "\n") -> None:
    """A terminal that was closed, or a pipe that nobody reads, ends nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(text, end=end, flush=True)  # noqa: T201


@contextmanager
def step(text: str) -> Iterator[None]:
    say(f"  {text} ...", end="")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say(" failed")
        raise
    say(f" {time.monotonic() - begun:.1f} s")
