"""Writes that go with somebody else's change, in its transaction, or not at all.

Work in many steps keeps its place so: what a step does and that it is done are one write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .commit import Write


@dataclass(slots=True)
class Alongside:
    """cause: of the change's lines of the trail that name none
    made:  whether a change was committed, and these writes with it
    """

    writes: Sequence[Write]
    cause: str = ""
    made: bool = False


_now: ContextVar[Alongside | None] = ContextVar("alongside", default=None)


@contextmanager
def alongside(writes: Sequence[Write], cause: str = "") -> Iterator[Alongside]:
    """Put these writes into every change of the block, by whichever service it is made.

    Their conditions must let only one be made, if there may be several.
    """
    these = Alongside(writes, cause)
    token = _now.set(these)
    try:
        yield these
    finally:
        _now.reset(token)


def present() -> Alongside:
    """What goes with a change that is made now; nothing outside such a block."""
    return _now.get() or Alongside(())
