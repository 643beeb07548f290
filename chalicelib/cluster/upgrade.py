"""An upgrade of the cluster as a state machine: its steps and states.

The guide's order: check, back up, take a node out and upgrade it, let it serve alone, migrate, roll
the others, all back in the cluster. At every step some node serves (docs/operations/upgrading.md).
Which boxes a step sets: `upgrade_boxes`; what it waits for: `upgrade_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .gate import Code, Gate, Wanted, is_older
from .migration import Progress
from .node import Node, code_of

FIRST_SCHEMA = 1
"""Of rows that no node has said a schema of."""

ABANDONED_AFTER = timedelta(hours=1)
"""Without anybody advancing it."""


class Step(StrEnum):
    """In their order. Before `drain` nothing is changed; from `finish` on all is."""

    CHECK = "check"
    BACKUP = "backup"
    DRAIN = "drain"
    DEPLOY = "deploy"
    JOIN = "join"
    STANDBY = "standby"
    MIGRATE = "migrate"
    VERIFY = "verify"
    ROLL = "roll"
    FINISH = "finish"


STEPS = tuple(Step)
SENTENCES: Mapping[Step, str] = {
    Step.CHECK: "The newest backup is fresh, the versions fit, every node is seen and agrees.",
    Step.BACKUP: "A backup is taken.",
    Step.DRAIN: "The first node leaves the cluster; the others do its work.",
    Step.DEPLOY: "The operator deploys the new version to the first node.",
    Step.JOIN: "The first node comes back and works beside the others.",
    Step.STANDBY: "The others become standbys; what they had begun ends.",
    Step.MIGRATE: "The rows are brought to the new schema, in slices, while the first node works.",
    Step.VERIFY: "Another pass over the rows finds nothing to change; every role has a holder.",
    Step.ROLL: "The operator deploys the others; each comes back once it runs the new version.",
    Step.FINISH: "The cluster is of the new version; every node has the boxes it had before.",
}


class Status(StrEnum):
    RUNNING = "running"
    ABORTING = "aborting"
    FINISHED = "finished"
    ABORTED = "aborted"
    CLEARED = "cleared"


IN_PROGRESS = frozenset({Status.RUNNING, Status.ABORTING})


@dataclass(frozen=True, slots=True)
class Mark:
    """When a step began and ended."""

    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that ended."""

    name: str
    started_at: datetime
    finished_at: datetime
    success: bool
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One upgrade.

    before:   every node's boxes before anything was touched; they are put back exactly
    asked_at: when the step's backup was asked for
    told_at:  when it was told that nobody goes on with it
    turn:     counts the changes of the row: the condition of the next
    """

    id: str
    source: Code
    target: Code
    first: str
    before: Mapping[str, Wanted]
    begun_by: int
    begun_at: datetime
    step: Step = Step.CHECK
    status: Status = Status.RUNNING
    marks: Mapping[Step, Mark] = field(default_factory=dict)
    advanced_at: datetime | None = None
    asked_at: datetime | None = None
    told_at: datetime | None = None
    backup: str = ""
    error: str = ""
    turn: int = 0

    @property
    def is_in_progress(self) -> bool:
        return self.status in IN_PROGRESS

    @property
    def migrates(self) -> bool:
        return self.source.schema != self.target.schema

    @property
    def since(self) -> datetime:
        """When the step at hand began."""
        return self.marks[self.step].started_at

    @property
    def moved_at(self) -> datetime:
        """When somebody advanced it last."""
        return self.advanced_at or self.begun_at

    def is_abandoned(self, now: datetime) -> bool:
        """In progress, and nobody has advanced it for an hour."""
        return self.is_in_progress and now - self.moved_at > ABANDONED_AFTER

    def is_news(self, now: datetime) -> bool:
        """Abandoned, and nobody was told of it since it was advanced last."""
        return self.is_abandoned(now) and (self.told_at is None or self.told_at <= self.moved_at)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the next step is decided by.

    taken:    backups that ended, the newest first
    settling: how long writes that had begun may still run
    """

    now: datetime
    gate: Gate
    nodes: Sequence[Node]
    progress: Progress
    taken: Sequence[Taken]
    settling: timedelta

    @property
    def backup(self) -> Taken | None:
        """The backup that ended last."""
        return self.taken[0] if self.taken else None

    @property
    def good(self) -> Taken | None:
        """The newest good one."""
        return next((one for one in self.taken if one.success), None)

    def node(self, name: str) -> Node | None:
        return next((one for one in self.nodes if one.name == name), None)


def begun(upgrade: Upgrade, now: datetime) -> Upgrade:
    """The upgrade once its check has found nothing: the backup is next."""
    marks = {Step.CHECK: Mark(now, now), Step.BACKUP: Mark(now)}
    return replace(upgrade, step=Step.BACKUP, marks=marks, advanced_at=now)


def stepped(upgrade: Upgrade, now: datetime) -> Upgrade:
    """The upgrade at its next step. The last one ends it."""
    step = STEPS[STEPS.index(upgrade.step) + 1]
    left = replace(upgrade.marks[upgrade.step], finished_at=now)
    entered = Mark(now, now if step is Step.FINISH else None)
    marks = {**upgrade.marks, upgrade.step: left, step: entered}
    status = Status.FINISHED if step is Step.FINISH else upgrade.status
    return replace(upgrade, step=step, status=status, marks=marks, error="", advanced_at=now)


def ended(upgrade: Upgrade, status: Status, now: datetime, why: str = "") -> Upgrade:
    """The upgrade given up, or on its way back."""
    return replace(upgrade, status=status, error=why, advanced_at=now)


def said(code: Code) -> str:
    return f"{code.version} (schema {code.schema})"


@dataclass(frozen=True, slots=True)
class Summary:
    """The upgrade in Diagnostics' words. `available`: a newer version that some node runs."""

    is_in_progress: bool
    in_progress: str
    last: str
    available: str


def summarized(
    upgrade: Upgrade | None, gate: Gate, nodes: Sequence[Node], now: datetime
) -> Summary:
    codes = sorted({code_of(one) for one in nodes}, key=lambda code: (code.schema, code.version))
    newer = [one for one in codes if is_older(gate.version, one.version)]
    available = said(newer[-1]) if newer else "False"
    if upgrade is None:
        return Summary(False, "False", "", available)
    if not upgrade.is_in_progress:
        last = f"{upgrade.moved_at:%Y-%m-%d %H:%M:%S} UTC: {said(upgrade.target)}, {upgrade.status}"
        return Summary(False, "False", last, available)
    return Summary(True, _in_progress(upgrade, now), "", available)


def _in_progress(upgrade: Upgrade, now: datetime) -> str:
    """Since when, how far, and that nobody goes on with it."""
    text = f"True: to {said(upgrade.target)} since {upgrade.begun_at:%Y-%m-%d %H:%M:%S} UTC, "
    text += f"{upgrade.status}, at step {upgrade.step}"
    if not upgrade.is_abandoned(now):
        return text
    return f"{text}; {left_alone(upgrade)}"


def left_alone(upgrade: Upgrade) -> str:
    return f"nobody has gone on with it since {upgrade.moved_at:%Y-%m-%d %H:%M:%S} UTC"


def told_of(upgrade: Upgrade) -> str:
    """An abandoned upgrade as an event: what, from whom, since when, and at which step."""
    return (
        f"An upgrade is in progress and abandoned: {said(upgrade.source)} to "
        f"{said(upgrade.target)}, begun by user {upgrade.begun_by} at "
        f"{upgrade.begun_at:%Y-%m-%d %H:%M:%S} UTC, {upgrade.status}, at step {upgrade.step}; "
        f"{left_alone(upgrade)}"
    )
