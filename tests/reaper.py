"""Kills a program at each of its AWS calls, and lets each of the dead go on as it would.

What came before a call is done once: at the call the process makes a copy of itself (fork), which
dies there, is started again by the test and must end well, while the original goes on to the next
call. Calls must be made by the main thread: a copy has no other.
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
from tests.calls import AwsCall, Killed, watching

PATIENCE = 120
"""Seconds that a copy may take."""


@dataclass
class Reaper:
    """Kills before or after one call in `stride`, beginning with the first.

    calls:  how many the original made while the reaper was at work
    kills:  how many copies died and ended
    wrongs: what each copy told that did not end well
    """

    when: str
    stride: int = 1
    calls: int = 0
    kills: int = 0
    wrongs: list[str] = field(default_factory=list)
    _is_dead: bool = False
    _tell: int | None = None  # where a copy tells what went wrong

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill at the calls of this block; in the copies it raises Killed, which ends here."""
        try:
            with watching(self._before, self._after):
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
        assert self.kills
        assert not self.wrongs, f"{len(self.wrongs)} of {self.kills}, the first: {self.wrongs[0]}"

    def _before(self, call: AwsCall) -> None:
        self.calls += 1
        if self.when == "before":
            self._kill(call)

    def _after(self, call: AwsCall) -> None:
        if self.when == "after":
            self._kill(call)

    def _kill(self, call: AwsCall) -> None:
        is_due = self._tell is None and (self.calls - 1) % self.stride == 0
        if self._is_dead or (is_due and self._is_copy(call)):
            raise Killed(f"killed {self.when} call {self.calls}: {call}")

    def _is_copy(self, call: AwsCall) -> bool:
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
            self.wrongs.append(f"{self.when} call {self.calls} {call}: status {status} {told}")
        return False


def _end(tell: int, told: str) -> None:
    with os.fdopen(tell, "w") as pipe:
        pipe.write(told)
    os._exit(0)
