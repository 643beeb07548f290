"""A security key in the console: registered, signed in with, removed. By Chromium's own key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .browsing import serious, sign_in
from .stage import Stage, a_bare_stage

pytestmark = pytest.mark.xdist_group("console work")
STAGE = a_bare_stage

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_key_is_registered_and_lets_its_user_in(fresh: Page, stage: Stage) -> None:
    """At a host with a name, as browsers want it: an address of digits has no security keys."""
    url = stage.url.replace("127.0.0.1", "localhost")
    browser = fresh.context.new_cdp_session(fresh)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    name, password = stage.somebody("View Nodes")
    named = Stage(url, stage.admin, stage.password)
    sign_in(fresh, named, "/profile", name, password)
    fresh.get_by_role("button", name="Register a security key…").click()
    fresh.get_by_label("Name of the key").fill("Blue one")
    fresh.get_by_role("textbox", name="Your password").fill(password)
    fresh.get_by_role("button", name="Go on").click()
    expect(fresh.get_by_role("heading", name="Recovery codes")).to_be_visible()
    fresh.keyboard.press("Escape")
    expect(fresh.get_by_role("table", name="Security keys")).to_contain_text("Blue one")
    assert serious(fresh) == []
    fresh.get_by_role("button", name="Sign out").click()
    fresh.get_by_label("User name").fill(name)
    fresh.get_by_label("Password").fill(password)
    fresh.get_by_role("button", name="With a security key").click()
    fresh.get_by_role("button", name="Sign out").wait_for()
    fresh.goto(url + "/profile")
    fresh.get_by_role("button", name="Remove Blue one").click()
    fresh.get_by_role("button", name="Remove it").click()
    expect(fresh.get_by_text("The key is removed.")).to_have_count(1)
    expect(fresh.get_by_role("table", name="Security keys")).to_have_count(0)
