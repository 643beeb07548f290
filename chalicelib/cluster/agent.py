"""The agent: keeps one node as the cluster wants it, every minute and when somebody wakes it.

It makes the cluster if there is none, joins it, says how its node is, looks at what the node has,
plans the difference and applies it (DESIGN 3). Anything that fails waits for the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import sleep
from typing import Any, Protocol

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict, Unavailable
from chalicelib.core.ids import Ids

from .agent_ports import Commit, Keys, Time
from .backbone import Line, queue_of
from .gate import FIRST, OWN, Code, Gate, may_run
from .lookout import Lookout
from .news import News
from .node import (
    Facts,
    Made,
    Node,
    Stamp,
    elsewhere,
    entered,
    examined,
    followed,
    joined,
    state,
    told,
)
from .plan import Actual, Step, Target, healed, is_settling, plan
from .region import is_outside
from .report import Report, error_text, facts_of, made_after, newer
from .target import Places, Planned, Wishes, target

LOOKS = 20  # making and switching on need three; AWS takes seconds to settle each
PAUSE_SECONDS = 0.5  # between looks
FAILURES = 3  # looks in a row that may end in a failed step: another run may be at work
MOST_STEPS = 100  # a run has a minute
THOROUGH_EVERY = 30  # minutes: then texts of schedules and queues of sites are checked as well


class Gates(Protocol):
    def fetch(self) -> Gate: ...
    def found(self, gate: Gate) -> Any: ...
    def decide(self, gate: Gate) -> Any: ...
    def rewrite(self, before: Gate, after: Gate) -> Any: ...


class Nodes(Protocol):
    def all(self) -> list[Node]: ...
    def with_gate(self, name: str) -> tuple[Gate, Node | None]: ...
    def create(self, node: Node) -> Any: ...
    def report(self, node: Node, state: str) -> Any: ...
    def stamp(self, name: str, said: Stamp, made: Made | None = None) -> None: ...
    def speak(self, region: str, node: Node) -> None: ...


class Hands(Places, Protocol):
    """How things are on AWS, and one call for one step: raise Unavailable."""

    def look(self, made: Made, thoroughly: bool) -> Actual: ...
    def apply(self, step: Step) -> None: ...

    def held(self, queue: str) -> int | None:
        """How many messages a queue holds; None when it is not there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What other areas want of a node: jobs with their schedules, sites, the clock's tolerance."""

    jobs: Callable[[], Sequence[Planned]]
    sites: Callable[[], Sequence[int]]
    clock_tolerance: Callable[[int], timedelta]


@dataclass(frozen=True)
class Agent:
    name: str
    gates: Gates
    nodes: Nodes
    keys: Keys
    hands: Hands
    time: Time
    commit: Commit
    wanted: Wanted
    licensed: Callable[[Gate, datetime], Gate]
    next_id: Callable[[str], int]
    clock: Clock
    ids: Ids
    log: logging.Logger
    pause: Callable[[float], None] = sleep
    code: Code = OWN

    def run(self) -> Report:
        """Look, and do what is missing. May be repeated, and by several at once."""
        self.time.watch()
        gate, node = self._present()
        gate, facts = self._examined(gate, node)
        made, helped = self._lookout.before(gate, node.made)
        report = self._converge(gate, replace(node, made=made), helped)
        report = self._lookout.after(gate, report)
        self._tell(News(self.name, self.clock()).of_look(node.made, report.made, report.healed))
        self._say(gate, replace(node, stamp=self._stamp(facts, report)), report.made)
        self.log.info("agent ran", extra={"facts": facts_of(report)})
        return report

    @property
    def _lookout(self) -> Lookout:
        return Lookout(self.name, self.nodes.all, self.hands, self.clock, self.log)

    def _present(self) -> tuple[Gate, Node]:
        """The gate and this node's row, made first if need be."""
        gate, node = self.nodes.with_gate(self.name)
        if is_outside(gate, self.name):  # the writing region enters what is said there
            return elsewhere(gate, node or Node(0, self.name, self._blank()))
        if gate.decided:
            self.commit([self.gates.decide(gate)], [News(self.name, self.clock()).of_region(gate)])
            gate, node = self.nodes.with_gate(self.name)
        if node and gate.cluster_id and self.name in gate.nodes:
            return gate, node
        try:
            self._enrol(gate, node)
        except Conflict:  # another node's agent was faster: go by what it wrote
            gate, node = self.nodes.with_gate(self.name)
            self._enrol(gate, node)
        gate, node = self.nodes.with_gate(self.name)
        if node is None:
            raise Unavailable("this node's row was not written")
        return gate, node

    def _enrol(self, gate: Gate, node: Node | None) -> None:
        """Write what is missing of gate and row. Raises Conflict when somebody else wrote."""
        now, writes, first = self.clock(), [], not gate.cluster_id
        if first:
            self.keys.ensure(self.ids())
            writes.append(self.gates.found(self._new_gate()))
        elif self.name not in gate.nodes:
            writes.append(self.gates.rewrite(gate, joined(gate, self.name)))
        if node is None:
            new = Node(self.next_id("node"), self.name, self._blank(), Made(quiet=now))
            writes.append(self.nodes.create(new))
        if writes:
            detail = "first node of the cluster" if first else "joined as a standby"
            self.commit(writes, self._trail(first, now, detail))

    def _blank(self) -> Stamp:
        return Stamp(self.clock(), self.code.version, self.code.schema, "", None, "")

    def _trail(self, first: bool, now: datetime, detail: str) -> list[AuditRecord]:
        """A node whose keys do not open cannot write the trail; it joins, barred, all the same."""
        if first:
            self.keys.fingerprint()
        elif not self._fingerprint():
            return []
        record = AuditRecord(SYSTEM, "CREATE", "Node", self.name, now, detail, through=self.name)
        return [record]

    def _new_gate(self) -> Gate:
        return Gate(
            cluster_id=self.keys.cluster_id(),
            nodes={self.name: FIRST},
            version=self.code.version,
            fingerprint=self.keys.fingerprint(),
            schema=self.code.schema,
        )

    def _examined(self, gate: Gate, node: Node) -> tuple[Gate, Facts]:
        """What this node is like, and the gate once it says so.

        Without the keys there is no audit: other nodes raise the event.
        """
        facts = Facts(self.code, self._fingerprint(), self.time.offset())
        if is_outside(gate, self.name):
            return gate, facts
        tolerance = self.wanted.clock_tolerance(gate.epoch("settings"))
        bar = examined(gate, self.name, facts, tolerance)
        after = told(entered(gate, self.name, self.code, bar))
        after = after if bar else self.licensed(after, self.clock())
        if after == gate:
            return gate, facts
        audit = News(self.name, self.clock()).of_gate(gate, after)
        writes = [self.gates.rewrite(gate, after)]
        try:
            if facts.fingerprint:
                self.commit([*writes, *self._reported(after, node)], audit)
            else:
                self.commit(writes)
        except Conflict:  # a box or another run of this agent came between: go by what it wrote
            return self.gates.fetch(), facts
        self._log(audit)
        return replace(after, boxes=gate.boxes + 1), facts

    def _reported(self, gate: Gate, node: Node) -> list[Any]:
        """Remembers that this node's state was raised, so that no other node does it again."""
        said = replace(
            node.stamp,
            seen_at=self.clock(),
            version=self.code.version,
            schema=self.code.schema,
        )
        now_is = state(replace(node, stamp=said), gate, self.clock())
        return [] if now_is == node.reported else [self.nodes.report(node, now_is)]

    def _tell(self, audit: list[AuditRecord]) -> None:
        self._log(audit)
        if audit and self._fingerprint():
            self.commit([], audit)

    def _log(self, audit: Sequence[AuditRecord]) -> None:
        for one in audit:
            facts = {"node": self.name, "action": one.action, "detail": one.detail}
            self.log.warning("the agent reports", extra={"facts": facts})

    def _fingerprint(self) -> str:
        try:
            return self.keys.fingerprint()
        except ConclaveError as error:
            self.log.warning("the cluster's keys do not open", extra={"facts": {"why": str(error)}})
            return ""

    def _converge(self, gate: Gate, node: Node, helped: Sequence[Line]) -> Report:
        """Plan, apply and look again until nothing is missing, or steps keep failing.

        The gate is read before each further look: who ticks a box wakes a second run beside this.
        """
        report = Report(gate.barred.get(self.name), made=node.made)
        thoroughly, failures = self.clock().minute % THOROUGH_EVERY == 0, 0
        for number in range(LOOKS):
            if number:
                self.pause(PAUSE_SECONDS)
                gate = self.gates.fetch()
            lines = self._lookout.lines(gate, report.made, helped)
            report = self._round(gate, lines, report, thoroughly and not number)
            failures = failures + 1 if report.failed else 0
            if report.applied or failures == FAILURES:
                break
        return report

    def _round(self, gate: Gate, lines: Sequence[Line], report: Report, thoroughly: bool) -> Report:
        """One look, and the steps it shows to be missing."""
        may = partial(may_run, gate, self.name, code=self.code)
        bus = partial(queue_of, gate, self.name)
        wishes = Wishes(lines, bus, self.wanted.jobs(), self.wanted.sites())
        wanted = target(self.name, may, wishes, self.hands)
        try:
            actual = self.hands.look(report.made, thoroughly)
        except Unavailable as error:
            return replace(report, failed=(str(error),))
        steps = plan(wanted, actual)[:MOST_STEPS]
        at_rest = not steps and not is_settling(wanted, actual)
        after = self._apply(steps, report, wanted)
        return replace(after, applied=followed(gate, self.name) if at_rest else "")

    def _apply(self, steps: Sequence[Step], report: Report, wanted: Target) -> Report:
        """Every step once: one that fails does not keep the others from being done."""
        done, failed = [], []
        for step in steps:
            try:
                self.hands.apply(step)
                done.append(step)
            except Unavailable as error:
                failed.append(str(error))
        return replace(
            report,
            done=(*report.done, *done),
            failed=tuple(failed),
            made=made_after(report.made, done, failed, wanted),
            healed=(*report.healed, *filter(None, map(healed, done))),
        )

    def _say(self, gate: Gate, node: Node, made: Made) -> None:
        """Write down how the node is, where its region may."""
        if is_outside(gate, self.name):
            self.nodes.speak(gate.here, replace(node, made=made))
        else:
            self.nodes.stamp(self.name, node.stamp, newer(node.made, made))

    def _stamp(self, facts: Facts, report: Report) -> Stamp:
        return Stamp(
            seen_at=self.clock(),
            version=facts.code.version,
            schema=facts.code.schema,
            fingerprint=facts.fingerprint,
            offset=facts.offset,
            applied=report.applied,
            error=error_text(report)[:500],
        )
