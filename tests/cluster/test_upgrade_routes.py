"""Upgrades over HTTP, on moto: who may, what is shown, and what Diagnostics says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import SCHEMA, VERSION, wiring
from chalicelib.backup.log import Entry
from chalicelib.backup.store import BackupTable
from chalicelib.cluster.node import Node, Stamp
from chalicelib.cluster.store import Gates, Nodes
from tests.house import House, open_house

BEGIN = {"version": VERSION, "schema": SCHEMA, "firstNode": "node-a"}


@pytest.fixture
def house(aws: None) -> House:
    """A cluster whose rows are of the schema before, with one node of this code."""
    house = open_house()
    gate, now = Gates().fetch(), wiring.clock()()
    stamp = Stamp(now, VERSION, SCHEMA, gate.fingerprint, None, "")
    older = replace(gate, version=VERSION, schema=SCHEMA - 1)
    wiring.committer()([Gates().rewrite(gate, older), Nodes().create(Node(1, "node-a", stamp))])
    return house


def a_backup() -> None:
    at = wiring.clock()() - timedelta(minutes=1)
    wiring.committer()([BackupTable().add(Entry("b1", at, at, success=True))])


def test_an_upgrade_is_begun_shown_taken_back_and_cleared(house: House) -> None:
    admin = house.admin
    shown = admin.get("/api/v1/upgrade").json
    assert (shown["status"], shown["inProgress"], shown["steps"]) == ("none", False, [])
    assert shown["here"] == {"version": VERSION, "schema": SCHEMA}
    assert "make upgrade STAGE=node-a CLUSTER=test" in shown["next"]

    refused = admin.post("/api/v1/upgrade/begin", BEGIN)
    assert refused.status == 409
    assert "no good backup" in refused.message
    only_asked = admin.post("/api/v1/upgrade/begin", {**BEGIN, "checkOnly": True}).json
    assert "no good backup" in only_asked["problems"][0]
    assert admin.post("/api/v1/upgrade/advance", {}).status == 400

    a_backup()
    assert admin.post("/api/v1/upgrade/begin", BEGIN).json == {"begun": True, "problems": []}
    assert admin.post("/api/v1/upgrade/begin", BEGIN).status == 409
    advanced = admin.post("/api/v1/upgrade/advance", {}).json
    assert (advanced["step"], advanced["waitsFor"]) == ("backup", "a backup is being taken")
    assert [one["state"] for one in advanced["steps"][:3]] == ["done", "current", "ahead"]
    summary = admin.get("/api/v1/diagnostics").json
    assert summary["isUpgradeInProgress"] is True
    assert f"to {VERSION}" in summary["upgradeInProgress"]

    assert admin.post("/api/v1/upgrade/abort", {}).json["status"] == "aborting"
    assert Gates().fetch().upgrading == SCHEMA  # its one node runs the new code still
    assert admin.post("/api/v1/diagnostics/clear-upgrade-in-progress").json is True
    assert admin.post("/api/v1/diagnostics/clear-upgrade-in-progress").json is False
    assert Gates().fetch().upgrading == 0
    assert "cleared" in admin.get("/api/v1/diagnostics").json["lastUpgrade"]


def test_who_has_no_right_to_nodes_neither_sees_nor_begins(house: House) -> None:
    nobody = house.nobody
    answers = [
        nobody.get("/api/v1/upgrade"),
        nobody.post("/api/v1/upgrade/begin", BEGIN),
        nobody.post("/api/v1/upgrade/advance", {}),
        nobody.post("/api/v1/upgrade/abort", {}),
        nobody.post("/api/v1/diagnostics/clear-upgrade-in-progress"),
    ]
    assert {one.json["errorCode"] for one in answers} == {"API_AccessDenied"}
