"""A browser for tests: Debian's chromium, driven by Playwright; what pages do wrong fails tests.

It is the build without windows (chromium-headless-shell): the same engine for less memory and time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.counts import full_or

from .stage import USER, Stage

CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUICK = "--js-flags=--no-opt --no-maglev"
"""Scripts are not optimised: most pages of a test do not live long enough to win by that."""

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
GRAVE = """
const light = (rule) => !["serious", "critical"].includes(rule.impact);
axe.configure({rules: axe._audit.rules.filter(light).map(({id}) => ({id, enabled: false}))});
"""
"""Has axe leave out the rules whose findings are never serious."""

PATIENCE = 20_000  # milliseconds: of a machine that runs much else
DESK, PHONE = (1280, 800), (360, 740)
LOOKS = full_or(
    [(DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    [(DESK, "dark"), (PHONE, "light")],
)
"""How pages are looked at for what hinders somebody: each size and each scheme."""


def need_chromium() -> None:
    """Skip where there is no browser; in CI, where nothing may be skipped, fail."""
    if not shutil.which(CHROMIUM):
        if os.environ.get("CI") == "true":
            pytest.fail("chromium-headless-shell is missing: make packages")
        pytest.skip("needs chromium-headless-shell: make packages")


@contextmanager
def a_browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGS, QUICK])
        yield browser
        browser.close()


@contextmanager
def a_profile(
    browser: Browser, size: tuple[int, int] = DESK, scheme: Any = "light", scale: float = 1
) -> Iterator[tuple[Page, list[str]]]:
    """A page of a fresh profile, and what goes wrong in it: errors of scripts and of the policy."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        device_scale_factor=scale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
    yield context.new_page(), wrong
    context.close()


@contextmanager
def a_page(
    browser: Browser, size: tuple[int, int] = DESK, scheme: Any = "light", scale: float = 1
) -> Iterator[Page]:
    """A page of a fresh profile. What goes wrong in it fails the test."""
    with a_profile(browser, size, scheme, scale) as (page, wrong):
        yield page
    assert wrong == []


def visit(page: Page, stage: Stage, path: str = "/nodes") -> None:
    """Load a page as the administrator, who is still signed in or does it now."""
    page.goto(stage.url + path)
    inside = page.get_by_role("button", name="Sign out")
    inside.or_(page.get_by_label("Password")).first.wait_for()
    if not inside.is_visible():
        enter(page, USER, stage.password)


def sign_in(
    page: Page, stage: Stage, path: str = "/nodes", name: str = USER, password: str = ""
) -> None:
    page.goto(stage.url + path)
    enter(page, name, password or stage.password)


def enter(page: Page, name: str, password: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def now(page: Page) -> None:
    """Have the page ask again at once, as when somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def hindering(page: Page, looks: Sequence[tuple[tuple[int, int], str]] = LOOKS) -> list[str]:
    """What is serious or too wide in each of those looks."""
    found = []
    for size, scheme in looks:
        look(page, size, scheme)
        found += [f"{size} {scheme}: {one}" for one in serious(page)]
        if wide := too_wide(page):
            found.append(f"{size}: {wide} pixels too wide")
    look(page)
    return found


def look(page: Page, size: tuple[int, int] = DESK, scheme: Any = "light") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)


def serious(page: Page, within: Locator | None = None) -> list[str]:
    """What axe finds that is serious or worse, with where; on the whole page or in a part of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE + GRAVE)
    part = within or page.locator("html")
    found = part.evaluate("part => axe.run(part, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> int:
    """How many pixels of the page lie beyond its right edge."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def _is_wrong(said: Any) -> bool:
    """A refusal by the API is no mistake of the page; what the policy blocks is."""
    return said.type == "error" and "Failed to load resource" not in said.text
