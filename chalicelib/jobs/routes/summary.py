"""Diagnostics in one answer: which node, which tables, and whether the vault may be changed."""

from __future__ import annotations

from chalicelib import VERSION, wiring
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct


class DiagnosticsSummary(Struct):
    """`nodeReadOnlyMode` is ours: `readOnlyMode` speaks of the whole cluster."""

    product_version: str
    latest_version: str
    server_name: str
    server_time: str
    server_time_zone: str
    secret_server_url: str
    read_only_mode: str
    node_read_only_mode: str
    sql_database_name: str
    backbone_type: str = "AmazonSqs"
    operating_system: str = "AWS Lambda"


@endpoint(
    "GET",
    "/api/v1/diagnostics",
    returns=DiagnosticsSummary,
    permission="View Configuration",
)
def summarize(call: Call[None]) -> DiagnosticsSummary:
    mode = wiring.maintenance().mode(call.now)
    nodes = wiring.nodes()
    return DiagnosticsSummary(
        product_version=VERSION,
        latest_version=VERSION,
        server_name=nodes.me,
        server_time=f"{call.now:%Y-%m-%d %H:%M:%S}",
        server_time_zone="UTC",
        secret_server_url=wiring.settings().fresh().custom_url,
        read_only_mode=str(mode.on),
        node_read_only_mode=mode.status,
        sql_database_name=nodes.database(),
    )
