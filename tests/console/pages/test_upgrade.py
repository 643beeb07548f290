"""The Upgrade page in a browser: where it stands, what to run, and how to get out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib import VERSION
from chalicelib.cluster.migration import MIGRATIONS
from chalicelib.cluster.store import Upgrades
from chalicelib.cluster.upgrade import Status, Step

from . import backups, upgrading
from .browsing import hindering, now, serious, sign_in, visit
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console care")


@pytest.fixture
def rolling(stage: Stage) -> Iterator[None]:
    """Two nodes still run the older version."""
    with upgrading.older_nodes("node-b", "node-d"):
        yield


def step(page: Page, name: str) -> Locator:
    return page.locator(".steps li").filter(has=page.locator("strong", has_text=name))


def status() -> Status:
    upgrade, _ = Upgrades().both()
    assert upgrade is not None
    return upgrade.status


def test_before_the_first_upgrade_it_says_what_to_run(page: Page, stage: Stage) -> None:
    visit(page, stage, "/upgrade")
    expect(page.get_by_text("no upgrade is in progress")).to_be_visible()
    expect(page.locator(".steps")).to_have_count(0)
    what = page.get_by_role("group", name="What to run")
    expect(what).to_contain_text("make upgrade STAGE=node-a CLUSTER=test")
    expect(page.locator(".tile").filter(has_text="Newest good backup")).to_contain_text("none")


def test_every_step_tells_how_it_stands(page: Page, stage: Stage, rolling: None) -> None:
    upgrading.put(Step.ROLL)
    visit(page, stage, "/upgrade")
    expect(page.get_by_text(f"{upgrading.OLD.version} → {VERSION}")).to_be_visible()
    expect(step(page, "drain")).to_contain_text(re.compile(r"done.*\d\d:\d\d:\d\d · 41 s"))
    expect(step(page, "roll")).to_have_attribute("aria-current", "step")
    expect(step(page, "roll")).to_contain_text("Waits for: deploy")
    expect(step(page, "finish")).to_contain_text("to come")
    what = page.get_by_role("group", name="What to run")
    expect(what).to_contain_text("make deploy STAGE=node-b CLUSTER=test")
    nodes = page.get_by_role("table", name="Versions of the nodes").get_by_role("row")
    expect(nodes.filter(has_text="node-a")).to_contain_text("first, upgraded")
    expect(nodes.filter(has_text="node-b")).to_contain_text(upgrading.OLD.version)
    expect(page.locator(".tile").filter(has_text="Nodes upgraded")).to_contain_text("1 of 4")


def test_the_migration_shows_how_far_it_is_and_moves(page: Page, stage: Stage) -> None:
    upgrade = upgrading.put(Step.MIGRATE)
    upgrading.migrating(upgrade)
    visit(page, stage, "/upgrade")
    bar = page.get_by_role("progressbar", name="Migration")
    expect(bar).to_have_js_property("value", 65 // len(MIGRATIONS))
    expect(step(page, "migrate")).to_contain_text("2,804 rows changed")
    upgrading.migrating(upgrade, seen=48_000, fence=2)
    expect(bar).to_have_js_property("value", 99 // len(MIGRATIONS))


def test_a_failed_step_says_why_and_is_tried_again(page: Page, stage: Stage) -> None:
    upgrading.put(Step.BACKUP, error="the backup failed: the bucket is full")
    visit(page, stage, "/upgrade")
    expect(page.get_by_role("alert")).to_contain_text("The cluster works on as it stands")
    expect(step(page, "backup")).to_contain_text("the bucket is full")
    assert serious(page) == []
    page.get_by_role("button", name="Try this step again").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    upgrade, _ = Upgrades().both()
    assert upgrade is not None and upgrade.error == ""


def test_aborting_asks_with_what_happens_and_says_what_to_deploy(
    page: Page, stage: Stage, rolling: None
) -> None:
    upgrading.put(Step.JOIN)
    visit(page, stage, "/upgrade")
    page.get_by_role("button", name="Abort").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("the boxes that they had before")
    page.keyboard.press("Escape")
    assert status() is Status.RUNNING
    page.get_by_role("button", name="Abort").click()
    question.get_by_role("button", name="Abort").click()
    expect(page.get_by_text("Being taken back", exact=True)).to_be_visible()
    expect(page.get_by_role("group", name="What to run")).to_contain_text("STEP=abort")
    assert status() is Status.ABORTING


def test_an_abandoned_one_is_named_and_cleared(page: Page, stage: Stage) -> None:
    upgrading.put(Step.DEPLOY, advanced_at=datetime.now(UTC) - timedelta(hours=3))
    visit(page, stage, "/upgrade")
    notice = page.get_by_role("note").filter(has_text="Nobody has gone on with this upgrade")
    expect(notice).to_contain_text("3 h ago")
    page.get_by_role("button", name="Clear the mark").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("forgets that an upgrade is in progress")
    question.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Cleared", exact=True)).to_be_visible()
    expect(step(page, "deploy")).to_contain_text("left out")
    assert status() is Status.CLEARED
    now(page)
    expect(notice).to_have_count(0)


def test_who_may_only_look_has_nothing_to_press(stranger: Page, stage: Stage) -> None:
    upgrading.put(Step.ROLL, advanced_at=datetime.now(UTC) - timedelta(hours=3))
    name, password = stage.somebody("View Nodes")
    sign_in(stranger, stage, "/upgrade", name, password)
    stranger.get_by_role("table", name="Versions of the nodes").wait_for()
    expect(stranger.get_by_role("link", name="Upgrade")).to_be_visible()
    expect(stranger.locator("main .title .actions button")).to_have_count(0)


def test_the_page_is_for_everybody(page: Page, stage: Stage) -> None:
    if not backups.TABLE.log():
        backups.remember()
    upgrading.migrating(upgrading.put(Step.MIGRATE))
    visit(page, stage, "/upgrade")
    page.get_by_role("progressbar", name="Migration").wait_for()
    assert hindering(page) == []
