"""The contract's view of engines and sites: configuration, capabilities, connectors."""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from chalicelib import VERSION, wiring
from chalicelib.aws.queues import Queues
from chalicelib.sites.site import queues
from tests.house import House, open_house
from tests.sources import parsed

from .test_api import Engine, demo_site

ROOT = Path(__file__).parents[2]
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


def test_a_connector_is_made_with_its_site_and_not_by_itself(house: House) -> None:
    refused = house.admin.post(f"{BASE}/site-connector", {"data": {"siteConnectorName": "x"}})
    assert (refused.status, "make a site" in refused.message) == (400, True)


def test_an_engine_is_fetched_as_a_file_that_needs_nothing_else(house: House) -> None:
    """All it imports is in it, or among the packages that the product pins."""
    site = demo_site(house)
    answer = house.admin.get(f"{BASE}/download-distributed-engine?is64Bit=true&siteId={site}")
    assert answer.status == 200
    archive = ZipFile(io.BytesIO(answer.body))
    names = set(archive.namelist())
    assert {"chalicelib/engine/__main__.py", "chalicelib/changers/unix_ssh.py"} <= names
    told = archive.read("README.txt").decode()
    assert "give\nit the site Demo" in told and "/SecretServer --name" in told
    pins = set(archive.read("requirements.txt").decode().splitlines())
    assert pins <= set((ROOT / "requirements.txt").read_text().splitlines())
    known = {one.partition("==")[0] for one in pins} | sys.stdlib_module_names
    for name in sorted(names):
        if name.endswith(".py"):
            assert archive.read(name) == (ROOT / name).read_bytes()
            for module in imported(ROOT / name):
                folder = "/".join(module.split(".")[:2])
                inside = any(one.startswith(folder) for one in names)
                assert inside or module.split(".")[0] in known, (name, module)
    assert house.admin.get(f"{BASE}/download-distributed-engine?siteId=99").status == 404


def imported(path: Path) -> set[str]:
    """The modules that a file imports by their full names."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


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
