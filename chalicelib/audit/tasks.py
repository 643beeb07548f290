"""The sweep that asks for digests, and the message that has them made."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.messages import Message
from chalicelib.core.tick import Tally, Tick


def ask_for_digests(tick: Tick) -> Tally:
    """A sweep of PrimaryNodeTaskMonitor: have closed hours of the trail summed."""
    return wiring.summing().ask(tick)


def sum_hours(_asked: Message) -> None:
    """Sum the hours of the trail that are closed, whoever asked for it how often."""
    wiring.summing().sum_up(wiring.clock()())
