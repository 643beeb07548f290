"""What an agent looks at its queues for: are they there, is the old bus empty, who needs help."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.errors import Unavailable

from .backbone import Line, is_drained, left, lines, orphans, own_names, quiet_after
from .functions import WORKERS
from .gate import Gate
from .node import Made, Node
from .report import Report


class Queues(Protocol):
    def held(self, queue: str) -> int | None:
        """How many messages a queue holds; None when there is no such queue. Unavailable."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """Of one node's agent. nodes: all of them; asked for once the bus has ever been switched."""

    node: str
    nodes: Callable[[], Sequence[Node]]
    queues: Queues
    clock: Clock
    log: logging.Logger

    def before(self, gate: Gate, made: Made) -> tuple[Made, tuple[Line, ...]]:
        """How far the other set of queues has drained, and the queues of others to work on.

        No call before the first switch. One a queue while draining, one for the nodes, and one for
        each queue that its own node does not serve.
        """
        if gate.bus_since is None:
            return made, ()
        now = self.clock()
        if not is_drained(gate, made, now):
            made = replace(made, quiet=quiet_after(gate, made, self._empty(gate), now))
        return made, tuple(self._orphans(gate, now))

    def lines(self, gate: Gate, made: Made, helped: Sequence[Line]) -> tuple[Line, ...]:
        """What is to feed this node's functions."""
        return (*lines(gate, self.node, made, self.clock()), *helped)

    def after(self, gate: Gate, report: Report) -> Report:
        """Look for one of this node's queues in turn, and for those that were missing."""
        made = report.made
        mine = [name for name in own_names(self.node) if name in made.queues]
        names = [one.queue for one in WORKERS] + mine
        looked = {names[self.clock().minute % len(names)], *made.missing}
        try:
            held = {name: self.queues.held(name) for name in sorted(looked)}
        except Unavailable as error:
            return replace(report, failed=(*report.failed, str(error)))
        missing = frozenset(name for name, count in held.items() if count is None)
        strayed = any(held.get(name) for name in left(gate, self.node))
        made = replace(
            made,
            missing=missing,
            queues=made.queues - missing,  # an own one is made again
            quiet=None if strayed else made.quiet,
        )
        return replace(report, made=made)

    def _empty(self, gate: Gate) -> bool:
        return not any(self._held(name) for name in left(gate, self.node))

    def _orphans(self, gate: Gate, now: datetime) -> Iterator[Line]:
        for line in orphans(gate, self.node, self.nodes(), now):
            if self._held(line.queue) is not None:
                yield line

    def _held(self, queue: str) -> int | None:
        """A queue that cannot be asked counts as one that holds something."""
        try:
            return self.queues.held(queue)
        except Unavailable as error:
            facts = {"queue": queue, "why": str(error)}
            self.log.warning("a queue was not looked at", extra={"facts": facts})
            return 1
