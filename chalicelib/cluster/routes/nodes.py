"""The API of nodes. A standby answers it as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, UnsetType

from chalicelib import wiring
from chalicelib.cluster.functions import Role
from chalicelib.cluster.service import Change, Shown
from chalicelib.core.errors import NotFound, StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, DeletedModel, Struct

from .permissions import ADMINISTER, VIEW

CONFIGURATION = "/api/v1/nodes/{nodeId}/configuration"


class ServerNodeModel(Struct):
    """One node as the Server Nodes page shows it.

    The boxes are what is wanted; `actual` is what the node's functions follow, `settled` whether
    that is the same by now. Both are ours.
    """

    node_id: int
    machine_name: str
    database: str
    in_cluster: bool
    is_current_node: bool
    binary_version: str
    last_connected: str
    last_connected_date: ApiDate
    enable_background_worker: bool | None
    enable_engine_worker: bool | None
    enable_session_recording_worker: bool | None
    readonly_mode_enabled: bool
    readonly_mode_status: str
    error_message: str
    background_worker_error: str
    engine_worker_error: str
    session_recording_worker_error: str
    log_level: str | None
    actual: Sequence[str]
    settled: bool


class ServerNodeConfigurationModel(Struct):
    """Any subset of a node's boxes; what is left out stays."""

    enable_background_worker: bool | UnsetType = UNSET
    enable_engine_worker: bool | UnsetType = UNSET
    enable_session_recording_worker: bool | UnsetType = UNSET
    in_cluster: bool | UnsetType = UNSET
    readonly_mode_enabled: bool | UnsetType = UNSET
    log_level: str | None | UnsetType = UNSET


class ForceQuery(Struct):
    """`force`: also when a role has no holder afterwards."""

    force: bool = False


@endpoint(
    "GET",
    "/api/v1/nodes",
    returns=list[ServerNodeModel],
    permission=VIEW,
    out_of_cluster=True,
)
def list_nodes(call: Call[None]) -> list[ServerNodeModel]:
    return [_model(one) for one in wiring.nodes().all(call.now)]


@endpoint(
    "GET",
    "/api/v1/nodes/{nodeId}",
    returns=ServerNodeModel,
    permission=VIEW,
    out_of_cluster=True,
    errors=[NotFound],
)
def read_node(call: Call[None]) -> ServerNodeModel:
    return _model(wiring.nodes().node(call.id("nodeId"), call.now))


@endpoint(
    "POST",
    CONFIGURATION,
    body=ServerNodeConfigurationModel,
    query=ForceQuery,
    returns=bool,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[NotFound, StillUsed],
)
def configure_node(call: Call[ServerNodeConfigurationModel]) -> bool:
    change = _change(call.body, call.query.force)
    wiring.nodes().configure(call.principal, call.id("nodeId"), change, call.now)
    return True


@endpoint(
    "PUT",
    CONFIGURATION,
    body=ServerNodeConfigurationModel,
    query=ForceQuery,
    returns=bool,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[NotFound, StillUsed],
)
def replace_node_configuration(call: Call[ServerNodeConfigurationModel]) -> bool:
    return configure_node(call)


@endpoint(
    "DELETE",
    "/api/v1/nodes/{nodeId}",
    returns=DeletedModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[NotFound, StillUsed],
)
def remove_node(call: Call[None]) -> DeletedModel:
    node_id = call.id("nodeId")
    wiring.nodes().remove(call.principal, node_id, call.now)
    return DeletedModel(node_id, "Node")


def _model(shown: Shown) -> ServerNodeModel:
    node, wanted = shown.node, shown.wanted
    return ServerNodeModel(
        node_id=node.id,
        machine_name=node.name,
        database=shown.database,
        in_cluster=wanted.in_cluster,
        is_current_node=shown.is_current,
        binary_version=node.stamp.version,
        last_connected=_text(node.stamp.seen_at),
        last_connected_date=node.stamp.seen_at,
        enable_background_worker=wanted.background,
        enable_engine_worker=wanted.engine,
        enable_session_recording_worker=wanted.recording,
        readonly_mode_enabled=wanted.maintenance,
        readonly_mode_status=shown.maintenance,
        error_message=shown.error,
        background_worker_error=shown.errors[Role.BACKGROUND],
        engine_worker_error=shown.errors[Role.ENGINE],
        session_recording_worker_error=shown.errors[Role.RECORDING],
        log_level=node.log_level or None,
        actual=node.stamp.applied.split(),
        settled=shown.settled,
    )


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _change(body: ServerNodeConfigurationModel, force: bool) -> Change:
    asked = {
        "background": body.enable_background_worker,
        "engine": body.enable_engine_worker,
        "recording": body.enable_session_recording_worker,
        "in_cluster": body.in_cluster,
        "maintenance": body.readonly_mode_enabled,
    }
    boxes = {box: value for box, value in asked.items() if isinstance(value, bool)}
    level = None if isinstance(body.log_level, UnsetType) else body.log_level or ""
    return Change(boxes, level, force)
