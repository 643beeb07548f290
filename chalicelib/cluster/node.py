"""One node as the cluster knows it, and the rules about its state (clustering guide, Nodes)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.catalogue import OPERATIONS
from chalicelib.core.errors import Unavailable

from .functions import Role
from .gate import (
    BAR_TEXT,
    OWN,
    STANDBY,
    Bar,
    Code,
    Gate,
    Wanted,
    bar_of,
    holders,
    is_clustered,
    is_excused,
    is_older,
    is_read_only,
    mismatch,
    rests,
    serving,
)
from .licensing import forgotten, lapse_text
from .region import is_away, why_away

UNSEEN_AFTER = timedelta(minutes=3)
"""Three ticks of an agent."""

LONGEST_WRITE = timedelta(seconds=60)
"""An API request ends within 29 s, a worker's batch within 60 s."""

BACKGROUND_WORK = tuple(one.name for one in OPERATIONS)
STANDSTILL: Mapping[Role, tuple[str, ...]] = {
    Role.BACKGROUND: BACKGROUND_WORK,
    Role.ENGINE: ("answers of distributed engines",),
    Role.RECORDING: ("conversion of session recordings",),
}
"""What nobody does while a role has no holder."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a node's agent says about its node at each look.

    offset:  how far its clock is ahead of that of AWS; None when it could not tell
    applied: the boxes that its mappings and schedules follow, as text; "" while they lag
    error:   what its agent could not do, for people
    """

    seen_at: datetime
    version: str
    schema: int
    fingerprint: str
    offset: timedelta | None
    applied: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What an agent remembers: a digest of its schedules, the queues that it made.

    missing: queues of its workers that were not there when it last looked
    quiet:   since when it has found the queues that the bus has left empty (see `backbone`)
    """

    schedules: str = ""
    queues: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    quiet: datetime | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node's row.

    maintenance_at: since when the box is ticked
    reported:       the last state that was raised as an event
    """

    id: int
    name: str
    stamp: Stamp
    made: Made = Made()
    maintenance_at: datetime | None = None
    log_level: str = ""
    reported: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the agent of a node outside the writing region says. The node has no id of its own."""

    region: str
    node: Node


@dataclass(frozen=True, slots=True)
class Facts:
    """What an agent finds out about its own node. `fingerprint` is "" when keys do not open."""

    code: Code
    fingerprint: str
    offset: timedelta | None


def examined(gate: Gate, name: str, facts: Facts, tolerance: timedelta) -> Bar | None:
    """What a node disagrees in with its cluster, if anything."""
    bar = None if is_excused(gate, name) else mismatch(gate, facts.code)
    if bar:
        return bar
    if facts.fingerprint != gate.fingerprint:
        return Bar.KEY
    if facts.offset is not None and abs(facts.offset) > tolerance:
        return Bar.CLOCK
    return None


def entered(gate: Gate, name: str, code: Code, bar: Bar | None) -> Gate:
    """The gate with what a node's agent found; a newer node that serves raises the version.

    In a mirrored cluster only one in the writing region does: others follow.
    Not while an upgrade is in progress: its end does that, once every node is upgraded.
    """
    others = {node: why for node, why in gate.barred.items() if node != name}
    barred = {**others, name: bar} if bar else others
    serves = bar is None and gate.wanted(name).in_cluster and not is_excused(gate, name)
    waits = bool(gate.upgrading) or is_away(gate, name)
    raises = serves and not waits and is_older(gate.version, code.version)
    return replace(
        gate,
        barred=barred,
        version=code.version if raises else gate.version,
        schema=gate.schema or (code.schema if serves else 0),
    )


def elsewhere(gate: Gate, node: Node) -> tuple[Gate, Node]:
    """What an agent outside the writing region goes by; never founds a cluster.

    Raises Unavailable before replication has brought the cluster's rows.
    """
    if not gate.cluster_id:
        raise Unavailable(f"the rows of the cluster have not come from {gate.writing} yet")
    return gate, node


def told(gate: Gate) -> Gate:
    """The gate that remembers which roles have no holder, so that each is raised once."""
    return replace(gate, unheld=" ".join(unheld(gate)))


def joined(gate: Gate, name: str) -> Gate:
    """The gate with one more node, a standby until somebody ticks its boxes.

    It joins a cluster that is read-only as a whole in maintenance mode.
    """
    standby = replace(STANDBY, maintenance=is_read_only(gate))
    return replace(gate, nodes={**gate.nodes, name: standby})


def removed(gate: Gate, name: str) -> Gate:
    """The gate without a node."""
    nodes = {node: wanted for node, wanted in gate.nodes.items() if node != name}
    barred = {node: why for node, why in gate.barred.items() if node != name}
    licensing = forgotten(gate.licensing, name)
    regions = {node: region for node, region in gate.regions.items() if node != name}
    return replace(gate, nodes=nodes, barred=barred, licensing=licensing, regions=regions)


def ticked(gate: Gate, name: str, wanted: Wanted) -> Gate:
    """The gate with other boxes of a node. One that had become a cluster stays one."""
    nodes = {**gate.nodes, name: wanted}
    return replace(gate, nodes=nodes, clustering=is_clustered(gate))


def needs_clustering(before: Gate, after: Gate) -> bool:
    """Whether a second node would serve in a cluster that nobody has enabled clustering for."""
    return not is_clustered(before) and len(serving(after)) > 1


def orphaned(before: Gate, after: Gate, unseen: Collection[str] = ()) -> list[Role]:
    """The roles that some node held before and none would hold after; unseen nodes hold none."""
    was, would = _without(before, unseen), _without(after, unseen)
    return [role for role in Role if holders(was, role) and not holders(would, role)]


def _without(gate: Gate, names: Collection[str]) -> Gate:
    nodes = {name: wanted for name, wanted in gate.nodes.items() if name not in names}
    return replace(gate, nodes=nodes)


def unheld(gate: Gate) -> list[Role]:
    """The roles that no node holds."""
    return [role for role in Role if not holders(gate, role)]


def is_unseen(node: Node, now: datetime) -> bool:
    return now - node.stamp.seen_at > UNSEEN_AFTER


def maintenance_status(wanted: Wanted, since: datetime | None, now: datetime) -> str:
    """`Armed` once every write that began before the box was ticked must have ended."""
    if not wanted.maintenance:
        return "Off"
    left = (since + LONGEST_WRITE - now) if since else timedelta(0)
    if left <= timedelta(0):
        return "Armed"
    return f"Arming: writes that had begun end within {max(1, round(left.total_seconds()))} s"


def code_of(node: Node) -> Code:
    """What a node ran when it was last seen."""
    said = node.stamp
    return Code(said.version, said.schema) if said.version else OWN


def complaint(node: Node, gate: Gate, now: datetime) -> str:
    """What is wrong with a node, for people; "" when nothing is."""
    return _sentences(failing(node, gate, now), lapse_text(gate.licensing, node.name, now))


def failing(node: Node, gate: Gate, now: datetime) -> str:
    """What keeps a node from its work, for people; "" when nothing does."""
    bar = bar_of(gate, node.name, code_of(node))
    unseen = f"Not seen since {node.stamp.seen_at:%Y-%m-%d %H:%M:%S} UTC."
    return _sentences(
        unseen if is_unseen(node, now) else "",
        BAR_TEXT[bar] if bar else "",
        node.stamp.error,
    )


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def role_error(node: Node, gate: Gate, role: Role, now: datetime) -> str:
    """Why a role does not work on that node, or in the cluster; "" when it does."""
    wanted = gate.wanted(node.name)
    if not wanted.ticked(role):
        return standstill(role) if wanted.in_cluster and role in unheld(gate) else ""
    if not wanted.in_cluster:
        return "The node is not in the cluster."
    resting = "Maintenance mode: this worker rests." if rests(wanted, role) else ""
    return failing(node, gate, now) or why_away(gate, node.name) or resting


def standstill(role: Role) -> str:
    """What the cluster does without while nobody holds a role."""
    return f"No node holds {role}: {', '.join(STANDSTILL[role])}."


def state(node: Node, gate: Gate, now: datetime) -> str:
    """The state that events tell of: unseen, what it disagrees in, or nothing."""
    if is_unseen(node, now):
        return "unseen"
    bar = bar_of(gate, node.name, code_of(node))
    return f"barred: {bar}" if bar else ""


def followed(gate: Gate, name: str) -> str:
    """What a node's mappings and schedules should follow, as text: its boxes, bar, and bus."""
    wanted, bar = gate.wanted(name), gate.barred.get(name)
    works = not is_away(gate, name)
    roles = [str(r) for r in Role if works and wanted.runs(r) and not rests(wanted, r)]
    place = "in" if wanted.in_cluster else "out"
    bus = ["internal"] if gate.internal_bus else []
    return " ".join([place, *roles, *([str(bar)] if bar else []), *bus])


def lags(node: Node, gate: Gate, now: datetime) -> bool:
    """Whether the node's agent should be woken: it follows other boxes, or missed two ticks."""
    late = now - node.stamp.seen_at > timedelta(minutes=2)
    return late or node.stamp.applied != followed(gate, node.name)
