"""An upgrade for the stage: written as it stands at some step; ending it is left to the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import OWN, Code
from chalicelib.cluster.migration import Progress
from chalicelib.cluster.node import Stamp
from chalicelib.cluster.store import Gates, Nodes, Upgrades
from chalicelib.cluster.upgrade import STEPS, Mark, Status, Step, Upgrade
from chalicelib.core.ids import fresh_id

OLD = Code("11.6.2", 1)
LASTED = (1, 214, 41, 168, 62, 75, 96, 88, 240, 1)
"""Seconds that each step took."""


def put(step: Step, status: Status = Status.RUNNING, **facts: Any) -> Upgrade:
    """An upgrade of this cluster at that step, in place of the one before."""
    last, _ = Upgrades().both()
    gate, now = Gates().fetch(), datetime.now(UTC)
    at_hand = STEPS.index(step)
    since = now - timedelta(seconds=38)
    began = since - timedelta(seconds=sum(LASTED[:at_hand]))
    usual: dict[str, Any] = {"advanced_at": since, "backup": "20260115T120000Z-1a2b3c4d"}
    upgrade = Upgrade(
        id=fresh_id(),
        source=OLD,
        target=OWN,
        first="node-a",
        before=gate.nodes,
        begun_by=1,
        begun_at=began,
        step=step,
        status=status,
        marks=_marks(at_hand, began, since),
        turn=last.turn if last else 0,
        **(usual | facts),
    )
    writes: list[Any] = [Upgrades().put(upgrade)]
    serving = replace(gate, version=OWN.version, schema=OWN.schema, upgrading=0)
    if serving != gate:  # one that was given up leaves the older version, and this node aside
        writes.append(Gates().rewrite(gate, serving))
    wiring.committer()(writes)
    return upgrade


def _marks(at_hand: int, began: datetime, since: datetime) -> dict[Step, Mark]:
    marks = {}
    for step, lasted in zip(STEPS[:at_hand], LASTED, strict=False):
        marks[step] = Mark(began, began + timedelta(seconds=lasted))
        began += timedelta(seconds=lasted)
    over = since if STEPS[at_hand] is Step.FINISH else None
    return {**marks, STEPS[at_hand]: Mark(since, over)}


def migrating(upgrade: Upgrade, **facts: Any) -> None:
    """How far its migration is."""
    usual: dict[str, Any] = {"seen": 31_400, "of": 48_210, "changed": 2_804, "fence": 1}
    Upgrades().claim(Progress(upgrade.id, **(usual | facts)))


@contextmanager
def older_nodes(*names: str) -> Iterator[None]:
    """Those nodes still run the older version."""
    before = {one.name: one.stamp for one in Nodes().all() if one.name in names}
    for name, stamp in before.items():
        _stamp(name, replace(stamp, version=OLD.version, schema=OLD.schema))
    yield
    for name, stamp in before.items():
        _stamp(name, stamp)


def _stamp(name: str, stamp: Stamp) -> None:
    Nodes().stamp(name, stamp)
