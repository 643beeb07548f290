"""Tells a node's pollers when event source mappings change: by long polling of the Lambda shim."""

import json
import threading
import urllib.request
from collections.abc import Callable

_WAIT = 20
_LOOK = 1.0
_GATHERED = 0.25  # seconds: an agent changes several mappings one after the other


def follow(url: str, changed: Callable[[], None], stopped: threading.Event) -> None:
    """Until stopped. Where nobody can be asked `changed` is called once a second: the emulator may
    be restarting, or be of an older checkout.
    """
    seen = 0
    while not stopped.is_set():
        try:
            seen = _after(url, seen)
            stopped.wait(_GATHERED)
        except (OSError, ValueError, KeyError):
            seen = 0
            stopped.wait(_LOOK)
        changed()


def _after(url: str, seen: int) -> int:
    """The number of changes, once it is another or some seconds have passed."""
    asked = f"{url}/_local/mappings?seen={seen}&wait={_WAIT}"
    with urllib.request.urlopen(asked, timeout=_WAIT + 5) as answer:  # noqa: S310 (loopback)
        return int(json.load(answer)["changes"])
