"""The configuration over HTTP: who may, what is refused, who hears of it, and what it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.cluster.gate import STANDBY
from chalicelib.cluster.node import joined
from chalicelib.cluster.store import Gates
from chalicelib.settings.advanced import ADVANCED, BY_ID
from chalicelib.settings.settings import DEFAULTS, NAMES
from tests.canary import canary
from tests.client import Answer, Client
from tests.house import House, open_house

ADVANCED_PATH = "/api/v1/advanced-config-settings"
MODE = "/api/v1/configuration/read-only-mode"
URL = "https://vault.example.com/SecretServer"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def named(name: str) -> int:
    return next(one.id for one in ADVANCED if one.name == name)


def put(client: Client, name: str, value: str) -> Any:
    return client.put(ADVANCED_PATH, {"advancedSettingId": named(name), "value": value})


def dirty(value: object) -> dict[str, object]:
    return {"dirty": True, "value": value}


def audit(client: Client) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = client.get("/api/v1/configuration/audit").json["records"]
    return records


def test_every_setting_has_a_number_of_its_own() -> None:
    assert len(BY_ID) == len(ADVANCED)
    assert {one.setting for one in ADVANCED} == NAMES
    for one in ADVANCED:
        assert one.read(one.show(DEFAULTS)) == getattr(DEFAULTS, one.setting) or isinstance(
            getattr(DEFAULTS, one.setting), tuple
        )


def test_advanced_settings_are_listed_and_found_by_word(house: House) -> None:
    answer = house.admin.get(ADVANCED_PATH)
    assert answer.json["total"] == len(ADVANCED)
    found = house.admin.get(ADVANCED_PATH, query={"filter.searchText": "address header"}).json
    assert [one["value"] for one in found["records"]] == ["X-Forwarded-For"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Custom URL", "http://vault.example.com"),
        ("Clock Tolerance Seconds", "0"),
        ("Clock Tolerance Seconds", "half a minute"),
        ("Trusted Proxies", "everybody"),
        ("Trusted Proxies", "0.0.0.0/0"),
        ("Allow Version Mismatch In Maintenance Mode", "perhaps"),
        ("Maximum Login Failures", "0"),
        ("Heartbeat Message Retry Seconds", "1"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(house: House, name: str, value: str) -> None:
    before = wiring.settings().fresh()
    answer = put(house.admin, name, value)
    assert answer.status == 400 and answer.message.startswith(f"{name} is ")
    assert wiring.settings().fresh() == before
    assert audit(house.admin) == []


@pytest.mark.parametrize(
    ("group", "field", "value", "takes"),
    [
        ("login", "maximumLoginFailures", 0, "a whole number from 1 to 100."),
        ("login", "userLockoutTimeMinutes", 0, "a whole number of minutes from 1 to 10080."),
        ("login", "userLockoutTimeMinutes", 10_081, "a whole number of minutes from 1 to 10080."),
        ("application-settings", "customUrl", 7, "empty, or https:// with host"),
        ("application-settings", "customUrl", "http://x", "empty, or https:// with host"),
        ("rpc", "daysToKeepLogs", 0, "a whole number of days from 1 to 365."),
        ("security", "hstsMaxAge", 5, "always 31536000 seconds"),
    ],
)
def test_a_refused_field_is_named_with_what_it_takes(
    house: House, group: str, field: str, value: object, takes: str
) -> None:
    body = {"data": {field: dirty(value)}}
    answer = house.admin.patch(f"/api/v1/configuration/{group}", body)
    assert answer.status == 400
    assert answer.message.startswith(f"{field} is {takes}")


def test_a_change_is_audited_with_who_and_from_where(house: House) -> None:
    assert put(house.admin, "Clock Tolerance Seconds", "45").json["value"] == "45"
    (line,) = audit(house.admin)
    assert (line["action"], line["notes"]) == ("UPDATE", "clock_tolerance: 45")
    assert line["ipAddress"] == house.admin.address
    assert house.admin.put(ADVANCED_PATH, {"advancedSettingId": 999, "value": ""}).status == 404


def test_the_custom_url_needs_https_and_is_what_diagnostics_show(house: House) -> None:
    path = "/api/v1/configuration/application-settings"
    refused = house.admin.patch(path, {"data": {"customUrl": dirty("http://vault.example.com")}})
    assert (refused.status, "https" in refused.message) == (400, True)
    changed = house.admin.patch(path, {"data": {"CustomUrl": dirty(URL + "/")}})
    assert changed.json["customUrl"] == URL
    assert house.admin.get("/api/v1/diagnostics").json["secretServerUrl"] == URL
    general = house.admin.get("/api/v3/configuration/general", query={"loadLogin": True}).json
    assert "applicationSettings" not in general and general["login"]["maximumLoginFailures"] == 5
    whole = house.admin.get("/api/v1/configuration/general").json
    assert whole["applicationSettings"]["customUrl"] == URL
    assert whole["unlimitedAdmin"] == {"enabled": False} and "localUserPasswords" in whole
    later = house.admin.get("/api/v3/configuration/general", query={"loadSessionRecording": True})
    assert later.message == "loadSessionRecording is not available in this release."
    asked = {"filter.searchTerm": "EXAMPLE.com", "isExporting": True}
    found = house.admin.get("/api/v1/configuration/audit", query=asked).json
    assert found["total"] == 1 and URL in found["records"][0]["notes"]
    none = house.admin.get("/api/v1/configuration/audit", query={"filter.searchTerm": "nowhere"})
    assert none.json["records"] == []


def test_a_field_that_nothing_obeys_is_refused_by_name(house: House) -> None:
    general = "/api/v1/configuration/general"
    body = {"data": {"permissionOptions": {"enableTeams": dirty(True)}}}
    assert "permissionOptions.enableTeams" in house.admin.patch(general, body).message
    untouched = {"data": {"folders": {"enablePersonalFolders": {"dirty": False, "value": True}}}}
    assert house.admin.patch(general, untouched).status == 200
    url = {"data": {"applicationSettings": {"customUrl": dirty(URL)}}}
    assert house.admin.patch(general, url).json["applicationSettings"]["customUrl"] == URL


def test_remote_password_changing_keeps_its_logs_as_long_as_is_set(house: House) -> None:
    path = "/api/v1/configuration/rpc"
    assert house.admin.get(path).json["daysToKeepLogs"] == DEFAULTS.days_to_keep_logs
    changed = house.admin.patch(path, {"data": {"daysToKeepLogs": dirty(90)}})
    assert changed.json["daysToKeepLogs"] == 90 == wiring.settings().fresh().days_to_keep_logs
    assert house.admin.patch(path, {"data": {"enableRpc": dirty(False)}}).status == 400
    assert house.nobody.get(path).json["errorCode"] == "API_AccessDenied"


def test_how_long_a_checkout_lasts_is_days_hours_and_minutes(house: House) -> None:
    path, parts = "/api/v1/configuration/rpc", ("Days", "Hours", "Minutes")

    def shown(answer: Answer) -> list[int]:
        return [answer.json[f"checkOutInterval{part}"] for part in parts]

    assert shown(house.admin.get(path)) == [0, 0, 30]
    wanted = {f"checkOutInterval{part}": dirty(n) for part, n in zip(parts, (1, 2, 0), strict=True)}
    assert shown(house.admin.patch(path, {"data": wanted})) == [1, 2, 0]
    assert wiring.settings().fresh().checkout_minutes == 26 * 60
    nothing = {name: dirty(0) for name in wanted}
    assert "1 to 43200" in house.admin.patch(path, {"data": nothing}).message


def test_password_changes_that_are_due_are_offered_now(house: House) -> None:
    assert house.admin.post("/api/v1/configuration/rpc/run-now").json == {"success": True}
    sent = clients.client("sqs").receive_message(
        QueueUrl=connection().queue_url("background-now"), MaxNumberOfMessages=10
    )["Messages"]
    for name in ("ExpiredSecretPasswordChangeTriggerJob", "Local Password Change Trigger Job"):
        assert any(name in one["Body"] for one in sent)
    refused = house.nobody.post("/api/v1/configuration/rpc/run-now")
    assert refused.json["errorCode"] == "API_AccessDenied"


def test_security_cannot_be_weakened(house: House) -> None:
    path = "/api/v1/configuration/security"
    assert house.admin.get(path).json["enableHSTS"] is True
    for field, value in (("enableHSTS", False), ("forceHttps", False), ("hstsMaxAge", 0)):
        assert house.admin.patch(path, {"data": {field: dirty(value)}}).status == 400
    assert house.admin.patch(path, {"data": {"forceHttps": dirty(True)}}).status == 200
    assert audit(house.admin) == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_failures_lock_as_the_settings_say(house: House, version: str) -> None:
    path = f"/api/{version}/configuration/login"
    body = {"data": {"maximumLoginFailures": dirty(2), "userLockoutTimeMinutes": dirty(60)}}
    assert house.admin.patch(path, body).json["maximumLoginFailures"] == 2
    assert house.admin.get(path).json["userLockoutTimeMinutes"] == 60
    form = {"grant_type": "password", "username": "bob", "password": canary()}
    users = "/api/v1/users?filter.searchText=bob"
    for locked in (False, True):
        house.admin.signed_in("").post("/oauth2/token", form=form)
        (bob,) = house.admin.get(users).json["records"]
        assert house.admin.get(f"/api/v1/users/{bob['id']}").json["isLockedOut"] is locked


def test_read_only_mode_is_of_the_whole_cluster(house: House) -> None:
    assert house.admin.get(MODE).json["enabled"] is False
    on = house.admin.patch(MODE, {"data": {"enabled": dirty(True)}})
    assert on.json["enabled"] is True
    assert all(one.maintenance for one in Gates().fetch().nodes.values())
    folder = {"folderName": "x", "parentFolderId": -1, "folderTypeId": 1}
    assert house.admin.post("/api/v1/folders", folder).json["errorCode"] == "API_MaintenanceMode"
    assert house.admin.get("/api/v1/healthcheck").json["readOnlyMode"] is True
    assert house.admin.get("/api/v1/diagnostics").json["readOnlyMode"] == "True"
    assert audit(house.admin)[0]["notes"] == "Maintenance Mode: on, on every node"
    unchanged = house.admin.patch(MODE, {"data": {"enabled": {"dirty": False, "value": False}}})
    assert unchanged.json["enabled"] is True
    assert house.admin.patch(MODE, {"data": {"enabled": dirty(False)}}).json["enabled"] is False
    assert not any(one.maintenance for one in Gates().fetch().nodes.values())
    assert house.admin.get("/api/v1/diagnostics").json["readOnlyMode"] == "False"


def test_a_node_that_joins_a_read_only_cluster_is_read_only() -> None:
    from chalicelib.cluster.gate import FIRST, Gate

    gate = Gate("c", {"a": replace(FIRST, maintenance=True)})
    assert joined(gate, "b").wanted("b") == replace(STANDBY, maintenance=True)
    assert joined(Gate("c", {"a": FIRST}), "b").wanted("b") == STANDBY


def test_who_may_not_administer_only_looks(house: House) -> None:
    for method, path in (("GET", MODE), ("GET", ADVANCED_PATH), ("GET", "/api/v1/diagnostics")):
        refused = house.nobody.request(method, path)
        assert refused.json["errorCode"] == "API_AccessDenied"
