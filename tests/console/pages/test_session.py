"""Signing in, staying in and leaving, as a browser does it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chalicelib.cluster.gate import STANDBY
from tests.canary import canary

from .browsing import DESK, PHONE, a_page, now, serious, sign_in, too_wide
from .stage import USER, Stage

pytestmark = pytest.mark.xdist_group("console work")


def refused(page: Page, stage: Stage, times: int = 1) -> Any:
    """The page's words for a wrong password."""
    page.goto(stage.url + "/login")
    for _ in range(times):
        page.get_by_label("User name").fill("nobody-of-that-name")
        page.get_by_label("Password").fill(canary())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Signing in…")).to_have_count(0)
        page.get_by_role("alert").wait_for()
    return page.get_by_role("alert")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_login_page_is_for_everybody(
    browser: Browser, stage: Stage, size: tuple[int, int], scheme: str
) -> None:
    with a_page(browser, size, scheme) as page:
        page.goto(stage.url + "/")
        expect(page.get_by_label("User name")).to_be_focused()
        assert serious(page) == []
        assert too_wide(page) == 0


def test_a_reload_stays_signed_in_and_no_script_sees_the_cookie(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies(stage.url + "/oauth2/token")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.context.cookies(stage.url + "/api/v1/nodes") == []
    page.reload()
    page.get_by_role("button", name="Sign out").wait_for()
    (after,) = page.context.cookies(stage.url + "/oauth2/token")
    assert after["value"] != cookie["value"]


def test_nothing_is_kept_in_the_browsers_storage(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases()") == []


def test_tabs_share_a_session_and_end_it_together(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    second = page.context.new_page()
    second.goto(stage.url + "/diagnostics")
    second.get_by_role("button", name="Sign out").wait_for()
    for tab in (page, second):  # neither used up what the other needs
        tab.reload()
    for tab in (page, second):
        tab.get_by_role("button", name="Sign out").wait_for()
    second.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    page.reload()
    page.get_by_label("Password").wait_for()
    assert page.context.cookies(stage.url + "/oauth2/token") == []


def test_a_session_ended_elsewhere_leads_back_to_the_login_page(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    stage.end_sessions()
    now(page)
    page.get_by_label("Password").wait_for()


def test_a_page_that_nobody_touches_stands_still_until_somebody_does(
    page: Page, stage: Stage
) -> None:
    page.clock.install()
    sign_in(page, stage)
    page.clock.fast_forward("16:00")
    page.get_by_text("this page stands still").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward("05:00")
    assert asked == []
    page.mouse.move(200, 200)
    expect(page.get_by_text("this page stands still")).to_have_count(0)


def test_a_wrong_password_is_refused_in_words(page: Page, stage: Stage) -> None:
    said = refused(page, stage)
    expect(said).to_contain_text("wrong, or the account is locked")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value("")


def test_a_code_is_asked_for_after_any_refusal_and_sent_beside_the_password(
    page: Page, stage: Stage
) -> None:
    refused(page, stage)
    sent: list[str | None] = []
    page.on("request", lambda one: sent.append(one.headers.get("otp")) if one.post_data else None)
    page.get_by_label("Password").fill(canary())
    page.get_by_label("Code").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Code")).to_have_value("")
    assert sent == ["123456"]
    assert serious(page) == []


def test_too_many_attempts_say_how_long_to_wait(page: Page, stage: Stage) -> None:
    page.goto(stage.url + "/login")
    page.route("**/oauth2/token", throttled)
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill("anything")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")
    expect(page.get_by_role("button", name="Wait")).to_be_disabled()
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


def test_a_node_that_does_not_answer_says_so(page: Page, stage: Stage) -> None:
    page.goto(stage.url + "/login")
    page.route("**/oauth2/token", lambda route: route.abort())
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill("anything")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def test_a_standby_shows_its_nodes_page_only(page: Page, stage: Stage) -> None:
    before = stage.wanted("node-a")
    stage.want("node-a", STANDBY)
    try:
        sign_in(page, stage, "/diagnostics")
        page.get_by_text("This node is not in the cluster.").wait_for()
        assert page.url.endswith("/nodes")
        links = page.get_by_role("navigation").get_by_role("link")
        assert links.all_inner_texts() == ["Server Nodes"]
        assert serious(page) == []
    finally:
        stage.want("node-a", before)
    now(page)
    page.get_by_role("link", name="Diagnostics").wait_for()


def throttled(route: Any) -> None:
    """What the node answers to one attempt too many; its own tests show when."""
    route.fulfill(
        status=429,
        headers={"Retry-After": "2", "Content-Type": "application/json"},
        body='{"message": "Too many attempts: wait before the next one."}',
    )


def test_the_api_is_read_and_tried_on_a_page_of_its_own(page: Page, stage: Stage) -> None:
    page.set_default_timeout(60_000)  # the library builds the page of every operation at once
    page.goto(stage.url + "/docs")
    page.locator("#operations-tag-cluster").click()
    page.locator("[data-path='/api/v1/healthcheck']").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table").get_by_text("200")).to_be_visible()
