"""There and back: the login page's button for a provider, and a link made in one's profile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from chalicelib import wiring
from tests.access.provider import CLIENT, running

from .browsing import serious, sign_in
from .stage import Stage, a_bare_stage

pytestmark = pytest.mark.xdist_group("console work")
STAGE = a_bare_stage


def test_somebody_links_himself_and_comes_in_by_his_provider(stranger: Page, stage: Stage) -> None:
    name, password = stage.somebody("View Nodes")
    with running() as provider:
        listed = provider.issuer.removeprefix("http://")
        wiring.settings().change(1, {"loopback_targets": [listed]})
        body = {"name": "Corp", "issuer": provider.issuer, "clientId": CLIENT}
        path = "/api/v1/openid-connect/providers"
        made = stage.admin.post(path, body | {"clientSecret": provider.secret})
        assert made.status == 200, made.message
        stranger.goto(stage.url + "/login")
        stranger.get_by_role("button", name="With Corp").click()
        expect(stranger.get_by_role("alert")).to_contain_text("You were not let in")
        assert "code=" not in stranger.url
        sign_in(stranger, stage, "/profile", name, password)
        stranger.get_by_role("button", name="Link Corp…").click()
        stranger.get_by_role("textbox", name="Your password").fill(password)
        stranger.get_by_role("button", name="Go there").click()
        expect(stranger.get_by_role("table", name="Links")).to_contain_text("somebody")
        assert serious(stranger) == []
        stranger.get_by_role("button", name="Sign out").click()
        stranger.get_by_role("button", name="With Corp").click()
        stranger.get_by_role("button", name="Sign out").wait_for()
        stage.admin.delete(f"{path}/{made.json['id']}")
