"""Invokes a node's agent at start and then every minute, as its rule on AWS does."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


def every_minute(agent: Callable[[], object], stopped: threading.Event) -> None:
    while True:
        try:
            agent()
        except Exception:  # the next minute tries again, as on AWS
            log.exception("the agent raised")
        if stopped.wait(60):
            return
