"""The Configuration page in a browser: what is set, setting it, and who did."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.cluster.gate import FIRST

from .browsing import hindering, now, serious, sign_in, visit
from .stage import Stage

pytestmark = pytest.mark.xdist_group("console settings")


@pytest.fixture
def shown(page: Page, stage: Stage) -> Page:
    visit(page, stage, "/configuration")
    page.get_by_role("button", name="Edit: Login").wait_for()
    return page


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def setting(page: Page, name: str) -> Locator:
    table = page.get_by_role("table", name="Advanced settings")
    return table.get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def login(stage: Stage) -> Any:
    return stage.admin.get("/api/v1/configuration/login").json


def test_a_setting_is_edited_by_keyboard_and_holds(shown: Page, stage: Stage) -> None:
    shown.get_by_role("button", name="Edit: Login").press("Enter")
    field = shown.get_by_label("Failures that lock an account")
    expect(field).to_be_focused()
    field.fill("7")
    field.press("Enter")
    expect(shown.locator("#said")).to_have_text("Login: saved, for every node.")
    expect(card(shown, "Login")).to_contain_text("7 failures")
    expect(shown.get_by_role("button", name="Edit: Login")).to_be_focused()
    assert login(stage)["maximumLoginFailures"] == 7
    line = shown.locator(".trail li").first
    expect(line).to_contain_text("ada from 127.0.0.1")
    expect(line).to_contain_text("Login failures: 7")


def test_a_refusal_stands_at_its_field_and_nothing_is_lost(shown: Page, stage: Stage) -> None:
    shown.get_by_role("button", name="Edit: General").click()
    field = shown.get_by_label("Custom URL", exact=True)
    field.fill("http://vault.example.com")
    shown.get_by_role("button", name="Save").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(
        "With https: host, port and path, nothing else. Empty: none. "
        "Custom URL is empty, or https:// with host, port and path and nothing else, such as "
        "https://vault.example.com."
    )
    assert serious(shown, card(shown, "General")) == []
    field.fill("https://vault.example.com/SecretServer")
    shown.get_by_role("button", name="Save").click()
    expect(card(shown, "General")).to_contain_text("https://vault.example.com/SecretServer")
    general = stage.admin.get("/api/v1/configuration/general").json
    assert general["applicationSettings"]["customUrl"] == "https://vault.example.com/SecretServer"


def test_one_of_two_wrong_numbers_is_named(shown: Page) -> None:
    shown.get_by_role("button", name="Edit: Login").click()
    shown.get_by_label("Failures that lock an account").fill("6")
    locked = shown.get_by_label("It stays locked for")
    locked.fill("999999")
    shown.get_by_role("button", name="Save").click()
    expect(locked).to_have_attribute("aria-invalid", "true")
    shown.get_by_role("button", name="Cancel").click()


def test_what_comes_in_meanwhile_changes_no_edit(shown: Page, stage: Stage) -> None:
    shown.get_by_role("button", name="Edit: Login").click()
    field = shown.get_by_label("It stays locked for")
    field.fill("45")
    change = {"userLockoutTimeMinutes": {"dirty": True, "value": 30}}
    assert stage.admin.patch("/api/v1/configuration/login", {"data": change}).status == 200
    now(shown)
    expect(card(shown, "Login")).to_contain_text("Somebody has set this to 30 meanwhile")
    expect(field).to_have_value("45")
    expect(field).to_be_focused()
    shown.get_by_role("button", name="Save").click()
    expect(card(shown, "Login")).to_contain_text("45 min")
    assert login(stage)["userLockoutTimeMinutes"] == 45


def test_leaving_with_something_unsaved_asks_first(shown: Page) -> None:
    shown.get_by_role("button", name="Edit: Login").click()
    shown.get_by_label("It stays locked for").fill("46")
    shown.get_by_role("link", name="Backup").click()
    question = shown.get_by_role("dialog")
    question.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_label("It stays locked for")).to_have_value("46")
    shown.get_by_role("link", name="Backup").click()
    question.get_by_role("button", name="Leave").click()
    expect(shown.get_by_role("heading", name="Backup", level=1)).to_be_visible()
    shown.go_back()
    expect(shown.get_by_role("heading", name="Configuration", level=1)).to_be_visible()


def test_what_cannot_be_set_is_said_as_such(shown: Page) -> None:
    security = card(shown, "Security")
    expect(security).to_contain_text("fixed")
    expect(security).to_contain_text("always, for 365 d")
    expect(security.get_by_role("button")).to_have_count(0)


def test_an_advanced_setting_is_found_by_word_and_set_in_its_row(shown: Page, stage: Stage) -> None:
    search = shown.get_by_label("Search the advanced settings")
    search.fill("clock")
    row = setting(shown, "Clock Tolerance Seconds")
    expect(row).to_contain_text("30 s")
    expect(setting(shown, "Trusted Proxies")).to_have_count(0)
    row.get_by_role("button", name="Edit").click()
    field = shown.get_by_label("Clock Tolerance Seconds", exact=True)
    expect(field).to_be_focused()
    field.fill("soon")
    field.press("Enter")
    expect(row.get_by_role("alert")).to_contain_text("is a whole number")
    search.fill("proxies")  # what is being edited stays
    expect(field).to_have_value("soon")
    assert serious(shown, row) == []
    field.fill("90")
    row.get_by_role("button", name="Save").click()
    search.fill("clock")
    expect(row).to_contain_text("90 s")
    expect(row).to_contain_text("changed")
    found = stage.admin.get("/api/v1/advanced-config-settings?filter.searchText=clock").json
    assert [one["value"] for one in found["records"]] == ["90"]
    search.fill("no such word")
    expect(shown.get_by_text("No setting has")).to_be_visible()


def test_maintenance_mode_asks_says_what_happens_and_shows_everywhere(
    shown: Page, stage: Stage
) -> None:
    shown.get_by_role("button", name="Turn on maintenance mode").click()
    question = shown.get_by_role("dialog")
    expect(question).to_contain_text("every node refuses to change secrets")
    assert not stage.wanted("node-b").maintenance
    question.get_by_role("button", name="Turn it on").click()
    expect(card(shown, "Maintenance mode")).to_contain_text("Read-only")
    assert stage.wanted("node-a").maintenance and stage.wanted("node-b").maintenance
    stage.want("node-a", stage.wanted("node-a"))  # health is remembered for a while: not now
    now(shown)
    shown.get_by_role("link", name="Backup").click()
    expect(shown.get_by_role("note")).to_contain_text("This node changes nothing in the vault")
    shown.get_by_role("link", name="Configuration").click()
    shown.get_by_role("button", name="Turn off maintenance mode").click()
    expect(card(shown, "Maintenance mode")).to_contain_text("Read and write")
    stage.want("node-a", FIRST)


def test_who_may_only_look_has_nothing_to_press(stranger: Page, stage: Stage) -> None:
    name, password = stage.somebody("View Nodes", "View Configuration")
    sign_in(stranger, stage, "/configuration", name, password)
    expect(stranger.get_by_text("You may look")).to_be_visible()
    stranger.get_by_role("table", name="Advanced settings").wait_for()
    expect(stranger.get_by_role("button", name="Edit")).to_have_count(0)
    links = stranger.get_by_role("navigation").get_by_role("link")
    assert links.all_inner_texts() == ["Server Nodes", "Diagnostics", "Configuration", "Upgrade"]
    expect(links.filter(has_text="Configuration")).to_have_attribute("aria-current", "page")
    stranger.goto(stage.url + "/backup")
    expect(stranger.get_by_role("note")).to_contain_text("needs the role permission View Backup")


def test_the_page_is_for_everybody_also_when_edited(shown: Page) -> None:
    shown.get_by_role("table", name="Advanced settings").wait_for()
    shown.get_by_text("times are UTC").wait_for()
    assert hindering(shown) == []
    shown.get_by_role("button", name="Edit: Login").click()
    shown.get_by_role("button", name="Edit: Trusted Proxies").click()
    assert hindering(shown) == []
