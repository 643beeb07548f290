"""The API of health and version. A standby answers health as well."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from chalicelib import VERSION, wiring
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct


class HealthQuery(Struct):
    no_bus: bool = False


class HealthCheckModel(Struct):
    """The contract's health, with `Healthy` as the clients of this path read it; then our own."""

    healthy: bool = field(name="Healthy")
    database_healthy: bool | None
    service_bus_healthy: bool | None
    storage_account_healthy: bool | None
    read_only_mode: bool
    database_mismatch: bool
    now: ApiDate
    utc_now: ApiDate
    in_cluster: bool
    roles_without_holder: Sequence[str]
    problems: Sequence[str]


class HealthAspx(Struct):
    """The older health, in lower case."""

    healthy: bool
    now: str
    utc_now: str


class VersionModel(Struct):
    version: str


class VersionSummary(Struct):
    """Some clients read `version`, others `model.version`."""

    version: str
    model: VersionModel
    success: bool = True
    severity: str = "None"


class About(Struct):
    version: str
    node_name: str
    product_name: str = "Conclave"


@endpoint(
    "GET",
    "/api/v1/healthcheck",
    query=HealthQuery,
    returns=HealthCheckModel,
    anonymous=True,
    out_of_cluster=True,
)
def check_health(call: Call[None]) -> HealthCheckModel:
    health = wiring.health().look(with_bus=not call.query.no_bus)
    return HealthCheckModel(
        healthy=health.healthy,
        database_healthy=health.database,
        service_bus_healthy=health.bus,
        storage_account_healthy=None,
        read_only_mode=health.read_only,
        database_mismatch=health.mismatch,
        now=call.now,
        utc_now=call.now,
        in_cluster=health.in_cluster,
        roles_without_holder=[str(role) for role in health.unheld],
        problems=health.problems,
    )


@endpoint("GET", "/healthcheck.aspx", returns=HealthAspx, anonymous=True, out_of_cluster=True)
def check_health_aspx(call: Call[None]) -> HealthAspx:
    healthy = wiring.health().look().healthy
    text = call.now.isoformat(timespec="microseconds")
    return HealthAspx(healthy, text, text.replace("+00:00", "Z"))


@endpoint("GET", "/api/v1/version", returns=VersionSummary)
def read_version(_call: Call[None]) -> VersionSummary:
    return VersionSummary(VERSION, VersionModel(VERSION))


@endpoint("GET", "/api/v1/about", returns=About, permission="View About")
def read_about(_call: Call[None]) -> About:
    """Which version and node one works with: what a person tells who helps him. Ours."""
    return About(VERSION, wiring.nodes().me)
