"""The Server Nodes page in a browser: what it shows, and what happens when boxes are ticked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.cluster.gate import BAR_TEXT, FIRST, Bar
from chalicelib.cluster.news import missing_text
from chalicelib.cluster.store import Gates, Nodes

from .browsing import hindering, now, serious, sign_in, visit
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console work")

BARS = (Bar.KEY, Bar.CLOCK, Bar.VERSION, Bar.SCHEMA)


def row(page: Page, node: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(node, exact=False).first)


def cell(page: Page, node: str, title: str) -> Locator:
    return row(page, node).locator(f"[data-head='{title}']")


def test_every_node_is_shown_with_its_boxes_and_its_error(page: Page, stage: Stage) -> None:
    visit(page, stage)
    page.get_by_text("4 nodes · 3 in the cluster · 1 node in trouble").wait_for()
    expect(row(page, "node-a")).to_contain_text("this node")
    expect(row(page, "node-b")).not_to_contain_text("this node")
    expect(cell(page, "node-b", "Session Recording Worker")).to_have_text("Off")
    expect(row(page, "node-c")).to_contain_text("Conclave version does not match")
    expect(cell(page, "node-c", "Background Worker")).to_contain_text("does not work")
    expect(cell(page, "node-c", "Version")).to_have_text("0.0.9")
    expect(cell(page, "node-a", "Last seen")).to_contain_text("ago")


def test_what_a_node_disagrees_in_stands_in_its_row(page: Page, stage: Stage) -> None:
    """The guide's errors in its words: see tests/cluster/test_guide_errors.py for how they come."""
    visit(page, stage, "/nodes")
    for bar in BARS:
        with barred(stage, bar):
            now(page)
            for node in ("node-a", "node-b"):
                expect(row(page, node)).to_contain_text(BAR_TEXT[bar])
                expect(cell(page, node, "Background Worker")).to_contain_text("stalled")


def test_what_a_node_disagrees_in_stands_in_its_own_health(page: Page, stage: Stage) -> None:
    visit(page, stage, "/diagnostics")
    for bar in BARS:
        with barred(stage, bar):
            now(page)
            expect(page.get_by_text(BAR_TEXT[bar]).first).to_be_visible()


@contextmanager
def barred(stage: Stage, bar: Bar) -> Iterator[None]:
    """node-a, which serves the page, and node-b disagree in it."""
    before = Gates().fetch()
    stage.rewrite(replace(before, barred={**before.barred, "node-a": bar, "node-b": bar}))
    for name in ("node-a", "node-b"):
        stage.look(name)
    try:
        yield
    finally:
        stage.rewrite(replace(Gates().fetch(), barred=before.barred))
        for name in ("node-a", "node-b"):
            stage.look(name)


COMPLAINTS = (
    missing_text(["web"]),
    "The mapping of conclave-node-b-web lacked batch item responses: they are set again.",
)


def test_what_a_nodes_agent_complains_of_stands_in_its_row(page: Page, stage: Stage) -> None:
    (node,) = (one for one in Nodes().all() if one.name == "node-b")
    visit(page, stage, "/nodes")
    for words in COMPLAINTS:
        Nodes().stamp("node-b", replace(node.stamp, seen_at=datetime.now(UTC), error=words))
        now(page)
        expect(row(page, "node-b")).to_contain_text(words)
        stage.look("node-b")
        Nodes().stamp("node-b", replace(node.stamp, seen_at=datetime.now(UTC), error=""))
        now(page)
        expect(row(page, "node-b")).not_to_contain_text(words)


def test_a_node_that_is_gone_and_a_role_that_nobody_holds_are_told(
    page: Page, stage: Stage
) -> None:
    (node,) = (one for one in Nodes().all() if one.name == "node-b")
    Nodes().stamp("node-b", replace(node.stamp, seen_at=datetime.now(UTC) - timedelta(minutes=9)))
    before = Gates().fetch()
    nobody = {name: replace(one, engine=False) for name, one in before.nodes.items()}
    stage.rewrite(replace(before, nodes=nobody))
    visit(page, stage, "/nodes")
    expect(row(page, "node-b")).to_contain_text("Not seen since")
    page.goto(stage.url + "/diagnostics")
    expect(page.get_by_text("Nobody: engine")).to_be_visible()
    expect(page.get_by_text("answers of distributed engines").first).to_be_visible()
    stage.rewrite(replace(Gates().fetch(), nodes=before.nodes))
    stage.look("node-b")


def test_the_page_is_for_everybody_also_in_edit_mode(page: Page, stage: Stage) -> None:
    visit(page, stage, "/nodes")
    page.get_by_text("node-d").wait_for()
    assert hindering(page) == []
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("In Cluster of node-d").wait_for()
    assert hindering(page) == []


def test_a_box_is_ticked_by_keyboard_and_what_is_so_follows(page: Page, stage: Stage) -> None:
    visit(page, stage)
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
    visit(page, stage)
    expect(cell(page, "node-d", "In Cluster")).to_have_text("Off")
    stage.tick("node-d", in_cluster=True)
    stage.look("node-d")
    expect(cell(page, "node-d", "In Cluster")).to_have_text("On")


def test_cancel_changes_nothing(page: Page, stage: Stage) -> None:
    before = stage.wanted("node-b")
    visit(page, stage)
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
    visit(page, stage)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Session Recording Worker of node-a").uncheck()
    page.get_by_role("button", name="Save").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("conversion of session recordings")
    assert serious(page, question) == []
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    assert stage.wanted("node-a").recording
    page.get_by_role("button", name="Save").click()
    question.get_by_role("button", name="Do it all the same").click()
    expect(question).to_have_count(0)
    assert not stage.wanted("node-a").recording


def test_who_may_not_is_told_so(stranger: Page, stage: Stage) -> None:
    sign_in(stranger, stage, "/nodes", *stage.somebody())
    expect(stranger.get_by_role("note")).to_contain_text("needs the role permission View Nodes")
