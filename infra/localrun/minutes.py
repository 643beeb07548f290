"""Invokes a node's agent at start and then every minute, as its rule on AWS does."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


def every_minute(
    agent: Callable[[], object], stopped: threading.Event, looked: threading.Event
) -> None:
    """Until stopped; `looked` is set when the first run is over, well or not."""
    while True:
        try:
            agent()
        except Exception:  # the next minute tries again, as on AWS
            log.exception("the agent raised")
        looked.set()
        if stopped.wait(60):
            return
