"""Several programs as one: each runs in a thread of its own, and one at a time.

Before each AWS call a program stops, and chance decides who goes on: every order of their calls
can come, and the same seed gives the same order again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.calls import AwsCall, watching

STAYS = 0.6
"""How likely who goes on is who went before: some do much while others do nothing."""

PATIENCE = 60
"""Seconds that a program may take between two calls."""


@dataclass
class _Program:
    run: Callable[[], None]
    may_go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    has_stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    is_over: bool = False
    error: BaseException | None = None


def interleaved(programs: Sequence[Callable[[], None]], seed: int) -> None:
    """Run them to their ends. Raises what the first of them raised that did.

    What they share must hold no lock during an AWS call.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation
    all_of_them = [_Program(run) for run in programs]
    threads = {}

    def stop(_: AwsCall) -> None:
        program = threads.get(threading.current_thread())
        if program is not None:
            program.has_stopped.release()
            program.may_go.acquire()

    def live(program: _Program) -> None:
        program.may_go.acquire()
        try:
            program.run()
        except BaseException as error:  # noqa: BLE001 - told to the test
            program.error = error
        program.is_over = True
        program.has_stopped.release()

    for program in all_of_them:
        thread = threading.Thread(target=live, args=[program], daemon=True)
        threads[thread] = program
        thread.start()
    program = all_of_them[0]
    with watching(before=stop):
        while going := [one for one in all_of_them if not one.is_over]:
            if program.is_over or chance.random() > STAYS:
                program = chance.choice(going)
            program.may_go.release()
            assert program.has_stopped.acquire(timeout=PATIENCE), "a program waits for another"
    for program in all_of_them:
        if program.error is not None:
            raise program.error
