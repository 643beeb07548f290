"""The Backup page in a browser: how backups stand, the plan, one taken now, how to put one back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from . import backups
from .browsing import hindering, now, serious, visit
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console care")
PLAN = "/api/v1/configuration/backup"


@pytest.fixture
def shown(page: Page, stage: Stage) -> Page:
    if not backups.TABLE.log():
        backups.remember()
    visit(page, stage, "/backup")
    page.get_by_role("table", name="Backups").wait_for()
    return page


def tile(page: Page, title: str) -> Locator:
    return page.locator(".tile").filter(has_text=title)


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("table", name="Backups").get_by_role("row").filter(has_text=text)


def test_a_cluster_without_a_backup_says_so(page: Page, stage: Stage) -> None:
    visit(page, stage, "/backup")
    expect(tile(page, "Newest good backup")).to_contain_text("none yet")
    expect(page.get_by_text("No backup has ended yet")).to_be_visible()
    expect(page.get_by_text("There is nothing to put back yet")).to_be_visible()


def test_the_age_of_the_newest_good_one_and_the_next_are_told(shown: Page) -> None:
    expect(tile(shown, "Newest good backup")).to_contain_text(re.compile(r"ago.*02:00:04 UTC"))
    expect(tile(shown, "Next backup")).to_contain_text(re.compile(r"in \d+ (h|min|s)"))
    expect(tile(shown, "Kept")).to_contain_text("7 of 7")
    failed = row(shown, "The bucket did not answer: throttled.")
    expect(failed).to_contain_text("Failed")
    expect(shown.get_by_role("img")).to_have_accessible_name(re.compile("18 backups, 1 failed"))
    expect(row(shown, "Removed").first.get_by_role("button")).to_have_count(0)


def test_the_plan_is_edited_and_holds(shown: Page, stage: Stage) -> None:
    shown.get_by_role("button", name="Edit: Plan").click()
    shown.get_by_label("Days", exact=True).fill("0")
    shown.get_by_label("Hours", exact=True).fill("6")
    shown.get_by_label("Counted from (UTC)").fill("2026-02-03T04:30")
    shown.get_by_role("button", name="Save").click()
    plan = shown.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("6 h")
    expect(plan).to_contain_text("counted from 2026-02-03 04:30:00 UTC")
    found = stage.admin.get(PLAN).json
    assert (found["repeatDays"], found["repeatHours"]) == (0, 6)
    assert found["backupStartDateTime"].startswith("2026-02-03T04:30:00")


def test_a_plan_that_makes_no_sense_is_refused_at_its_field(shown: Page, stage: Stage) -> None:
    before = stage.admin.get(PLAN).json
    shown.get_by_role("button", name="Edit: Plan").click()
    keep = shown.get_by_label("Good backups to keep")
    keep.fill("0")
    shown.get_by_label("One may take").fill("90")
    shown.get_by_role("button", name="Save").click()
    expect(keep).to_have_attribute("aria-invalid", "true")
    expect(shown.get_by_role("alert")).to_contain_text("is a whole number from 1 to 1000")
    now(shown)
    expect(keep).to_have_value("0")
    assert stage.admin.get(PLAN).json == before
    keep.fill("")
    shown.get_by_role("button", name="Save").click()
    expect(shown.get_by_role("alert")).to_contain_text("a value is needed")
    shown.get_by_role("button", name="Cancel").click()


def test_one_taken_now_is_shown_while_it_is_taken_and_then_in_the_log(
    shown: Page, stage: Stage
) -> None:
    shown.get_by_role("button", name="Back up now").press("Enter")
    expect(shown.locator(".notice")).to_contain_text("A backup was asked for.")
    backups.begin()
    expect(shown.get_by_role("progressbar", name="Backup under way")).to_be_visible()
    expect(shown.get_by_text("the newest good one took 3 min 32 s")).to_be_visible()
    assert serious(shown, shown.locator("main")) == []
    backups.take()
    expect(shown.get_by_role("progressbar")).to_have_count(0)
    expect(tile(shown, "Newest good backup")).to_contain_text(re.compile("just now| s ago"))
    newest = backups.TABLE.log()[0]
    expect(row(shown, newest.id)).to_contain_text("by pages")
    expect(shown.locator("#restored")).to_have_text(newest.id)


def test_what_to_run_to_restore_is_there_for_each_and_copied(shown: Page, stage: Stage) -> None:
    older = backups.TABLE.log()[2]
    assert older.success and older.is_there
    row(shown, older.id).get_by_role("button").press("Enter")
    into_new = shown.get_by_role("group", name="Restore into new tables")
    expect(into_new).to_have_text(f"make restore FROM={older.id} CLUSTER=test TABLES=r1")
    expect(into_new).to_be_focused()
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.get_by_role("button", name="Copy: Restore into empty tables").click()
    expect(shown.locator("#said")).to_have_text("Copied.")
    copied = shown.evaluate("navigator.clipboard.readText()")
    assert copied == f"make restore FROM={older.id} CLUSTER=test"


def test_a_cluster_whose_last_attempt_failed_says_so(shown: Page) -> None:
    state = backups.TABLE.both()[1]
    backups.fail(state)
    now(shown)
    expect(tile(shown, "Last attempt")).to_contain_text("failed")
    backups.end()
    now(shown)
    expect(tile(shown, "Last attempt")).to_contain_text("went well")


def test_the_page_is_for_everybody_also_when_edited(shown: Page) -> None:
    assert hindering(shown) == []
    shown.get_by_role("button", name="Edit: Plan").click()
    assert hindering(shown) == []
