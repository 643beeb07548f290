"""Makes the pictures of docs/screenshots from a node with made-up content: `make screenshots`."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from .browsing import DESK, PHONE, a_browser, a_page, sign_in
from .stage import Stage, a_stage

FOLDER = Path(__file__).parents[3] / "docs" / "screenshots"
HISTORY = 45


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with a_stage(HISTORY) as stage, a_browser() as browser:
        login(browser, stage)
        for scheme in ("light", "dark"):
            desk(browser, stage, scheme)
        phone(browser, stage)


def login(browser: Browser, stage: Stage) -> None:
    with a_page(browser, (900, 640)) as page:
        page.goto(stage.url + "/login")
        page.get_by_label("User name").fill("ada")
        take(page, "login")


def desk(browser: Browser, stage: Stage, scheme: str) -> None:
    with a_page(browser, DESK, scheme) as page:
        sign_in(page, stage, "/nodes")
        page.get_by_text("node-d").wait_for()
        take(page, f"nodes-{scheme}")
        page.get_by_role("link", name="Diagnostics").click()
        page.get_by_role("button", name="HeartbeatMonitor", exact=True).click()
        page.get_by_role("img").wait_for()
        page.get_by_text("engine-lab").wait_for()
        page.get_by_text("dead letters").first.wait_for()
        take(page, f"diagnostics-{scheme}", whole=scheme == "light")
        if scheme == "light":
            edit(page)


def edit(page: Page) -> None:
    page.get_by_role("link", name="Server Nodes").click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Session Recording Worker of node-a").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").wait_for()
    take(page, "nodes-refusal")


def phone(browser: Browser, stage: Stage) -> None:
    with a_page(browser, PHONE) as page:
        sign_in(page, stage, "/nodes")
        page.get_by_text("node-d").wait_for()
        take(page, "nodes-phone")
        page.goto(stage.url + "/diagnostics")
        page.get_by_role("button", name="HeartbeatMonitor", exact=True).wait_for()
        page.get_by_text("Reached").first.wait_for()
        take(page, "diagnostics-phone")


def take(page: Page, name: str, *, whole: bool = False) -> None:
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
