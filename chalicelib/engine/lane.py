"""A lane: receives from one queue no more than it has hands free for, and works on that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import BoundedSemaphore, Event, Thread

from chalicelib.core.errors import Unavailable

from .queues import MOST_AT_ONCE, Received

log = logging.getLogger(__name__)

BREATH = timedelta(seconds=1)
LONGEST_BREATH = timedelta(seconds=30)


class Lane:
    """`width` items at once. What a person waits for has a lane of its own, so no flood delays it.

    receive: up to so many messages, after a wait of some seconds; raises Unavailable
    run:     one message
    give_back: a message that came too late to be begun
    stopping: once set, nothing new is taken
    """

    def __init__(
        self,
        width: int,
        receive: Callable[[int], list[Received]],
        run: Callable[[Received], object],
        give_back: Callable[[Received], object],
        stopping: Event,
    ) -> None:
        self._hands = BoundedSemaphore(width)
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="item")
        self._receive = receive
        self._run = run
        self._give_back = give_back
        self._stopping = stopping
        self._thread = Thread(target=self._loop, name="lane", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait until what was begun is done, once `stopping` is set."""
        self._thread.join()
        self._pool.shutdown(wait=True)

    def _loop(self) -> None:
        breath = BREATH
        while not self._stopping.is_set():
            free = self._take_hands()
            try:
                received = self._receive(free) if free else []
                breath = BREATH
            except Unavailable as error:
                received = []
                log.debug("nothing received: %s", error)
                self._stopping.wait(breath.total_seconds())
                breath = min(breath * 2, LONGEST_BREATH)
            for _ in range(free - len(received)):
                self._hands.release()
            for one in received:
                self._begin(one)

    def _take_hands(self) -> int:
        """As many as are free, at least one if it comes free soon."""
        taken = 0
        while taken < MOST_AT_ONCE and self._hands.acquire(timeout=0 if taken else 0.5):
            taken += 1
        return taken

    def _begin(self, received: Received) -> None:
        if self._stopping.is_set():
            self._hands.release()
            self._give_back(received)
            return
        self._pool.submit(self._work, received)

    def _work(self, received: Received) -> None:
        try:
            self._run(received)
        except Exception as error:  # one bad item must not cost the others their lane
            log.error("an item failed with %s", type(error).__name__)  # noqa: TRY400 - may leak
        finally:
            self._hands.release()
