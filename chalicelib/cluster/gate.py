"""The gate: the one small row that every request and every worker reads first (DESIGN 1 and 3).

It says what each node is to do and which nodes disagree with the cluster. All rules about who may
do what here and now are the pure functions below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from chalicelib import SCHEMA, VERSION
from chalicelib.core.errors import (
    ConclaveError,
    MaintenanceMode,
    OtherRegion,
    Replica,
    Unavailable,
)

from .functions import Role
from .licensing import UNSIGNED, Licensing
from .region import is_away, is_outside, why_outside
from .unlimited import OFF, Unlimited

GATE_KEY = ("gate", "gate")
MANY_EPOCHS = 2**32

Writes: TypeAlias = Literal["none", "session", "vault", "cluster"]
"""What an endpoint writes: see `web.endpoint`."""


class Bar(StrEnum):
    """Why a node takes no work although its boxes are ticked (guide, Clustering Errors)."""

    VERSION = "version"
    SCHEMA = "schema"
    KEY = "key"
    CLOCK = "clock"


BAR_TEXT: Mapping[Bar, str] = {
    Bar.VERSION: "Conclave version does not match: deploy the cluster's version to this node.",
    Bar.SCHEMA: "Conclave version does not match: this node's code is newer than the cluster's "
    "data: upgrade the cluster, or deploy the cluster's version to this node.",
    Bar.KEY: "Encryption configurations do not match: this node cannot open the cluster's keys.",
    Bar.CLOCK: "Server dates do not match: this node's clock differs from that of AWS.",
}

OF_CODE = frozenset({Bar.VERSION, Bar.SCHEMA})
"""What an admin may allow for a while: see `Gate.lenient`."""


@dataclass(frozen=True, slots=True)
class Code:
    """What runs on a node: its version, and the schema of the rows that it reads and writes."""

    version: str = VERSION
    schema: int = SCHEMA


OWN = Code()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The boxes of one node, as on the Server Nodes page."""

    in_cluster: bool = False
    background: bool = False
    engine: bool = False
    recording: bool = False
    maintenance: bool = False

    def ticked(self, role: Role) -> bool:
        match role:
            case Role.BACKGROUND:
                return self.background
            case Role.ENGINE:
                return self.engine
            case Role.RECORDING:
                return self.recording

    def runs(self, role: Role | None) -> bool:
        """Whether the boxes ask for this role here; None is what any node in the cluster does."""
        return self.in_cluster and (role is None or self.ticked(role))


STANDBY = Wanted()
FIRST = Wanted(in_cluster=True, background=True, engine=True, recording=True)
"""The first node of a new cluster starts with all boxes on."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the row says.

    nodes:       the boxes of every node by its name
    barred:      the nodes that disagree with the cluster, and in what
    epochs:      a count for each thing that processes keep copies of: it moved, read again
    boxes:       a count of the changes of nodes, bars and version
    version:     the newest version that runs in the cluster
    fingerprint: of the cluster's keys
    schema:      of the cluster's rows; 0 before any node has said so
    lenient:     the setting that lets a node in maintenance mode run other code than the cluster's
    unheld:      the roles without a holder that were last raised as an event
    licensing:   until when people may change things, and on which nodes
    clustering:  whether an admin enabled clustering: see `is_clustered`
    replica:     the cluster that this one is a replica of; "" for one that acts by itself
    replica_at:  of which moment a replica's rows are, as text; "" before the first
    internal_bus: whether each node sends on queues of its own; else the cluster's are shared
    bus_since:   when that was last switched; None: never
    writing:     of a mirrored cluster, the one region that takes changes
    moving:      the region that will be it, while it is being moved: nobody writes then
    regions:     where nodes are that are not said to be in the writing region
    here:        the region of the process that read the gate
    minute:      outside the writing region, the minute in which it was read: see `epoch`
    term:        a count of the moves of the writing region
    decided:     the term of a decision that this gate has not heard of: an agent puts it right
    unlimited:   whether administrators own everything for a while
    upgrading:   while an upgrade is in progress, the schema that the rows are on their way to; or 0
    """

    cluster_id: str = ""
    nodes: Mapping[str, Wanted] = field(default_factory=dict)
    barred: Mapping[str, Bar] = field(default_factory=dict)
    epochs: Mapping[str, int] = field(default_factory=dict)
    boxes: int = 0
    version: str = ""
    fingerprint: str = ""
    schema: int = 0
    lenient: bool = False
    unheld: str = ""
    licensing: Licensing = UNSIGNED
    clustering: bool = False
    replica: str = ""
    replica_at: str = ""
    internal_bus: bool = False
    bus_since: datetime | None = None
    writing: str = ""
    moving: str = ""
    regions: Mapping[str, str] = field(default_factory=dict)
    here: str = field(default="", compare=False)
    minute: int = field(default=0, compare=False)
    term: int = field(default=0, compare=False)
    decided: int = field(default=0, compare=False)
    upgrading: int = 0
    unlimited: Unlimited = OFF

    def wanted(self, node: str) -> Wanted:
        """A node's boxes; one that never joined is a standby."""
        return self.nodes.get(node, STANDBY)

    def epoch(self, name: str) -> int:
        """Copies of that thing are good as long as this stays.

        Replication may bring an epoch before what it announces: outside the writing region copies
        are good for a minute.
        """
        return self.epochs.get(name, 0) + self.minute * MANY_EPOCHS


NO_GATE = Gate()
"""Before the first agent has run: nothing may run anywhere."""


def bar_of(gate: Gate, node: str, code: Code = OWN) -> Bar | None:
    """What the node disagrees in, if anything. Its own code counts before its agent says so."""
    if is_excused(gate, node):
        said = gate.barred.get(node)
        return None if said in OF_CODE else said
    return mismatch(gate, code) or gate.barred.get(node)


def mismatch(gate: Gate, code: Code) -> Bar | None:
    """Whether code may not work on the cluster's rows: it is older than what runs, or too new.

    While an upgrade is in progress, both the version before and the one to come may. A replica
    makes no rows: its code may be newer than those it was given, and older than none.
    """
    if is_older(code.version, gate.version) or code.schema < gate.schema:
        return Bar.VERSION
    newest = max(gate.schema, gate.upgrading)
    too_new = bool(gate.schema) and newest < code.schema and not gate.replica
    return Bar.SCHEMA if too_new else None


def is_excused(gate: Gate, node: str) -> bool:
    """Whether that node may run other code: in maintenance mode, where an admin allows it."""
    return gate.lenient and gate.wanted(node).maintenance


def may_run(gate: Gate, node: str, role: Role | None, code: Code = OWN) -> bool:
    """Whether that node may do that role's work now."""
    return not why_not(gate, node, role, code)


def why_not(gate: Gate, node: str, role: Role | None, code: Code = OWN) -> str:
    """Why the node may not do that role's work now; "" when it may."""
    wanted = gate.wanted(node)
    if not wanted.in_cluster:
        return "the node is not in the cluster"
    if not wanted.runs(role):
        return f"the {role} worker is not ticked"
    if is_outside(gate, node):
        return why_outside(gate, node)
    if gate.replica and role in NOT_ON_A_REPLICA:
        return f"this cluster is a replica of {gate.replica}, on which the {role} worker rests"
    if rests(wanted, role):
        return f"the node is in maintenance mode, in which the {role} worker rests"
    bar = bar_of(gate, node, code)
    return BAR_TEXT[bar] if bar else ""


NOT_ON_A_REPLICA = frozenset({Role.ENGINE, Role.RECORDING})
"""Two clusters that change the same passwords would be the disaster: see `may_offer_changes`."""


def rests(wanted: Wanted, role: Role | None) -> bool:
    """Whether maintenance mode stops a role's work.

    The background worker goes on, and so does the engine worker: what engines answer was asked
    before, and forgetting a password that was changed would lose it (ADR 0004).
    """
    return wanted.maintenance and role is Role.RECORDING


def is_read_only(gate: Gate) -> bool:
    """Whether the whole cluster is in maintenance mode: every node that serves is."""
    serving = [one for one in gate.nodes.values() if one.in_cluster]
    return bool(serving) and all(one.maintenance for one in serving)


def may_offer_changes(gate: Gate, node: str, code: Code = OWN) -> bool:
    """Whether the node may offer, hand out or begin password changes.

    Not in maintenance mode; the answers of changes under way are stored all the same. Never on a
    replica: the cluster that it follows does.
    """
    rests = gate.replica or gate.wanted(node).maintenance or is_outside(gate, node)
    return not rests and bar_of(gate, node, code) is None


def may_write(gate: Gate, node: str, writes: Writes = "vault", code: Code = OWN) -> bool:
    """Whether a web request of that kind may be served by that node now."""
    return write_refusal(gate, node, writes, code) is None


def write_refusal(
    gate: Gate, node: str, writes: Writes = "vault", code: Code = OWN
) -> ConclaveError | None:
    """The error to raise instead of a write.

    Maintenance mode and bars spare what is `cluster`: boxes, locks, jobs. Outside the writing
    region nothing is spared but sessions, which belong to the region that they were begun in.
    """
    if writes in ("vault", "cluster") and is_outside(gate, node):
        return OtherRegion(why_outside(gate, node))
    if writes != "vault":
        return None
    if gate.replica:
        return Replica()
    if gate.wanted(node).maintenance:
        return MaintenanceMode()
    bar = bar_of(gate, node, code)
    return Unavailable(BAR_TEXT[bar]) if bar else None


def serving(gate: Gate) -> list[str]:
    """The nodes that are in the cluster."""
    return [name for name, wanted in sorted(gate.nodes.items()) if wanted.in_cluster]


def is_clustered(gate: Gate) -> bool:
    """Whether more than one node may serve: somebody enabled it, or more than one does already."""
    return gate.clustering or len(serving(gate)) > 1


def holders(gate: Gate, role: Role) -> list[str]:
    """The nodes that hold a role: in the cluster, ticked, not barred, in the writing region."""
    return [
        name
        for name, wanted in sorted(gate.nodes.items())
        if wanted.runs(role) and name not in gate.barred and not is_away(gate, name)
    ]


def is_older(version: str, than: str) -> bool:
    """Whether a version precedes another; an empty one precedes nothing."""
    return bool(version and than) and _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
