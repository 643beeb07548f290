"""One browser for all tests of pages; one served node and one signed-in page for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from .browsing import a_browser, a_page, a_profile, look, need_chromium
from .stage import Stage, a_stage


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    need_chromium()
    with a_browser() as started:
        yield started


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Made as the module's STAGE says."""
    need_chromium()
    with getattr(request.module, "STAGE", a_stage)() as served:
        yield served


@pytest.fixture(scope="module")
def kept(browser: Browser, stage: Stage) -> Iterator[tuple[Page, list[str]]]:
    with a_profile(browser) as profile:
        yield profile


@pytest.fixture
def page(kept: tuple[Page, list[str]]) -> Iterator[Page]:
    """A page whose profile the module's tests share: to be visited, never merely looked at."""
    shown, wrong = kept
    wrong.clear()
    yield shown
    shown.unroute_all()
    look(shown)
    assert wrong == []


@pytest.fixture
def stranger(page: Page) -> Iterator[Page]:
    """The same page, with nobody signed in, whoever it is afterwards."""
    page.context.clear_cookies()
    yield page
    page.context.clear_cookies()


@pytest.fixture
def fresh(browser: Browser, stage: Stage) -> Iterator[Page]:
    """A page of a profile that knows nobody."""
    with a_page(browser) as opened:
        yield opened
