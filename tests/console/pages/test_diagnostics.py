"""The Diagnostics page in a browser: jobs, queues, engines, health, and what to do about them."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from .browsing import hindering, now, visit
from .stage import Stage, a_stage

pytestmark = pytest.mark.xdist_group("console work")
STAGE = partial(a_stage, history=4)


@pytest.fixture
def shown(page: Page, stage: Stage) -> Page:
    visit(page, stage, "/diagnostics")
    page.get_by_role("button", name="HeartbeatMonitor", exact=True).wait_for()
    return page


def job(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def cell(row: Locator, title: str) -> Locator:
    return row.locator(f"[data-head='{title}']")


def queue(page: Page, name: str) -> Locator:
    return page.get_by_role("table", name="Queues").get_by_role("row").filter(has_text=name).first


def test_every_job_tells_how_it_stands(shown: Page) -> None:
    heartbeat = job(shown, "HeartbeatMonitor")
    expect(cell(heartbeat, "State")).to_have_text("Waiting")
    expect(cell(heartbeat, "Last run")).to_contain_text(re.compile(r"ago.* on node-[ab]"))
    expect(cell(heartbeat, "Outcome")).to_contain_text("done")
    expect(shown.get_by_text("1 running · 1 failed · 1 paused")).to_be_visible()
    expect(shown.get_by_text("The audit table did not answer: throttled.")).to_be_visible()


def test_the_time_until_the_next_run_counts_down(shown: Page) -> None:
    left = cell(job(shown, "HeartbeatMonitor"), "Next run")
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    expect(left).to_have_text(re.compile(r"in \d+ s|now"))


def test_a_refresh_changes_what_changed_and_nothing_else(shown: Page, stage: Stage) -> None:
    row = job(shown, "HeartbeatMonitor")
    row.evaluate("row => { row.dataset.seen = 'yes' }")
    stage.pause("node-tasks")  # and the page finds out by itself
    expect(shown.get_by_text("2 paused")).to_be_visible()
    assert row.get_attribute("data-seen") == "yes"
    stage.pause("node-tasks", paused=False)


def test_a_jobs_history_is_drawn_and_told(shown: Page) -> None:
    shown.get_by_role("button", name="HeartbeatMonitor", exact=True).press("Enter")
    drawn = shown.get_by_role("img")
    expect(drawn).to_have_attribute(
        "aria-label", re.compile("4 runs of HeartbeatMonitor, 0 failed")
    )
    expect(drawn.locator("rect")).to_have_count(4)
    expect(shown.locator(".runs li")).to_have_count(4)


def test_a_job_is_run_paused_resumed_and_rescheduled(shown: Page, stage: Stage) -> None:
    shown.get_by_role("button", name="Run now: HeartbeatMonitor").click()
    expect(shown.locator("#said")).to_have_text("HeartbeatMonitor was asked to run.")
    now(shown)
    expect(cell(queue(shown, "background-now"), "Waiting")).to_have_text("1")
    shown.get_by_role("button", name="Pause: HeartbeatMonitor").click()
    expect(cell(job(shown, "HeartbeatMonitor"), "State")).to_have_text("Paused")
    shown.get_by_role("button", name="Resume: HeartbeatMonitor").click()
    expect(cell(job(shown, "HeartbeatMonitor"), "State")).to_have_text("Waiting")
    shown.get_by_role("button", name="HeartbeatMonitor", exact=True).click()
    shown.get_by_label("Run every").select_option(label="15 min")
    shown.get_by_role("button", name="Set interval").click()
    expect(shown.get_by_text("cron(0/15 * * * ? *)")).to_be_visible()


def test_errors_are_cleared(shown: Page) -> None:
    shown.get_by_role("button", name="Clear errors").click()
    expect(shown.get_by_text("The audit table did not answer")).to_have_count(0)


def test_dead_letters_are_replayed_and_dropped(shown: Page) -> None:
    expect(cell(queue(shown, "site-1"), "Waiting")).to_have_text("12")
    shown.get_by_role("button", name="2 dead letters of site-1").click()
    shown.get_by_role("button", name="Replay").first.click()
    expect(shown.locator(".letters li")).to_have_count(1)
    shown.get_by_role("button", name="Drop").first.click()
    question = shown.get_by_role("dialog")
    expect(question).to_contain_text("audit trail")
    question.get_by_role("button", name="Drop").click()
    expect(shown.locator(".letters li")).to_have_count(0)
    expect(cell(queue(shown, "site-1"), "Waiting")).to_have_text("13")


def test_mails_that_wait_or_were_not_delivered_are_told(shown: Page) -> None:
    told = shown.get_by_role("region", name="Mail")
    expect(told).to_contain_text("not set up")
    lost = {"id": "1", "kind": "expiring", "madeAt": "2026-11-26T01:00:00", "tries": 8}
    said = {"isOn": True, "via": "SMTP", "waiting": []}
    lost["reason"] = "The server refused the address."
    shown.route(
        "**/diagnostics/mails", lambda route: route.fulfill(json={**said, "undelivered": [lost]})
    )
    now(shown)
    expect(told).to_contain_text("by SMTP · 0 mails waiting, 1 not delivered")
    expect(told.get_by_role("row").nth(1)).to_contain_text("refused the address")
    shown.unroute("**/diagnostics/mails")
    now(shown)
    expect(told).to_contain_text("not set up")


def test_engines_and_health_are_there(shown: Page) -> None:
    engines = shown.get_by_role("table", name="Engines")
    expect(engines.get_by_role("row").filter(has_text="engine-frankfurt")).to_contain_text("Online")
    expect(engines.get_by_role("row").filter(has_text="engine-lab")).to_contain_text("Pending")
    expect(shown.get_by_role("region", name="Health")).to_contain_text("TablesReached")


def test_a_failed_refresh_keeps_what_was_there_and_says_so(shown: Page) -> None:
    shown.route("**/api/v1/jobs", lambda route: route.abort())
    now(shown)
    expect(shown.get_by_role("alert").first).to_contain_text("does not answer")
    expect(job(shown, "HeartbeatMonitor")).to_be_visible()
    shown.unroute("**/api/v1/jobs")
    now(shown)
    expect(shown.get_by_role("alert")).to_have_count(0)


def test_the_page_is_for_everybody(shown: Page) -> None:
    shown.get_by_role("table", name="Queues").wait_for()
    shown.get_by_role("table", name="Engines").wait_for()
    shown.get_by_role("button", name="HeartbeatMonitor", exact=True).click()
    shown.get_by_role("img").wait_for()
    assert hindering(shown) == []
