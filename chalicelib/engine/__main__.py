"""`python -m chalicelib.engine`: reads settings and keys, then lives until SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from threading import Thread
from types import FrameType

from chalicelib.changers.registry import find
from chalicelib.core.errors import ConclaveError
from chalicelib.core.ids import fresh_id

from .cluster import Cluster
from .cluster_clock import ClusterClock
from .errand import Errands
from .https import Poster
from .keys import load_or_make
from .program import WHILE_PENDING, Program
from .settings import Settings, read


def main(arguments: Sequence[str]) -> int:
    """Run one engine. 0 after a clean stop, 1 after a fault, 2 when it cannot start."""
    settings = read(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        program, errands = build(settings)
    except (ConclaveError, OSError) as error:
        print(f"the engine cannot start: {error}", file=sys.stderr)
        return 2
    _stop_on_signals(program)
    life = Thread(target=program.run, args=(errands,), name="life")
    life.start()
    while life.is_alive():
        life.join(0.5)  # short: the main thread must come round to run signal handlers
    return 0 if program.is_stopping else 1


def build(settings: Settings, while_pending: timedelta = WHILE_PENDING) -> tuple[Program, Errands]:
    """The parts of one engine, put together."""
    keys = load_or_make(settings.state)
    clock = ClusterClock()
    cluster = Cluster(Poster(settings.url, settings.ca), keys, clock, fresh_id)
    program = Program(settings, cluster, keys.fingerprint, while_pending)
    errands = Errands(
        desk=cluster,
        boxes=program.boxes,
        clock=clock,
        ids=fresh_id,
        monotonic=time.monotonic,
        rest=lambda wait: time.sleep(wait.total_seconds()),
        changer_of=partial(find, limits=settings.limits),
    )
    return program, errands


def _stop_on_signals(program: Program) -> None:
    """The first signal stops cleanly; the second ends the process at once.

    Handlers run in the main thread, which holds no lock that `stop` needs: it only waits.
    """
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(1)
        asked = True
        program.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
