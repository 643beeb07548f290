"""Messages of the key-rotation queue."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.messages import Message

SLICE = timedelta(seconds=40)  # of the function's 60: what is begun has time to end


def rotate(message: Message) -> None:
    """One slice of a rotation."""
    now = wiring.clock()()
    wiring.key_rotation().run(str(message.body["rotation"]), now, now + SLICE)


def tend(message: Message) -> None:
    """Escrow or wrapping was asked for: bring the keyring in line."""
    wiring.keys().tend()
