"""EventQueueMonitor."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick


def sweep_outbox(tick: Tick) -> Tally:
    """Send the messages that somebody committed and could not send any more."""
    return wiring.outbox().sweep(tick.now, tick.cursor)
