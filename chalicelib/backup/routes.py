"""The API of backups: Administration > Backup."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.backup.log import Entry
from chalicelib.backup.plan import Plan
from chalicelib.backup.standing import Standing
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    ApiDate,
    Dirty,
    Paged,
    PagedQuery,
    Struct,
    applied,
    paged,
    paged_answer,
)

VIEW, ADMINISTER = "View Backup", "Administer Backup"


class BackupConfigurationModel(Struct):
    """When backups are taken. What a cluster without servers has no choice about says what is."""

    backup_start_date_time: ApiDate
    configuration_sql_backup_timeout_minutes: int
    enable_scheduled_backup: bool
    number_of_backups_to_keep: int
    repeat_days: int
    repeat_hours: int
    repeat_minutes: int
    backup_path: str = "backups/"
    backup_database_path: str = "backups/"
    backup_failure_notification: bool = True
    copy_only_database_backup: bool = True
    enable_database_backup: bool = True
    enable_tms_backup: bool = False
    enable_web_application_backup: bool = False
    tms_installation_path: str = ""


FIXED = {
    "backup_path": "backups go to the cluster's bucket",
    "backup_database_path": "backups go to the cluster's bucket",
    "backup_failure_notification": "a failed backup always raises an event",
    "copy_only_database_backup": "a backup changes nothing in what it copies",
    "enable_database_backup": "a backup is one of the tables",
    "enable_tms_backup": "there is no TMS folder",
    "enable_web_application_backup": "code is deployed anew and not restored",
    "tms_installation_path": "there is no TMS folder",
}
"""Fields that cannot be set otherwise, and why."""


class BackupConfigurationUpdateModel(Struct):
    """What a PATCH changes."""

    backup_start_date_time: Dirty[datetime] | None = None
    configuration_sql_backup_timeout_minutes: Dirty[int] | None = None
    enable_scheduled_backup: Dirty[bool] | None = None
    number_of_backups_to_keep: Dirty[int] | None = None
    repeat_days: Dirty[int] | None = None
    repeat_hours: Dirty[int] | None = None
    repeat_minutes: Dirty[int] | None = None
    backup_path: Dirty[str] | None = None
    backup_database_path: Dirty[str] | None = None
    backup_failure_notification: Dirty[bool] | None = None
    copy_only_database_backup: Dirty[bool] | None = None
    enable_database_backup: Dirty[bool] | None = None
    enable_tms_backup: Dirty[bool] | None = None
    enable_web_application_backup: Dirty[bool] | None = None
    tms_installation_path: Dirty[str] | None = None


class BackupConfigurationArgs(Struct):
    data: BackupConfigurationUpdateModel


class BackupLogViewModel(Struct):
    """One backup that ended. `displayName` is what `make restore FROM=` takes.

    `finished` and `isThere` (its objects have not been removed) are ours.
    """

    backup_time: ApiDate
    display_name: str
    notes: str
    success: bool
    finished: ApiDate
    is_there: bool


class UnderWayModel(Struct):
    """The backup under way. `expectedSeconds`: as long as the newest good one took, if any."""

    name: str
    started: ApiDate
    source: str
    expected_seconds: float | None


class BackupStateModel(Struct):
    """How backups stand; ours. `newestTime` is the moment its rows are of."""

    cluster: str
    newest_name: str
    newest_time: ApiDate | None
    kept: int
    next_due: ApiDate | None
    failed_at: ApiDate | None
    under_way: UnderWayModel | None


@endpoint("GET", "/api/v1/configuration/backup", returns=BackupConfigurationModel, permission=VIEW)
def read_configuration(call: Call[None]) -> BackupConfigurationModel:
    return _model(wiring.backups().plan())


@endpoint(
    "PATCH",
    "/api/v1/configuration/backup",
    body=BackupConfigurationArgs,
    returns=BackupConfigurationModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[Invalid, Conflict],
)
def change_configuration(call: Call[BackupConfigurationArgs]) -> BackupConfigurationModel:
    service = wiring.backups()
    before = service.plan()
    _refuse_fixed(call.body.data, _model(before))
    after = _patched(before, call.body.data)
    return _model(before if after == before else service.change(call.principal, after, call.now))


@endpoint(
    "POST",
    "/api/v1/configuration/backup/run-now",
    returns=bool,
    permission=ADMINISTER,
    writes="cluster",
)
def run_now(call: Call[None]) -> bool:
    wiring.backups().run_now(call.principal, call.now)
    return True


@endpoint("GET", "/api/v1/configuration/backup/state", returns=BackupStateModel, permission=VIEW)
def read_state(call: Call[None]) -> BackupStateModel:
    service = wiring.backups()
    found = service.standing(call.now)
    newest = found.newest
    return BackupStateModel(
        cluster=service.cluster(),
        newest_name=newest.id if newest else "",
        newest_time=newest.started_at if newest else None,
        kept=found.kept,
        next_due=found.next_due,
        failed_at=found.failed,
        under_way=_under_way(found),
    )


@endpoint(
    "GET",
    "/api/v2/configuration/backup-logs",
    query=PagedQuery,
    returns=Paged[BackupLogViewModel],
    permission=VIEW,
)
def list_logs(call: Call[None]) -> Paged[BackupLogViewModel]:
    return paged_answer(wiring.backups().history(paged(call.query)), _logged)


def _model(plan: Plan) -> BackupConfigurationModel:
    minutes = int(plan.every / timedelta(minutes=1))
    return BackupConfigurationModel(
        backup_start_date_time=plan.start,
        configuration_sql_backup_timeout_minutes=int(plan.patience / timedelta(minutes=1)),
        enable_scheduled_backup=plan.enabled,
        number_of_backups_to_keep=plan.keep,
        repeat_days=minutes // 1440,
        repeat_hours=minutes % 1440 // 60,
        repeat_minutes=minutes % 60,
    )


def _patched(plan: Plan, data: BackupConfigurationUpdateModel) -> Plan:
    shown = _model(plan)
    days = applied(data.repeat_days, shown.repeat_days)
    hours = applied(data.repeat_hours, shown.repeat_hours)
    minutes = applied(data.repeat_minutes, shown.repeat_minutes)
    timeout = applied(
        data.configuration_sql_backup_timeout_minutes,
        shown.configuration_sql_backup_timeout_minutes,
    )
    return replace(
        plan,
        enabled=applied(data.enable_scheduled_backup, plan.enabled),
        start=applied(data.backup_start_date_time, plan.start),
        every=_span(days, hours, minutes),
        keep=applied(data.number_of_backups_to_keep, plan.keep),
        patience=_span(0, 0, timeout),
    )


def _span(days: int, hours: int, minutes: int) -> timedelta:
    if min(days, hours, minutes) < 0 or max(days, hours, minutes) > 100_000:
        raise Invalid("days, hours and minutes are whole numbers from 0 to 100000")
    return timedelta(days=days, hours=hours, minutes=minutes)


def _refuse_fixed(data: BackupConfigurationUpdateModel, shown: BackupConfigurationModel) -> None:
    for name, why in FIXED.items():
        patch: Dirty[Any] | None = getattr(data, name)
        is_now = getattr(shown, name)
        if applied(patch, is_now) != is_now:
            raise Invalid(f"{name} cannot be changed: {why}")


def _logged(entry: Entry) -> BackupLogViewModel:
    notes = entry.notes if entry.is_there or not entry.success else f"{entry.notes}; removed since"
    return BackupLogViewModel(
        entry.started_at, entry.id, notes, entry.success, entry.finished_at, entry.is_there
    )


def _under_way(found: Standing) -> UnderWayModel | None:
    if found.current is None:
        return None
    expected = found.took.total_seconds() if found.took else None
    current = found.current
    return UnderWayModel(current.id, current.started_at, current.source, expected)
