"""Kills a program between any two of its acts, and lets each of the dead go on as it would.

An act is an AWS call, or whatever else outlives the process: what is done to a target, say, which
its stand-in tells (`tests.calls.acted`). What a process knows dies with it. So it does not matter
when it dies between two acts: a death right before an act leaves the world as one right after the
act before does. One kill after each act, and one before the first, is every death there is. For
the same reason a call that only reads is no act: whoever dies after it leaves what he found.
`make prove` kills there all the same.

What came before an act is done once: after the act the process makes a copy of itself (fork),
which dies there, is started again by the test and must end well, while the original goes on to
the next act. Acts must be done by the main thread: a copy has no other.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests import canary
from tests.calls import AwsCall, Killed, watching, watching_outside
from tests.counts import FULL

PATIENCE = 120
"""Seconds that a copy may take."""


@dataclass
class Reaper:
    """Kills before the first call, and after each act or, with a `stride`, one in so many.

    reads:  whether calls that only read are acts too
    acts:   how many the original did while the reaper was at work
    kills:  how many copies died and ended
    wrongs: what each copy told that did not end well
    """

    stride: int = 1
    reads: bool = FULL
    acts: int = 0
    kills: int = 0
    wrongs: list[str] = field(default_factory=list)
    _places: int = 0  # of death, that were come by
    _is_dead: bool = False
    _tell: int | None = None  # where a copy tells what went wrong

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill at the acts of this block; in the copies it raises Killed, which ends here."""
        try:
            with watching(self._before, self._after), watching_outside(self._acted):
                yield
        except Killed:
            assert self._is_dead

    @property
    def has_killed(self) -> bool:
        """Whether this is a copy, that died and is to be started again."""
        return self._is_dead

    @contextmanager
    def copying(self) -> Iterator[None]:
        """The whole test: a copy ends where the block does; then every copy must have ended well.

        Raises AssertionError with what the first copy told.
        """
        told = ""
        try:
            yield
        except BaseException:
            if self._tell is None:
                raise
            told = traceback.format_exc()
        if self._tell is not None:
            _end(self._tell, told or "".join(canary.LOGS.hits))
        assert self.kills, "it killed nobody"
        assert not self.wrongs, f"{len(self.wrongs)} of {self.kills}, the first: {self.wrongs[0]}"

    def _before(self, call: AwsCall) -> None:
        """The dead call nobody."""
        if self._is_dead:
            raise Killed(f"dead before {call}")
        if not self._places:
            self._kill(f"before {call}")

    def _after(self, call: AwsCall) -> None:
        if self.reads or not call.only_reads:
            self._acted(str(call))

    def _acted(self, what: str) -> None:
        self.acts += 1
        self._kill(f"after act {self.acts}, {what}")

    def _kill(self, where: str) -> None:
        is_due = self._tell is None and self._places % self.stride == 0
        self._places += 1
        if self._is_dead or (is_due and self._is_copy(where)):
            raise Killed(f"killed {where}")

    def _is_copy(self, where: str) -> bool:
        assert threading.current_thread() is threading.main_thread(), "a copy has one thread"
        reads, writes = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        copy = os.fork()
        if not copy:
            os.close(reads)
            signal.alarm(PATIENCE)
            gc.disable()  # a collection would touch, and so copy, all that is shared
            self._tell, self._is_dead = writes, True
            return True
        os.close(writes)
        with os.fdopen(reads) as pipe:
            told = pipe.read()
        _, status = os.waitpid(copy, 0)
        self.kills += 1
        if told or status:
            self.wrongs.append(f"{where}: status {status} {told}")
        return False


def _end(tell: int, told: str) -> None:
    with os.fdopen(tell, "w") as pipe:
        pipe.write(told)
    os._exit(0)
