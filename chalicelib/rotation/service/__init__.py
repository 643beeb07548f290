"""Use cases of rotation: offer what is due, hand it out once, record what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from .answers import Answers, Said
from .asking import Asker, Asking
from .claims import Claimed, Claimer, Claims
from .conclusion import Conclusion
from .engines import EngineWork
from .hook_items import HookItems
from .local import LocalWorker
from .offering import Offering
from .ports import Ports
from .sweeping import Sweeping

__all__ = [
    "Asker",
    "Claimed",
    "Claimer",
    "EngineWork",
    "HookItems",
    "LocalWorker",
    "Ports",
    "Rotation",
    "Said",
    "rotation",
]


@dataclass(frozen=True, slots=True)
class Rotation:
    """All of it, on the same ports."""

    offering: Offering
    claims: Claims
    answers: Answers
    sweeping: Sweeping
    asking: Asking
    hooks: HookItems


def rotation(ports: Ports, conclusion: Conclusion | None = None) -> Rotation:
    """The use cases on these ports."""
    ends = conclusion or Conclusion(ports)
    offering = Offering(ports)
    return Rotation(
        offering,
        Claims(ports, ends),
        Answers(ports, ends),
        Sweeping(ports, ends),
        Asking(ports, offering),
        HookItems(ports),
    )
