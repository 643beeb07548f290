"""The Server Nodes page in a browser: what it shows, and what happens when boxes are ticked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chalicelib.cluster.gate import FIRST

from .browsing import DESK, PHONE, a_page, now, serious, sign_in, too_wide
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console work")


def row(page: Page, node: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(node, exact=False).first)


def cell(page: Page, node: str, title: str) -> Locator:
    return row(page, node).locator(f"[data-head='{title}']")


def test_every_node_is_shown_with_its_boxes_and_its_error(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    page.get_by_text("4 nodes · 3 in the cluster · 1 node in trouble").wait_for()
    expect(row(page, "node-a")).to_contain_text("this node")
    expect(row(page, "node-b")).not_to_contain_text("this node")
    expect(cell(page, "node-b", "Session Recording Worker")).to_have_text("Off")
    expect(row(page, "node-c")).to_contain_text("Conclave version does not match")
    expect(cell(page, "node-c", "Background Worker")).to_contain_text("does not work")
    expect(cell(page, "node-c", "Version")).to_have_text("0.0.9")
    expect(cell(page, "node-a", "Last seen")).to_contain_text("ago")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "dark"), (PHONE, "light")])
def test_the_page_is_for_everybody_also_in_edit_mode(
    browser: Browser, stage: Stage, size: tuple[int, int], scheme: str
) -> None:
    with a_page(browser, size, scheme) as page:
        sign_in(page, stage, "/nodes")
        page.get_by_text("node-d").wait_for()
        assert serious(page) == [] and too_wide(page) == 0
        page.get_by_role("button", name="Edit").click()
        page.get_by_label("In Cluster of node-d").wait_for()
        assert serious(page) == [] and too_wide(page) == 0


def test_a_box_is_ticked_by_keyboard_and_what_is_so_follows(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    edit = page.get_by_role("button", name="Edit")
    expect(edit).to_be_enabled()
    edit.press("Enter")
    box = page.get_by_label("Session Recording Worker of node-b")
    box.press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#said")).to_contain_text("Saved")
    expect(cell(page, "node-b", "Session Recording Worker")).to_have_text("Onstarting…")
    assert stage.wanted("node-b").recording
    stage.look("node-b")  # its agent
    now(page)
    expect(cell(page, "node-b", "Session Recording Worker")).to_have_text("On")


def test_a_change_by_somebody_else_shows_by_itself(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    expect(cell(page, "node-d", "In Cluster")).to_have_text("Off")
    stage.tick("node-d", in_cluster=True)
    stage.look("node-d")
    expect(cell(page, "node-d", "In Cluster")).to_have_text("On")


def test_cancel_changes_nothing(page: Page, stage: Stage) -> None:
    before = stage.wanted("node-b")
    sign_in(page, stage)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("In Cluster of node-b").uncheck()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("switch")).to_have_count(0)
    assert stage.wanted("node-b") == before


def test_unticking_the_last_holder_is_refused_in_words_and_may_be_forced(
    page: Page, stage: Stage
) -> None:
    stage.tick("node-b", recording=False)
    stage.want("node-a", FIRST)
    sign_in(page, stage)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Session Recording Worker of node-a").uncheck()
    page.get_by_role("button", name="Save").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("conversion of session recordings")
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    assert stage.wanted("node-a").recording
    page.get_by_role("button", name="Save").click()
    question.get_by_role("button", name="Do it all the same").click()
    expect(question).to_have_count(0)
    assert not stage.wanted("node-a").recording


def test_who_may_not_is_told_so(page: Page, stage: Stage) -> None:
    name, password = stage.somebody()
    page.goto(stage.url)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Your role lacks the permission")
