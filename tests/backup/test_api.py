"""Backups through the API: the plan, run now, the log."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from infra.aws import client
from tests.house import House, open_house

from .conftest import Kept

PATH = "/api/v1/configuration/backup"
LOG = "/api/v2/configuration/backup-logs"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def patch(**fields: Any) -> dict[str, Any]:
    return {"data": {name: {"dirty": True, "value": value} for name, value in fields.items()}}


def test_a_cluster_is_backed_up_daily_until_somebody_says_otherwise(house: House) -> None:
    shown = house.admin.get(PATH).json
    assert shown["enableScheduledBackup"] is True
    assert (shown["repeatDays"], shown["repeatHours"], shown["repeatMinutes"]) == (1, 0, 0)
    assert shown["numberOfBackupsToKeep"] == 7


def test_the_plan_is_changed_field_by_field_and_audited(house: House) -> None:
    body = patch(repeatDays=0, repeatHours=6, numberOfBackupsToKeep=3)
    answer = house.admin.patch(PATH, body)
    assert answer.status == 200
    shown = house.admin.get(PATH).json
    assert (shown["repeatDays"], shown["repeatHours"]) == (0, 6)
    assert shown["numberOfBackupsToKeep"] == 3
    assert shown["enableScheduledBackup"] is True
    lines = wiring.trail().of("Configuration", "backup", _all()).records
    assert [one.record.action for one in lines] == ["UPDATE"]
    house.admin.patch(PATH, body)  # the same again changes nothing
    assert len(wiring.trail().of("Configuration", "backup", _all()).records) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("repeatDays", 0),
        ("repeatMinutes", -1),
        ("numberOfBackupsToKeep", 0),
        ("configurationSqlBackupTimeoutMinutes", 0),
        ("backupPath", "//share"),
        ("backupFailureNotification", False),
        ("enableTmsBackup", True),
        ("repeatHours", 10**30),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changed(
    house: House, field: str, value: Any
) -> None:
    before = house.admin.get(PATH).json
    answer = house.admin.patch(PATH, patch(**{field: value}))
    assert answer.status == 400
    assert house.admin.get(PATH).json == before


def test_run_now_puts_a_tick_on_the_bus_and_the_log_shows_the_backup(house: House) -> None:
    kept = Kept()
    kept.tick(wiring.clock()().replace(second=0, microsecond=0))  # the planned one
    assert house.admin.post(f"{PATH}/run-now").json is True
    url = client("sqs").get_queue_url(QueueName="conclave-test-background-now")["QueueUrl"]
    assert "BackupMonitor" in client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"]
    entry = kept.back_up()
    log = house.admin.get(LOG).json
    assert log["total"] == 2
    assert log["records"][0]["displayName"] == entry.id
    assert [one["success"] for one in log["records"]] == [True, True]
    state = house.admin.get(f"{PATH}/state").json
    assert (state["newestName"], state["kept"], state["cluster"]) == (entry.id, 2, "test")
    assert state["underWay"] is None and state["failedAt"] is None
    assert state["nextDue"] > log["records"][0]["finished"]


def test_backups_are_for_those_who_may(house: House) -> None:
    assert house.nobody.get(PATH).status == 400
    assert house.nobody.get(f"{PATH}/state").status == 400
    assert house.nobody.get(LOG).status == 400
    assert house.nobody.post(f"{PATH}/run-now").status == 400


def _all() -> Any:
    from chalicelib.core.paging import Paging

    return Paging(take=100)
