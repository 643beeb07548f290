"""Waits until the emulator answers. Light: nodes need it before anything else."""

import time
import urllib.request
from collections.abc import Callable


class EmulatorDiedError(Exception):
    """The emulator ended, or never began to answer."""


def wait_for(url: str, alive: Callable[[], bool], patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and alive():
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2):  # noqa: S310 (http)
                return
        except OSError:
            time.sleep(0.05)
    raise EmulatorDiedError(f"nothing answers at {url}")
