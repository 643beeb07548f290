"""The contract's view of engines and sites: configuration, capabilities, connectors."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import VERSION, wiring
from chalicelib.aws.queues import Queues
from chalicelib.sites.site import queues
from tests.house import House, open_house

from .test_api import Engine, demo_site

BASE = "/api/v1/distributed-engine"
CONFIGURATION = f"{BASE}/configuration"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def dirty(**values: Any) -> dict[str, Any]:
    return {"data": {name: {"dirty": True, "value": value} for name, value in values.items()}}


def test_the_settings_of_engines_are_shown_and_set_in_minutes(house: House) -> None:
    admin = house.admin
    shown = admin.get(CONFIGURATION).json
    assert (shown["callbackUrl"], shown["callbackPort"]) == ("", None)
    assert shown["latestDistributedEnginesVersion"] == VERSION
    minutes = {"secretHeartbeatMessageMinutesToLive": 7, "secretHeartbeatMessageRetryMinutes": 9}
    changed = admin.patch(CONFIGURATION, dirty(**minutes, defaultCallbackIntervalSeconds=30))
    assert changed.json == {**shown, **minutes, "defaultCallbackIntervalSeconds": 30}
    assert wiring.settings().fresh().heartbeat_life.total_seconds() == 420
    refused: list[tuple[str, Any]] = [
        ("protocol", "Http"),
        ("enableDistributedEngines", False),
        ("callbackUrl", "https://elsewhere"),
        ("defaultCallbackIntervalSeconds", 4),
        ("secretHeartbeatMessageRetryMinutes", 7),
    ]
    for name, value in refused:
        answer = admin.patch(CONFIGURATION, dirty(**{name: value}))
        assert answer.status == 400, name
        assert answer.message
    assert admin.get(CONFIGURATION).json == changed.json


def test_an_engine_is_shown_as_it_described_itself(house: House) -> None:
    engine = Engine(house.nobody)
    engine.register()
    said = house.admin.get(f"{BASE}/{engine.id}/server-capabilities").json
    assert {one["name"]: one["value"] for one in said} == {
        "HostName": "host",
        "EngineVersion": "1",
        "ClockDifferenceSeconds": "0",
    }
    assert house.admin.get(f"{BASE}/99/server-capabilities").status == 404


def test_a_sites_pair_of_queues_is_its_connector(house: House) -> None:
    admin, site = house.admin, demo_site(house)
    one = f"{BASE}/site-connector/{site}"
    [row] = admin.get(f"{BASE}/site-connectors").json["records"]
    assert (row["siteConnectorId"], row["siteConnectorName"]) == (site, "Demo")
    assert "amazonaws.com" in row["hostName"]
    assert admin.get(f"{BASE}/site/{site}").json["siteConnectorId"] == site
    assert admin.get(one).json["validated"]["value"] is False
    silent = admin.post(f"{one}/validate").json
    assert silent["validationSuccess"] is False
    assert f"site-{site}-now" in silent["validationMessage"]
    for name in queues(site):
        Queues().ensure(name, wiring.settings().fresh().heartbeat_life)
    assert admin.post(f"{one}/validate").json["validationSuccess"] is True
    changed = admin.patch(one, dirty(siteConnectorName="Far", active=False)).json
    assert (changed["validated"]["value"], changed["active"]["value"]) == (True, False)
    assert admin.get(f"{BASE}/site/{site}").json["siteName"] == "Far"
    assert admin.get(f"{BASE}/site-connectors").json["total"] == 0
    assert admin.get(f"{BASE}/site-connectors?filter.includeInactive=true").json["total"] == 1
    refused = admin.patch(one, dirty(hostName="elsewhere", port=1))
    assert (refused.status, "hostName, port" in refused.message) == (400, True)
    lent = admin.get(f"{one}/credentials")
    assert (lent.status, "its own key" in lent.message) == (400, True)
    for path in (f"{BASE}/site-connector/1", f"{BASE}/site-connector/99/credentials"):
        assert admin.get(path).status == 404, path
