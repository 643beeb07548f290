"""Messages of the `web` queue, and the sweep of what was left lying."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.messages import Message
from chalicelib.core.tick import Tally, Tick

SLICE = timedelta(seconds=40)  # of the function's 60: what is begun has time to end


def go_on(message: Message) -> None:
    """One slice of a bulk operation."""
    wiring.bulk_worker().run(str(message.body["operation"]), wiring.clock()() + SLICE)


def sweep_forsaken(tick: Tick) -> Tally:
    """Part of PrimaryNodeTaskMonitor: operations whose message was lost."""
    return wiring.bulk_worker().sweep(tick.now)
