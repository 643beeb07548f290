"""One browser and one served node for each module of tests of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from .browsing import a_browser, a_page, need_chromium
from .stage import Stage, a_stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_chromium()
    with a_browser() as started:
        yield started


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    need_chromium()
    with a_stage() as served:
        yield served


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    with a_page(browser) as opened:
        yield opened
