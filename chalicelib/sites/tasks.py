"""What the bus asks of sites: mark engines that fell silent."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick


def mark_silent_engines(tick: Tick) -> Tally:
    """A sweep of PrimaryNodeTaskMonitor: engines offline after three missed callbacks."""
    found, marked = wiring.engines().mark_silent(tick.now)
    return Tally(found=found, done=marked)
