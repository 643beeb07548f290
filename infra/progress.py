"""Tells the terminal what is being done, and how many seconds each step took. Standard library."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


@contextmanager
def step(text: str) -> Iterator[None]:
    print(f"  {text} ...", end="", flush=True)  # noqa: T201
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)  # noqa: T201
        raise
    print(f" {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201
