"""Which boxes an upgrade sets at each of its steps, so that some node always serves.

The boxes from before are remembered in its row before any is touched, and put back exactly. In a
mirrored cluster only nodes of the writing region do the work of one that is away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from .functions import Role
from .gate import OF_CODE, Bar, Code, Gate, Wanted
from .node import Node, code_of
from .region import nodes_elsewhere
from .upgrade import Status, Step, Upgrade


def boxes(
    upgrade: Upgrade, nodes: Sequence[Node], elsewhere: Collection[str] = ()
) -> Mapping[str, Wanted]:
    """The boxes that each node shall have now. elsewhere: those that only read, where they are."""
    before = upgrade.before
    if upgrade.status is not Status.RUNNING:
        return before
    match upgrade.step:
        case Step.DRAIN | Step.DEPLOY:
            return without(before, upgrade.first, elsewhere)
        case Step.JOIN:
            return {**before, upgrade.first: _all_work(before, upgrade.first)}
        case Step.STANDBY | Step.MIGRATE | Step.VERIFY:
            return alone(before, upgrade.first)
        case Step.ROLL:
            upgraded = {one.name for one in nodes if code_of(one) == upgrade.target}
            back = {name: before[name] for name in before if name in upgraded - {upgrade.first}}
            return {**alone(before, upgrade.first), **back}
        case _:
            return before


def without(
    before: Mapping[str, Wanted], name: str, elsewhere: Collection[str] = ()
) -> Mapping[str, Wanted]:
    """The boxes with one node out of the cluster, its roles lent to another where none has them.

    Where no other node serves it stays in: somebody must, and one elsewhere takes no changes.
    """
    able = before.keys() - {name, *elsewhere}
    others = sorted(one for one in able if before[one].in_cluster)
    if not others or not before[name].in_cluster:
        return before
    held = {role for one in others for role in Role if before[one].ticked(role)}
    lent = {role for role in Role if before[name].ticked(role)} - held
    helper = _ticked(before[others[0]], lent)
    return {**before, name: replace(before[name], in_cluster=False), others[0]: helper}


def alone(before: Mapping[str, Wanted], name: str) -> Mapping[str, Wanted]:
    """The boxes with one node doing everything, and the others standbys."""
    out = {one: replace(wanted, in_cluster=False) for one, wanted in before.items()}
    return {**out, name: _all_work(before, name)}


def _all_work(before: Mapping[str, Wanted], name: str) -> Wanted:
    """One node's boxes with every role that any serving node holds."""
    roles = {role for one in before.values() for role in Role if one.runs(role)}
    return replace(_ticked(before[name], roles), in_cluster=True)


def _ticked(wanted: Wanted, roles: set[Role]) -> Wanted:
    return replace(wanted, **{str(role): True for role in roles})


def gate_for(upgrade: Upgrade, gate: Gate, nodes: Sequence[Node]) -> Gate:
    """The gate as the upgrade wants it. Maintenance mode and nodes that came later are let be.

    Once the rows are migrated the cluster is of the new version: who has not got it yet says so.
    """
    wanted = boxes(upgrade, nodes, nodes_elsewhere(gate))
    after = {
        name: replace(wanted[name], maintenance=now.maintenance) if name in wanted else now
        for name, now in gate.nodes.items()
    }
    code = upgrade.target if _has_arrived(upgrade) else upgrade.source
    way = upgrade.target.schema if upgrade.is_in_progress else 0
    moved = (code, way) != (Code(gate.version, gate.schema), gate.upgrading)
    return replace(
        gate,
        nodes=after,
        barred=_judged_anew(gate) if moved else gate.barred,
        version=code.version,
        schema=code.schema,
        upgrading=way,
        clustering=gate.clustering or _were_several(upgrade.before),
    )


def _has_arrived(upgrade: Upgrade) -> bool:
    """Whether every row is migrated, and nobody goes back."""
    rolls = upgrade.status is Status.RUNNING and upgrade.step is Step.ROLL
    return rolls or upgrade.status is Status.FINISHED


def _judged_anew(gate: Gate) -> Mapping[str, Bar]:
    """The bars but those of another version: each node's own code counts, and its agent says so."""
    return {name: bar for name, bar in gate.barred.items() if bar not in OF_CODE}


def _were_several(before: Mapping[str, Wanted]) -> bool:
    """Two nodes that serve count as clustered; written down, it holds while one of them is away."""
    return sum(one.in_cluster for one in before.values()) > 1
