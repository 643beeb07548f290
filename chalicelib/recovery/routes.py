"""The API of disaster recovery: whom this cluster follows, and what it offers to those that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import Gate
from chalicelib.core.clock import stamp
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.recovery.replica import NO_INTERVAL, Replication
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Dirty, PagedQuery, ReadOver, Struct, applied

VIEW, ADMINISTER = "View Backup", "Administer Backup"
INCOMING = "/api/v1/disaster-recovery/incoming-configuration"
OUTGOING = "/api/v1/disaster-recovery/outgoing-configuration"
MINUTE = timedelta(minutes=1)


class DisasterRecoveryIncomingConfigurationModel(Struct):
    """Whom this cluster follows. `dataSourceUrl` is the bucket of the source's backups.

    `sourceName`, `lagMinutes` and `backup` are ours: whose replica it is, how old its rows are, and
    the backup they are of.
    """

    data_replica_name: str
    data_replication_enabled: bool
    data_source_url: str
    is_replica: bool
    is_replicating: bool
    last_replicated: str | None
    replication_interval_minutes: int
    replication_status: str
    source_name: str
    lag_minutes: int | None
    backup: str
    data_source_key: str = ""
    data_source_certificate_pinning_key_hash_sha256: str = ""


class DisasterRecoveryConfigurationUpdateModel(Struct):
    data_replication_enabled: Dirty[bool] | None = None
    replication_interval_minutes: Dirty[int] | None = None
    data_package_storage_path: Dirty[str] | None = None
    data_source_certificate_pinning_key_hash_sha256: Dirty[str] | None = None
    data_source_key: Dirty[str] | None = None
    data_source_url: Dirty[str] | None = None
    user_account_option: Dirty[str] | None = None


class DisasterRecoveryConfigurationArgs(Struct):
    data: DisasterRecoveryConfigurationUpdateModel


FIXED = {
    "data_package_storage_path": "backups go to the cluster's bucket",
    "data_source_certificate_pinning_key_hash_sha256": "backups carry a MAC by the cluster's keys",
    "data_source_key": "make standby brings the source's keys",
    "data_source_url": "make standby says whom a cluster follows",
    "user_account_option": "users are taken over as they are",
}
"""Fields that cannot be set here, and why."""


class RunNowQuery(Struct):
    """`minutes` is accepted and means nothing: the newest backup is taken over."""

    minutes: ReadOver | None = None


class DisasterRecoveryDataReplicaMessageResponse(Struct):
    message: str
    status: str | None
    success: bool


class OutgoingQuery(PagedQuery):
    """Of which replicas to tell: of none, as this cluster does not know who reads its backups."""

    location: ReadOver | None = None
    name: ReadOver | None = None


class DisasterRecoveryOutgoingConfigurationModel(Struct):
    """What replicas of this cluster read. Who reads it is not known here: they only read."""

    data_package_storage_path: str
    data_source_url: str
    is_replica: bool
    is_data_package_storage_path_valid: bool
    data_replicas: Sequence[Any] = ()
    data_source_key: str = ""
    user_account_option: str = ""


@endpoint("GET", INCOMING, returns=DisasterRecoveryIncomingConfigurationModel, permission=VIEW)
def read_incoming(call: Call[None]) -> DisasterRecoveryIncomingConfigurationModel:
    return _incoming(*wiring.recovery().status(), call.now)


@endpoint(
    "PATCH",
    INCOMING,
    body=DisasterRecoveryConfigurationArgs,
    returns=DisasterRecoveryIncomingConfigurationModel,
    permission=ADMINISTER,
    writes="cluster",
    on_replica=True,
    errors=[Invalid, Conflict],
)
def change_incoming(
    call: Call[DisasterRecoveryConfigurationArgs],
) -> DisasterRecoveryIncomingConfigurationModel:
    service, data = wiring.recovery(), call.body.data
    for name, why in FIXED.items():
        if applied(getattr(data, name), ""):
            raise Invalid(f"{name} cannot be set: {why}")
    gate, before = service.status()
    minutes = applied(data.replication_interval_minutes, int(before.every / MINUTE))
    if abs(minutes) > 1_000_000:
        raise Invalid(NO_INTERVAL)
    after = replace(
        before,
        enabled=applied(data.data_replication_enabled, before.enabled),
        every=minutes * MINUTE,
    )
    if after != before:
        after = service.configure(call.principal, after, call.now)
    return _incoming(gate, after, call.now)


@endpoint(
    "POST",
    "/api/v1/disaster-recovery/data-replication/run-now",
    query=RunNowQuery,
    returns=DisasterRecoveryDataReplicaMessageResponse,
    permission=ADMINISTER,
    writes="cluster",
    on_replica=True,
    errors=[Invalid],
)
def run_now(call: Call[None]) -> DisasterRecoveryDataReplicaMessageResponse:
    wiring.recovery().run_now(call.principal, call.now)
    return DisasterRecoveryDataReplicaMessageResponse("Replication was asked for.", "Queued", True)


@endpoint(
    "GET",
    OUTGOING,
    query=OutgoingQuery,
    returns=DisasterRecoveryOutgoingConfigurationModel,
    permission=VIEW,
)
def read_outgoing(call: Call[None]) -> DisasterRecoveryOutgoingConfigurationModel:
    service = wiring.recovery()
    return DisasterRecoveryOutgoingConfigurationModel(
        data_package_storage_path="backups/",
        data_source_url=service.bucket(),
        is_replica=service.is_replica(),
        is_data_package_storage_path_valid=True,
    )


def _incoming(
    gate: Gate, one: Replication, now: datetime
) -> DisasterRecoveryIncomingConfigurationModel:
    lag = one.lag(now) if gate.replica else None
    done: ApiDate | None = one.as_of
    return DisasterRecoveryIncomingConfigurationModel(
        data_replica_name=wiring.recovery().name,
        data_replication_enabled=bool(gate.replica) and one.enabled,
        data_source_url=one.bucket,
        is_replica=bool(gate.replica),
        is_replicating=bool(gate.replica) and one.enabled and not one.error,
        last_replicated=stamp(done) if done else None,
        replication_interval_minutes=int(one.every / MINUTE),
        replication_status=_status(gate, one),
        source_name=one.source,
        lag_minutes=None if lag is None else int(lag / MINUTE),
        backup=one.applied,
    )


def _status(gate: Gate, one: Replication) -> str:
    """In words; the reason when the newest backup could not be taken over."""
    if not gate.replica:
        return "This cluster is no replica." if not one.source else "It took over: no replica."
    if one.error:
        return f"Failed: {one.error}"
    if not one.enabled:
        return "Switched off."
    return "Follows." if one.applied else "No backup was taken over yet."
