"""Which region takes changes: rules on the gate of a mirrored cluster (DESIGN 13).

Conditions do not cross regions, so one region writes and the others read; what they write all the
same has keys of their own: audit rows, sessions, counts of attempts, what their agents say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .gate import Gate


def region_of(gate: Gate, node: str) -> str:
    """Where a node is; one of which nothing is said is in the writing region."""
    return gate.regions.get(node, gate.writing)


def is_away(gate: Gate, node: str) -> bool:
    """Whether a node, by the gate, is outside the writing region. All are while it is moved."""
    return bool(gate.writing) and (bool(gate.moving) or region_of(gate, node) != gate.writing)


def nodes_elsewhere(gate: Gate) -> frozenset[str]:
    """The nodes outside the writing region, whether or not it is being moved."""
    return frozenset(
        name for name in gate.nodes if gate.writing and region_of(gate, name) != gate.writing
    )


def is_outside(gate: Gate, node: str) -> bool:
    """The same of this very process, whose own region counts before the gate knows the node."""
    strange = bool(gate.writing and gate.here) and gate.here != gate.writing
    return strange or is_away(gate, node)


def by_decision(gate: Gate, writing: str, term: int) -> Gate:
    """The gate, put right where it is older than the decision about the writing region.

    A region that was lost and comes back may bring a gate over that still names it.
    """
    if not gate.writing or term <= gate.term:
        return gate
    regions = {**dict.fromkeys(gate.nodes, gate.writing), **gate.regions}
    return replace(gate, writing=writing, moving="", regions=regions, decided=term)


def why_away(gate: Gate, node: str) -> str:
    """Why a node, by the gate, changes nothing; "" when it may."""
    return _text(gate, region_of(gate, node)) if is_away(gate, node) else ""


def why_outside(gate: Gate, node: str) -> str:
    """Why this process changes nothing; "" when it may."""
    return _text(gate, gate.here or region_of(gate, node)) if is_outside(gate, node) else ""


def _text(gate: Gate, region: str) -> str:
    if gate.moving:
        return f"The writing region is being moved from {gate.writing} to {gate.moving}."
    return f"This node is in region {region}; the writing region is {gate.writing}."
