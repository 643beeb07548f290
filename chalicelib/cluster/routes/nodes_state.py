"""Whether more than one node may serve, and what was done with the nodes."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.audit.trail import Line
from chalicelib.cluster.gate import Gate, is_clustered
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import Invalid, StillUsed, Unlicensed
from chalicelib.core.paging import Paging
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Dirty, ReadOver, Struct, applied

from .permissions import ADMINISTER, VIEW

STATE = "/api/v1/nodes-state"
NEWEST = 50
"""Lines of the trail that one answer holds unless more are asked for."""
ALTERED = "This line was altered after it was written."


class ServerNodeStateModel(Struct):
    """Replication is of the tables, between the regions of a mirrored cluster: there it is on."""

    is_clustering_enabled: bool
    is_sql_server_replication_allowed: bool
    is_sql_server_replication_enabled: bool


class ServerNodeStateUpdatedModel(ServerNodeStateModel):
    """`requiresRestart` is false: the next request reads it."""

    requires_restart: bool = False


class ServerNodeStateUpdateModel(Struct):
    enable_clustering: Dirty[bool] | None = None


class ServerNodeStateUpdateArgs(Struct):
    data: ServerNodeStateUpdateModel


class NodeAuditQuery(Struct):
    """`skip` and `take` are ours: the contract's answer is not paged."""

    is_exporting: ReadOver | None = None
    skip: int = 0
    take: int = NEWEST


class NodeAudit(Struct):
    """One line of the trail about a node. Who did it: `userId` 0 is the cluster itself."""

    action: str
    date: ApiDate
    display_name: str
    formatted_date: str
    item_id: str
    node_audit_id: int
    node_id: int
    notes: str
    user_id: int
    user_name: str


@endpoint("GET", STATE, returns=ServerNodeStateModel, permission=VIEW, out_of_cluster=True)
def read_state(_call: Call[None]) -> ServerNodeStateModel:
    return ServerNodeStateModel(*_state(wiring.gate().read()))


@endpoint(
    "PATCH",
    STATE,
    body=ServerNodeStateUpdateArgs,
    returns=ServerNodeStateUpdatedModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[Unlicensed, StillUsed],
)
def change_state(call: Call[ServerNodeStateUpdateArgs]) -> ServerNodeStateUpdatedModel:
    is_on = is_clustered(wiring.gate().read())
    wanted = applied(call.body.data.enable_clustering, is_on)
    if wanted is not is_on:
        switch = wiring.clustering().enable if wanted else wiring.clustering().disable
        switch(call.principal, call.now)
    return ServerNodeStateUpdatedModel(*_state(wiring.gate().read()))


@endpoint(
    "GET",
    "/api/v1/nodes/audit",
    query=NodeAuditQuery,
    returns=list[NodeAudit],
    permission=VIEW,
    out_of_cluster=True,
    errors=[Invalid],
)
def list_node_audit(call: Call[None]) -> list[NodeAudit]:
    """What was done with the nodes that there are, newest first."""
    asked: NodeAuditQuery = call.query
    if asked.skip < 0 or asked.take < 0:
        raise Invalid("skip and take must not be negative")
    nodes = {one.node.name: one.node.id for one in wiring.nodes().all(call.now)}
    lines = wiring.trail().of_all("Node", list(nodes), Paging(asked.skip, asked.take)).records
    known = wiring.users().named(sorted({line.record.actor for line in lines} - {SYSTEM}))
    names = {id: (one.user_name, one.display_name) for id, one in known.items()}
    names[SYSTEM] = ("system", "System")
    return [_line(one, nodes.get(one.record.item, 0), names) for one in lines]


def _state(gate: Gate) -> tuple[bool, bool, bool]:
    is_mirrored = bool(gate.writing)
    return is_clustered(gate), is_mirrored, is_mirrored


def _line(line: Line, node_id: int, names: dict[int, tuple[str, str]]) -> NodeAudit:
    said = line.record
    user_name, display_name = names.get(said.actor, (f"user {said.actor}",) * 2)
    return NodeAudit(
        action=said.action,
        date=said.at,
        display_name=display_name,
        formatted_date=f"{said.at:%Y-%m-%d %H:%M:%S} UTC",
        item_id=said.item,
        node_audit_id=int(line.id[:8], 16) & 0x7FFFFFFF,
        node_id=node_id,
        notes=said.detail if line.is_genuine else ALTERED,
        user_id=said.actor,
        user_name=user_name,
    )
