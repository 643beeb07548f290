"""The message that has a mail sent, and the sweep of those whose message was lost."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.messages import Message
from chalicelib.core.tick import Tally, Tick


def send(message: Message) -> None:
    wiring.postman().send(str(message.body["mail"]))


def sweep_forsaken(tick: Tick) -> Tally:
    """Part of PrimaryNodeTaskMonitor."""
    return wiring.postman().sweep(tick.now)
