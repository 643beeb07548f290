"""Diagnostics in one answer: which node, which tables, and whether the vault may be changed."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import VERSION, wiring
from chalicelib.core.clock import parse_stamp
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

MINUTE = timedelta(minutes=1)


class DiagnosticsSummary(Struct):
    """`nodeReadOnlyMode` is ours: `readOnlyMode` speaks of the whole cluster. So are `replicaOf`
    ("" for a cluster that is no replica), `lastReplicated` and `replicationLagMinutes`: of which
    moment a replica's rows are, and how long ago that is.
    """

    product_version: str
    latest_version: str
    server_name: str
    server_time: str
    server_time_zone: str
    secret_server_url: str
    read_only_mode: str
    node_read_only_mode: str
    sql_database_name: str
    replica_of: str
    last_replicated: ApiDate | None
    replication_lag_minutes: int | None
    backbone_type: str
    is_upgrade_in_progress: bool
    upgrade_in_progress: str
    last_upgrade: str
    upgrade_available: str
    backbone_class: str = "AmazonSqs"
    operating_system: str = "AWS Lambda"


@endpoint(
    "GET",
    "/api/v1/diagnostics",
    returns=DiagnosticsSummary,
    permission="View Configuration",
)
def summarize(call: Call[None]) -> DiagnosticsSummary:
    mode, gate = wiring.maintenance().mode(call.now), wiring.gate().read()
    as_of = parse_stamp(gate.replica_at) if gate.replica and gate.replica_at else None
    nodes = wiring.nodes()
    upgrade = wiring.upgrades().summary(call.now)
    return DiagnosticsSummary(
        product_version=VERSION,
        latest_version=VERSION,
        server_name=nodes.me,
        server_time=f"{call.now:%Y-%m-%d %H:%M:%S}",
        server_time_zone="UTC",
        secret_server_url=wiring.settings().fresh().custom_url,
        read_only_mode=str(mode.on or bool(gate.replica)),
        node_read_only_mode=mode.status,
        sql_database_name=nodes.database(),
        replica_of=gate.replica,
        last_replicated=as_of,
        replication_lag_minutes=None if as_of is None else int((call.now - as_of) / MINUTE),
        backbone_type="Internal" if wiring.backbone().gate().internal_bus else "Shared",
        is_upgrade_in_progress=upgrade.is_in_progress,
        upgrade_in_progress=upgrade.in_progress,
        last_upgrade=upgrade.last,
        upgrade_available=upgrade.available,
    )
