"""Whether this node may do a function's work now; if not, its messages go back (DESIGN 3).

Handing back is sending again (same id, same expiry, later) and acknowledging the original. So
receive counts tell of failing handlers only, and a node that refuses for an hour fills no dead
letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.messages import Message

from .functions import WORKERS, Function
from .gate import OWN, Code, Gate, why_not

SOONEST = timedelta(seconds=15)
LATEST = timedelta(seconds=60)

BY_NAME = {one.name: one for one in WORKERS}


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision for one batch; `why_not` is for the log.

    replica: only what a replica does may be done: see `catalogue.Operation.on_replica`
    """

    why_not: str = ""
    replica: bool = False

    @property
    def allowed(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class HandedBack:
    """How many messages were sent again, and how many had expired and are gone."""

    sent: int = 0
    expired: int = 0


class GateReader(Protocol):
    def read(self) -> Gate:
        """The gate now. Raises Unavailable."""


class Send(Protocol):
    def put_back(self, queue: str, messages: Sequence[Message], delay: timedelta) -> None: ...


def decide(gate: Gate, node: str, function: Function, code: Code = OWN) -> Admission:
    """May that node do that function's work, by the gate?"""
    if gate.replica and not function.on_replica:
        return Admission(f"this cluster is a replica of {gate.replica}")
    return Admission(why_not(gate, node, function.role, code), bool(gate.replica))


def delay(chance: float) -> timedelta:
    """When a message is seen again; `chance` from 0 to 1 spreads them."""
    return timedelta(seconds=int((SOONEST + (LATEST - SOONEST) * chance).total_seconds()))


@dataclass(frozen=True, slots=True)
class Guard:
    gate: GateReader
    bus: Send
    node: str
    clock: Clock
    chance: Callable[[], float]

    def check(self, function: str) -> Admission:
        """One GetItem. A gate that cannot be read admits nobody: the work waits in its queue."""
        try:
            gate = self.gate.read()
        except Unavailable as error:
            return Admission(str(error))
        return decide(gate, self.node, BY_NAME[function])

    def hand_back(self, queue: str, messages: Sequence[Message]) -> HandedBack:
        """Send messages again, later, to the queue they came from; then the caller acknowledges
        the originals.

        Expired ones are dropped. Raises Unavailable when SQS does not take them: acknowledge none.
        Repeated, it makes second copies, which receivers drop.
        """
        now = self.clock()
        live = [one for one in messages if not one.is_expired(now)]
        if live:
            self.bus.put_back(queue, live, delay(self.chance()))
        return HandedBack(len(live), len(messages) - len(live))
