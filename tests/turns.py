"""Several programs as one: each runs in a thread of its own, and one at a time.

Before each AWS call a program stops, and chance decides who goes on: every order of their calls
can come, and the same seed gives the same order again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

from tests.calls import AwsCall, watching

STAYS = 0.6
"""How likely who goes on is who went before: some do much while others do nothing."""

PATIENCE = 60
"""Seconds that a program may take between two calls."""


class _Program(threading.Thread):
    """One that goes on when it is told to, to its next call or its end."""

    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._does = run
        self._may_go, self._has_stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.is_over = False
        self.error: BaseException | None = None

    def run(self) -> None:
        self._may_go.acquire()
        try:
            self._does()
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
        self.is_over = True
        self._has_stopped.release()

    def stop(self) -> None:
        """Wait for its turn; called by the program itself."""
        self._has_stopped.release()
        self._may_go.acquire()

    def go_on(self) -> None:
        """Its turn, until it stops; called by whoever gives turns."""
        self._may_go.release()
        assert self._has_stopped.acquire(timeout=PATIENCE), "a program waits for another"


def interleaved(programs: Sequence[Callable[[], None]], seed: int) -> None:
    """Run them to their ends. Raises what the first of them raised that did.

    What they share must hold no lock during an AWS call.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation
    all_of_them = [_Program(run) for run in programs]
    for program in all_of_them:
        program.start()
    program = all_of_them[0]
    with watching(before=_stop):
        while going := [one for one in all_of_them if not one.is_over]:
            if program.is_over or chance.random() > STAYS:
                program = chance.choice(going)
            program.go_on()
    for error in filter(None, (one.error for one in all_of_them)):
        raise error


def _stop(_: AwsCall) -> None:
    one = threading.current_thread()
    if isinstance(one, _Program):
        one.stop()
