"""Panels of what not every cluster has: keys, the backbone bus, regions, a replica."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.cluster.gate import GATE_KEY
from chalicelib.cluster.store import Gates
from chalicelib.cluster.store.gate import GateRow
from chalicelib.core.clock import stamp
from chalicelib.core.sealing import Opener
from tests.conftest import forget

from . import backups
from .browsing import hindering, now, serious, visit
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console work")


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def test_a_rotation_is_asked_for_shown_and_cancelled(page: Page, stage: Stage) -> None:
    visit(page, stage, "/configuration")
    rotation = card(page, "Key rotation")
    expect(rotation).to_contain_text("never yet")
    rotation.get_by_role("button", name="Rotate").press("Enter")
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Reading and writing go on")
    question.get_by_role("button", name="Rotate").click()
    expect(rotation).to_contain_text("requested")
    expect(rotation.get_by_role("progressbar", name="Key rotation")).to_be_visible()
    assert serious(page, rotation) == []
    rotation.get_by_role("button", name="Cancel").click()
    question.get_by_role("button", name="Cancel the rotation").click()
    expect(rotation.get_by_role("button", name="Cancel")).to_have_count(0)


def test_escrow_is_set_and_what_is_no_key_is_refused(page: Page, stage: Stage) -> None:
    visit(page, stage, "/configuration")
    keys = card(page, "Keys")
    expect(keys).to_contain_text("without it no backup opens under another KMS key")
    keys.get_by_role("button", name="Edit: Escrow").click()
    field = page.get_by_label("Its public key")
    expect(field).to_be_focused()
    field.fill("no key")
    field.press("Enter")
    expect(keys.get_by_role("alert")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert serious(page, keys) == []
    field.fill(base64.b64encode(Opener.fresh().public()).decode())
    field.press("Enter")
    expect(field).to_have_count(0)
    found = stage.admin.get("/api/v1/key-management").json["escrow"]
    assert found["isPending"] or found["fingerprint"]


def test_the_bus_is_refused_or_switched_and_says_what_it_leaves_behind(
    page: Page, stage: Stage
) -> None:
    visit(page, stage, "/configuration")
    bus = card(page, "Backbone bus")
    expect(bus).to_contain_text("Shared")
    bus.get_by_role("button", name="Make it internal").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("nothing is lost")
    question.get_by_role("button", name="Switch").click()
    expect(bus.get_by_role("alert")).to_contain_text("no queues of its own yet")
    stage.rewrite(replace(Gates().fetch(), internal_bus=True, bus_since=datetime.now(UTC)))
    now(page)
    expect(bus).to_contain_text("Internal")
    expect(bus).to_contain_text("draining")
    expect(bus.get_by_role("note")).to_be_visible()  # more than one node: the guide's warning
    assert serious(page, bus) == []
    bus.get_by_role("button", name="Make it shared").click()
    question.get_by_role("button", name="Switch").click()
    expect(bus.get_by_role("button", name="Make it internal")).to_be_visible()
    assert not Gates().fetch().internal_bus


def test_a_cluster_that_follows_none_says_how_another_follows_it(page: Page, stage: Stage) -> None:
    visit(page, stage, "/backup")
    panel = card(page, "Disaster recovery")
    source = stage.admin.get("/api/v1/disaster-recovery/outgoing-configuration").json
    command = f"make standby CLUSTER=dr SOURCE={source['dataSourceUrl']}"
    expect(panel.get_by_role("group", name="Make a standby cluster")).to_have_text(command)


def test_a_replica_says_how_far_behind_it_is_and_that_it_is_read_only(
    page: Page, stage: Stage
) -> None:
    taken = stamp(datetime.now(UTC) - timedelta(minutes=7))
    row = GateRow(*GATE_KEY)
    row.update([GateRow.replica.set("main"), GateRow.replica_at.set(taken)])
    forget()
    try:
        visit(page, stage, "/backup")
        banner = page.get_by_role("note").filter(has_text="Read-only.")
        expect(banner).to_contain_text("a replica of main, 7 minutes behind it")
        expect(banner).not_to_contain_text("Maintenance")
    finally:
        row.update([GateRow.replica.remove(), GateRow.replica_at.remove()])
        forget()


REGIONS = {
    "mirrored": True,
    "thisRegion": "us-east-1",
    "writingRegion": "us-east-1",
    "movingTo": "eu-west-1",
    "readOnlyReason": "",
    "regions": [
        {
            "region": name,
            "isWritingRegion": name == "us-east-1",
            "isThisRegion": name == "us-east-1",
            "nodes": [node],
            "lastSeen": "2026-11-26T01:00:00",
            "lagSeconds": lag,
        }
        for name, node, lag in (("us-east-1", "node-a", None), ("eu-west-1", "node-west", 3))
    ],
}
"""What a node of a mirrored cluster answers: this stage has one region."""


def test_regions_say_who_writes_and_who_is_behind(page: Page, stage: Stage) -> None:
    page.route("**/diagnostics/regions", lambda route: route.fulfill(json=REGIONS))
    page.route("**/diagnostics/replication-conflicts", lambda route: route.fulfill(json=[]))
    visit(page, stage, "/diagnostics")
    regions = page.get_by_role("table", name="Regions").get_by_role("row")
    expect(regions.filter(has_text="us-east-1")).to_contain_text("this region")
    expect(regions.filter(has_text="eu-west-1")).to_contain_text("at most 3 s")
    expect(page.get_by_text("is being moved to")).to_be_visible()
    expect(page.get_by_text("Nothing was written outside the writing region")).to_be_visible()
    assert serious(page) == []


def test_the_panels_are_for_everybody(page: Page, stage: Stage) -> None:
    if not backups.TABLE.log():
        backups.remember()
    visit(page, stage, "/configuration")
    for title in ("Key rotation", "Keys", "Backbone bus"):
        card(page, title).wait_for()
    assert hindering(page) == []
    page.get_by_role("link", name="Backup").click()
    card(page, "Disaster recovery").wait_for()
    assert hindering(page) == []
