"""The pages of the vault in a browser: folders, secrets, their values, who may what.

One sign-in walks through all of it; a look at each page is taken in every size and scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import DESK, LOOKS, a_page, serious, sign_in, too_wide
from .furnished import Furnished, furnish
from .stage import Stage, a_bare_stage

pytestmark = pytest.mark.xdist_group("console vault")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_bare_stage() as served:
        yield served


@pytest.fixture(scope="module")
def made(stage: Stage) -> Furnished:
    return furnish(stage)


@pytest.fixture(scope="module")
def page(browser: Browser, made: Furnished) -> Iterator[Page]:
    with a_page(browser) as opened:
        opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(opened, made.stage, "/")
        yield opened


def is_for_everybody(page: Page) -> None:
    for size, scheme in LOOKS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert serious(page) == [] and too_wide(page) == 0
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def names(page: Page) -> list[str]:
    return page.get_by_role("table", name="Secrets").get_by_role("link").all_inner_texts()


def test_a_vault_is_browsed_by_folder_and_searched_as_one_types(
    page: Page, made: Furnished
) -> None:
    expect(page.get_by_text("5 secrets")).to_be_visible()
    assert names(page)[0] == "billing-db"
    is_for_everybody(page)
    press(page, "Folders in Servers")
    press(page, "Lab")
    expect(page.get_by_text("1 secret", exact=True)).to_be_visible()
    assert names(page) == ["lab-router"]
    press(page, "All folders")
    expect(page.get_by_text("5 secrets")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "searchText" in one.url else None)
    page.get_by_label("Search secrets").press_sequentially("web-2")
    expect(page.get_by_text("1 secret", exact=True)).to_be_visible()
    assert names(page) == ["fra-web-2"] and len(asked) < 3
    assert "web" not in page.url
    page.get_by_label("Search secrets").fill("no such secret")
    expect(page.get_by_text("There is no secret here")).to_be_visible()
    page.get_by_label("Search secrets").fill("")


def test_a_password_is_shown_and_copied_when_asked_for_and_is_in_no_attribute(
    page: Page, made: Furnished
) -> None:
    page.get_by_role("link", name="fra-web-1").press("Enter")
    expect(page.get_by_text("fra-web-1.example.test")).to_be_visible()
    assert made.password not in page.content()
    press(page, "Show: Password")
    expect(page.get_by_text(made.password)).to_be_visible()
    assert not re.search(rf'="[^"]*{re.escape(made.password)}', page.content())
    press(page, "Hide: Password")
    expect(page.get_by_text(made.password)).to_have_count(0)
    page.clock.install()
    press(page, "Copy: Password")
    expect(page.locator("#said")).to_contain_text("leaves the clipboard")
    assert page.evaluate("navigator.clipboard.readText()") == made.password
    assert made.password not in page.content()
    page.clock.fast_forward("00:31")
    page.wait_for_function("navigator.clipboard.readText().then((held) => held === '')")
    trail = made.ask("GET", f"secrets/{made.secrets['fra-web-1']}/audits?take=50")["records"]
    assert [one["notes"] for one in trail if one["action"] == "VIEW"].count("Password") >= 1
    is_for_everybody(page)


def test_a_secret_is_edited_moved_and_its_former_password_seen(page: Page, made: Furnished) -> None:
    press(page, "Edit…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Machine")).to_have_value("fra-web-1.example.test")
    dialog.get_by_label("Name", exact=True).fill("")
    press(page, "Save")
    expect(dialog.get_by_role("alert")).to_be_visible()
    is_for_everybody(page)
    dialog.get_by_label("Name", exact=True).fill("fra-web-one")
    press(page, "Generate: Password")
    expect(dialog.get_by_label("Password", exact=True)).to_have_value(re.compile(".{8,}"))
    made_up = dialog.get_by_label("Password", exact=True).input_value()
    press(page, "Save")
    expect(page.get_by_role("region", name="fra-web-one")).to_be_visible()
    held = made.ask("GET", f"secrets/{made.secrets['fra-web-1']}/fields/password")
    assert held == made_up
    press(page, "History: Password")
    dialog.get_by_role("button", name=re.compile("^Show")).click()
    expect(dialog.get_by_text(made.password)).to_be_visible()
    press(page, "Close")
    press(page, "Move…")
    dialog.get_by_label("To").select_option("\\Databases")
    press(page, "Move")
    expect(page.get_by_text("· \\Databases")).to_be_visible()


def test_a_secret_is_shared_with_somebody_found_by_typing(page: Page, made: Furnished) -> None:
    press(page, "Share…")
    dialog = page.get_by_role("dialog")
    press(page, "Give it its own")
    dialog.get_by_label("Add a user").fill("gra")
    press(page, "Add grace")
    role = dialog.get_by_label("Role of Grace Hopper on the secret")
    role.select_option("Edit")
    is_for_everybody(page)
    press(page, "Close")
    path = f"secret-permissions?filter.secretId={made.secrets['fra-web-1']}&take=9"
    page.wait_for_timeout(50)
    held = {one["knownAs"]: one["secretAccessRoleName"] for one in made.ask("GET", path)["records"]}
    assert held["Grace Hopper"] == "Edit"


def test_a_secret_that_is_checked_out_shows_its_values_until_it_is_checked_in(
    page: Page, made: Furnished
) -> None:
    press(page, "Back to the list")
    page.get_by_role("link", name="lab-router").click()
    expect(page.get_by_text("whoever has checked it out")).to_be_visible()
    expect(page.get_by_role("button", name="Show: Password")).to_have_count(0)
    press(page, "Check out")
    expect(page.get_by_text("Checked out by you")).to_be_visible()
    press(page, "Show: Password")
    expect(page.get_by_text(made.password)).to_be_visible()
    press(page, "Check in")
    expect(page.get_by_role("button", name="Show: Password")).to_have_count(0)
    expect(page.get_by_text(made.password)).to_have_count(0)


def test_a_secret_is_made_with_a_password_by_its_rules_deleted_and_brought_back(
    page: Page, made: Furnished
) -> None:
    press(page, "Back to the list")
    press(page, "New secret")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Template").select_option("Unix Account (SSH)")
    dialog.get_by_label("Name", exact=True).fill("new-one")
    dialog.get_by_label("Machine").fill("new.example.test")
    press(page, "Create")
    expect(dialog.get_by_role("alert")).to_contain_text("Username")
    dialog.get_by_label("Username").fill("root")
    press(page, "Create")
    expect(page.get_by_role("region", name="new-one")).to_be_visible()
    press(page, "Show: Password")
    expect(page.locator(".value.mono")).to_have_text(re.compile(r"^[^•]{8,}$"))
    press(page, "Heartbeat now")
    expect(page.get_by_role("region", name="On its target")).to_contain_text("not tried yet")
    press(page, "Delete…")
    press(page, "Delete")
    press(page, "Undelete")
    expect(page.get_by_role("button", name="Delete…")).to_be_visible()


def test_a_folder_is_made_renamed_shared_and_deleted(page: Page, made: Furnished) -> None:
    press(page, "Databases")
    dialog = page.get_by_role("dialog")
    press(page, "New folder…")
    dialog.get_by_label("Name").fill("Old")
    press(page, "Make it")
    expect(page.get_by_role("button", name="Old", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    press(page, "Edit folder…")
    dialog.get_by_label("Name").fill("Older")
    press(page, "Save")
    expect(page.get_by_role("button", name="Older", exact=True)).to_be_visible()
    press(page, "Folder permissions…")
    press(page, "Give it its own")
    dialog.get_by_label("Add a group").fill("oper")
    press(page, "Add Operators")
    expect(dialog.get_by_label("Role of Operators on the folder")).to_have_value("View")
    press(page, "Close")
    press(page, "Delete folder…")
    press(page, "Delete")
    expect(page.get_by_role("button", name="Older", exact=True)).to_have_count(0)
