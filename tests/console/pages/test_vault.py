"""The pages of vault and people in a browser: secrets, users, groups, roles, audit, profile.

One sign-in walks through all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chalicelib import wiring
from chalicelib.access.permissions import BY_NAME
from chalicelib.core import totp
from chalicelib.transfer.store.exports import ExportRow
from tests.canary import canary
from tests.client import Client

from .browsing import LOOKS, a_page, a_profile, hindering, look, now, sign_in, too_wide
from .furnished import Furnished, furnish
from .stage import Stage, a_bare_stage

SSH_KEY, TOTP = 6026, 6039
"""Templates: one with files, one with a key for codes."""

pytestmark = pytest.mark.xdist_group("console vault")
STAGE = a_bare_stage


@pytest.fixture(scope="module")
def made(stage: Stage) -> Furnished:
    return furnish(stage)


@pytest.fixture(scope="module")
def page(browser: Browser, made: Furnished) -> Iterator[Page]:
    with a_page(browser) as opened:
        opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(opened, made.stage, "/")
        yield opened


TURNS = cycle(LOOKS)


def is_for_everybody(page: Page) -> None:
    """Fits every size; looked at closely in one of the sizes and schemes, each in its turn."""
    (near, scheme), sizes = next(TURNS), {size for size, _ in LOOKS}
    for size in sizes - {near}:
        look(page, size)
        assert too_wide(page) == 0
    assert hindering(page, [(near, scheme)]) == []


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


def test_a_star_makes_a_favorite_on_the_list_and_on_its_page(page: Page, made: Furnished) -> None:
    star = page.get_by_role("button", name="Favorite: fra-web-2")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    assert [one["secretName"] for one in made.ask("GET", "secrets/favorite")] == ["fra-web-2"]
    page.get_by_label("Show").select_option("My favorites")
    expect(page.get_by_text("1 secret", exact=True)).to_be_visible()
    assert names(page) == ["fra-web-2"]
    is_for_everybody(page)
    page.get_by_role("link", name="fra-web-2").click()
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    assert made.ask("GET", "secrets/favorite") == []
    press(page, "Back to the list")
    page.get_by_label("Show").select_option("Active")
    expect(page.get_by_text("5 secrets")).to_be_visible()


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


def test_what_a_secret_asks_is_shown_and_changed_by_its_owner(page: Page, made: Furnished) -> None:
    path, dialog = f"secrets/{made.secrets['fra-web-1']}", page.get_by_role("dialog")
    security = page.get_by_role("region", name="Security", exact=True)
    press(page, "Ask for one")
    expect(security).to_contain_text("says what for")
    press(page, "Ask for none")
    expect(security).to_contain_text("not asked for")
    press(page, "Approval…")
    dialog.get_by_label("Who has to ask").select_option("who may only view it")
    press(page, "Save")
    expect(dialog.get_by_role("alert")).to_contain_text("Approval needs approvers")
    dialog.get_by_label("Add a person").fill("gra")
    press(page, "Add grace")
    dialog.get_by_label("Add a group").fill("oper")
    press(page, "Add Operators")
    expect(dialog.get_by_role("button", name="Remove Operators")).to_be_visible()
    is_for_everybody(page)
    press(page, "Save")
    expect(security).to_contain_text("who may only view it, of Grace Hopper, Operators")
    press(page, "Checkout…")
    dialog.get_by_label("Must be checked out").check()
    dialog.get_by_label("For", exact=True).fill("45")
    press(page, "Save")
    expect(security).to_contain_text("one person at a time, for 45 minutes")
    press(page, "Mails…")
    dialog.get_by_label("When somebody looks at it").check()
    press(page, "Save")
    expect(security).to_contain_text("when somebody looks at it")
    assert made.ask("GET", f"{path}/settings")["sendEmailWhenViewed"]
    press(page, "Requirement…")
    dialog.get_by_label("Password").select_option("PIN")
    press(page, "Save")
    expect(security).to_contain_text("Password: PIN its own")
    said = made.ask("GET", f"{path}/security")
    assert [one["displayName"] for one in said["approvers"]] == ["Grace Hopper", "Operators"]
    assert (said["requiresComment"], said["checkOutIntervalMinutes"]) == (False, 45)


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


def begun(page: Page, what: str, to: str = "") -> str:
    """The id of an operation that is asked for on the secrets that are chosen."""
    page.get_by_label("What to do").select_option(what)
    press(page, "Go on…")
    if to:
        page.get_by_role("dialog").get_by_label("To").select_option(to)
    with page.expect_response("**/bulk-secret-operations/*") as answer:
        page.get_by_role("dialog").get_by_role("button", name=what).click()
    return str(answer.value.json()["bulkOperationId"])


def worked(id: str) -> None:
    """A worker's slice of an operation."""
    wiring.bulk_worker().run(id, datetime.now(UTC) + timedelta(seconds=40))


def test_many_secrets_are_moved_at_once_and_what_failed_is_told(
    page: Page, made: Furnished
) -> None:
    press(page, "Back to the list")
    page.get_by_label("Search secrets").fill("fra-web-")
    expect(page.get_by_text("3 secrets")).to_be_visible()
    press(page, "Choose several")
    for name in ("fra-web-2", "fra-web-3"):
        page.get_by_label(f"Choose {name}").check()
    is_for_everybody(page)
    made.ask("DELETE", f"secrets/{made.secrets['fra-web-3']}")
    id = begun(page, "Move", "\\Servers\\Lab")
    moved = page.get_by_role("region", name="Move: 2 secrets")
    expect(moved.get_by_role("progressbar")).to_be_visible()
    worked(id)
    expect(moved).to_contain_text("Finished: 1 of 2 done, 1 failed.")
    expect(moved.get_by_role("listitem")).to_contain_text("not found")
    expect(row(page, "Secrets", "fra-web-2")).to_contain_text("Lab")
    is_for_everybody(page)
    press(page, "Close")
    press(page, "Choose several")
    press(page, "All that were found")
    expect(page.get_by_text("2 secrets chosen")).to_be_visible()
    id = begun(page, "Heartbeat now")
    press(page, "Cancel the rest")
    worked(id)
    expect(page.get_by_text("Cancelled: 0 of 2 done")).to_be_visible()
    press(page, "Close")
    page.get_by_label("Search secrets").fill("")


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


@pytest.fixture(scope="module")
def bob(made: Furnished) -> tuple[Client, int]:
    """Somebody who may view what is in Certificates, and his personal group."""
    body = {"userName": "bob", "displayName": "Bob", "password": (password := canary())}
    user = made.ask("POST", "users", body)["id"]
    grant = {"userId": user, "folderAccessRoleName": "View", "secretAccessRoleName": "View"}
    made.ask("POST", "folder-permissions", {"folderId": made.folders["Certificates"], **grant})
    client = replace(made.stage.admin, token="").login("bob", password)
    return client, made.ask("GET", f"users/{user}")["personalGroupId"]


def guarded(made: Furnished, name: str, asking: str, approver: int) -> int:
    """A secret that asks for a comment and for an approval."""
    id = made.secret(name, "Certificates")
    comment = dirty(requiresComment=True)
    made.ask("PATCH", f"secrets/{id}/security-general", comment)
    terms = dirty(requireApprovalType=asking, approvers=[approver])
    answer = made.stage.admin.put(f"/api/v3/secrets/{id}/security-approval", terms)
    assert answer.status == 200, answer.message
    return id


def dirty(**values: Any) -> dict[str, Any]:
    return {"data": {name: {"dirty": True, "value": value} for name, value in values.items()}}


def visit(page: Page, made: Furnished, id: int) -> None:
    """Open a secret from the list."""
    name = next(name for name, known in made.secrets.items() if known == id)
    page.get_by_role("link", name="Secrets", exact=True).click()
    page.get_by_label("Search secrets").fill(name)
    page.get_by_role("link", name=name).click()
    page.get_by_role("region", name=name).wait_for()


def views(made: Furnished, id: int) -> list[str]:
    trail = made.ask("GET", f"secrets/{id}/audits?take=50")["records"]
    seen = [one["notes"] for one in trail if one["action"] == "VIEW"]
    return [one for one in seen if one != "in the answer to its creation"]


def test_access_is_asked_for_taken_back_granted_and_used_with_a_comment(
    page: Page, made: Furnished, bob: tuple[Client, int]
) -> None:
    client, group = bob
    id = guarded(made, "web-cert", "RequireEveryoneApproval", group)
    dialog = page.get_by_role("dialog")
    visit(page, made, id)
    for _ in range(2):
        press(page, "Request access…")
        dialog.get_by_label("What for").fill("it runs out")
        press(page, "Ask for it")
        expect(page.get_by_text("It waits for Bob.")).to_be_visible()
        if _ == 0:
            press(page, "Cancel the request")
            expect(page.get_by_text("was taken back")).to_be_visible()
    is_for_everybody(page)
    asked = client.get("/api/v1/secret-access-requests?filter.status=Pending").json["records"]
    answer = {"secretAccessRequestId": asked[0]["secretAccessRequestId"], "status": "Approved"}
    assert client.put("/api/v1/secret-access-requests", answer).status == 200
    now(page)
    press(page, "Say what for…")
    dialog.get_by_label("What for").fill("renewing it")
    dialog.get_by_label("Ticket number").fill("T-1")
    press(page, "Go on")
    expect(page.get_by_text("web-cert.example.test")).to_be_visible()
    (line,) = views(made, id)
    assert line.startswith("what is not hidden; comment: renewing it; ticket: T-1")
    press(page, "Give it back")
    expect(page.get_by_text("web-cert.example.test")).to_have_count(0)


def test_who_is_asked_is_told_and_answers_on_one_page(
    page: Page, made: Furnished, bob: tuple[Client, int]
) -> None:
    client, _ = bob
    mine = made.ask("GET", f"users/{made.ask('GET', 'users/current')['id']}")["personalGroupId"]
    id = guarded(made, "mail-cert", "RequireApproval", mine)
    ask = {"secretId": id, "requestComment": "the mail is down"}
    assert client.post("/api/v1/secret-access-requests", ask).status == 200
    now(page)
    page.get_by_role("link", name=re.compile("new message")).click()
    expect(row(page, "Wait for your answer", "the mail is down")).to_contain_text("Bob")
    expect(row(page, "Your requests", "web-cert").first).to_contain_text("canceled")
    is_for_everybody(page)
    press(page, "Approve Bob: mail-cert")
    page.get_by_role("dialog").get_by_label("What you say to it").fill("go ahead")
    press(page, "Approve")
    expect(page.get_by_text("Nobody waits for you.")).to_be_visible()
    given = {"comment": "mending it"}
    read = client.post(f"/api/v1/secrets/{id}/restricted/fields/password", given)
    assert read.json == made.password
    press(page, "Mark these as read")
    expect(page.get_by_text("You have read them all.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("new message"))).to_have_count(0)


def test_a_second_password_opens_a_secret_and_is_in_no_address_and_no_attribute(
    page: Page, made: Furnished, bob: tuple[Client, int]
) -> None:
    second, id = canary(), made.secret("root-ca", "Certificates")
    addresses: list[str] = []
    page.on("request", lambda one: addresses.append(one.url))
    dialog = page.get_by_role("dialog")
    hold_a_lock(page, bob[0], second)
    visit(page, made, id)
    entry = dialog.get_by_label("Second password", exact=True)
    press(page, "DoubleLock…")
    dialog.get_by_label("Under").select_option("Board")
    entry.fill(second)
    press(page, "Save")
    expect(page.get_by_role("region", name="Security", exact=True)).to_contain_text("under Board")
    press(page, "Open…")
    entry.fill("not this one")
    press(page, "Open")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    is_for_everybody(page)
    entry.fill(second)
    assert second not in page.content()
    press(page, "Open")
    expect(page.get_by_text("root-ca.example.test")).to_be_visible()
    press(page, "Show: Password")
    expect(page.get_by_text(made.password)).to_be_visible()
    assert views(made, id)[:2] == ["Password", "what is not hidden"]
    press(page, "Edit…")
    dialog.get_by_label("Machine").fill("hsm.example.test")
    press(page, "Save")
    expect(page.get_by_text("hsm.example.test")).to_be_visible()
    press(page, "Show: Password")
    assert second not in page.content() and not any(second in one for one in addresses)
    press(page, "Shut it")
    expect(page.get_by_text(made.password)).to_have_count(0)


def hold_a_lock(page: Page, him: Client, second: str) -> None:
    """Make a second password and a lock, and let him hold it too."""
    page.get_by_role("link", name="DoubleLocks", exact=True).click()
    dialog = page.get_by_role("dialog")
    press(page, "Make or change it…")
    dialog.get_by_label("New second password", exact=True).fill(second)
    dialog.get_by_label("Once more", exact=True).fill("another one")
    press(page, "Save")
    expect(dialog.get_by_role("alert")).to_contain_text("The two differ")
    dialog.get_by_label("Once more", exact=True).fill(second)
    press(page, "Save")
    press(page, "New DoubleLock")
    dialog.get_by_label("Name").fill("Board")
    press(page, "Make it")
    expect(row(page, "DoubleLocks", "Board")).to_contain_text("you hold it")
    is_for_everybody(page)
    his = {"newPassword": canary()}
    assert him.put("/api/v1/users/doublelock-password", his).status == 200
    press(page, "Holders: Board")
    dialog.get_by_label("Add a holder").fill("bob")
    press(page, "Add bob")
    dialog.last.get_by_label("Second password", exact=True).fill(second)
    dialog.last.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove bob")).to_be_visible()
    is_for_everybody(page)
    press(page, "Close")
    expect(row(page, "DoubleLocks", "Board")).to_contain_text("2 people")


def test_a_file_is_stored_fetched_and_taken_off_and_a_code_is_shown(
    page: Page, made: Furnished
) -> None:
    visit(page, made, made.secret("deploy-key", "Certificates", SSH_KEY, items=[]))
    press(page, "Upload: Private Key")
    content = canary().encode()
    chosen = {"name": "id_ed25519", "mimeType": "text/plain", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(chosen)  # type: ignore[arg-type]
    press(page, "Store it")
    expect(page.get_by_text("id_ed25519").first).to_be_visible()
    with page.expect_download() as taken:
        press(page, "Download: Private Key")
    assert taken.value.suggested_filename == "id_ed25519"
    assert taken.value.path().read_bytes() == content
    press(page, "Take off: Private Key")
    expect(page.get_by_role("button", name="Upload: Private Key")).to_be_visible()
    items = [{"slug": "totp-key", "itemValue": "GEZDGNBV"}, {"slug": "username", "itemValue": "a"}]
    visit(page, made, made.secret("shop", "Certificates", TOTP, items=items))
    press(page, "Show: One-time code")
    expect(page.get_by_text(re.compile(r"^\d{6}for \d+ more second"))).to_be_visible()


def test_erasing_a_deleted_secret_is_asked_for_and_decided(page: Page, made: Furnished) -> None:
    press(page, "Delete…")
    press(page, "Delete")
    press(page, "Ask for erasing…")
    page.get_by_role("dialog").get_by_label("Why").fill("the shop is gone")
    press(page, "Ask for it")
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("button", name=re.compile("^Approve erasing")).click()
    press(page, "Erase")
    expect(row(page, "Erase requests", "the shop is gone")).to_contain_text("erased")


OLD = """Secret Name,Username,Password,Folder Path,Secret Template,PIN
old-switch,adm,{password},Net,Password,
old-router,adm,x,Net,Password,1234
old-db,adm,x,,Nothing,
"""


def test_a_file_is_tried_out_and_imported(page: Page, made: Furnished) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    press(page, "Try it out")
    expect(page.get_by_role("alert")).to_contain_text("Choose a file")
    content = OLD.format(password=made.password).encode()
    chosen = {"name": "old.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(chosen)  # type: ignore[arg-type]
    press(page, "Add to templates")
    page.get_by_label("Templates, 1: Name in the file").fill("Nothing")
    page.get_by_label("Templates, 1: Template here").select_option("Password")
    press(page, "Try it out")
    expect(row(page, "At fault", "old-router")).to_contain_text("PIN: map the column")
    expect(row(page, "Would be made", "old-switch")).to_contain_text("username, password")
    assert made.password not in page.content()
    is_for_everybody(page)
    press(page, "Import 2 secrets…")
    with page.expect_response("**/secret-import") as answer:
        page.get_by_role("dialog").get_by_role("button", name="Import").click()
    worked(answer.value.json()["bulkOperationId"])
    done = page.get_by_role("region", name="Import of old.csv")
    expect(done).to_contain_text("Finished: 3 of 4 done, 1 failed.")
    expect(done.get_by_role("listitem")).to_contain_text("old-router")


def test_an_export_is_asked_for_and_fetched_once(page: Page, made: Furnished) -> None:
    page.get_by_role("link", name="Export", exact=True).click()
    press(page, "Export…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").fill("moving house")
    dialog.get_by_label("Of", exact=True).select_option("\\Net")
    for label in ("Password of the file", "Once more"):
        dialog.get_by_label(label, exact=True).fill(made.password)
    is_for_everybody(page)
    press(page, "Ask for it")
    expect(page.get_by_role("progressbar", name="Export")).to_be_visible()
    job = page.url.partition("job=")[2]
    worked(ExportRow.get(f"export#{job}", "export").operation)
    with page.expect_download() as taken:
        press(page, "Download")
    assert taken.value.path().read_bytes()[:2] == b"PK"
    expect(page.get_by_text("It was fetched")).to_be_visible()


def test_who_has_dual_control_lets_anothers_export_begin(page: Page, made: Furnished) -> None:
    him = {"userName": "carl", "displayName": "Carl", "password": (password := canary())}
    user = made.ask("POST", "users", him)["id"]
    made.ask("POST", f"users/{user}/roles", {"roleIds": [1]})
    grant = {"userId": user, "folderAccessRoleName": "View", "secretAccessRoleName": "View"}
    made.ask("POST", "folder-permissions", {"folderId": made.folders["Databases"], **grant})
    carl = replace(made.stage.admin, token="").login("carl", password)
    wiring.settings().change(1, {"dual_control": True})
    data = {"notes": "for the auditors", "password": password}
    asked = carl.post("/api/v2/secrets/export/job", {"data": data}).json
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(row(page, "Exports that wait", "for the auditors")).to_contain_text("carl")
    is_for_everybody(page)
    press(page, "Let the export of carl")
    press(page, "Let it begin")
    expect(row(page, "Exports that wait", "for the auditors")).to_have_count(0)
    told = carl.get(f"/api/v2/secrets/export/{asked['jobId']}/details").json
    assert told["status"] == "running"
    wiring.settings().change(1, {"dual_control": False})


def test_what_passwords_must_meet_is_made_and_looked_at(page: Page, made: Furnished) -> None:
    page.get_by_role("link", name="Templates", exact=True).click()
    dialog = page.get_by_role("dialog")
    press(page, "Look at PIN")
    expect(dialog).to_contain_text("4 to 12")
    press(page, "Close")
    press(page, "New requirement")
    dialog.get_by_label("Name", exact=True).fill("Door codes")
    dialog.get_by_label("Shortest").fill("200")
    press(page, "Add a rule")
    dialog.get_by_label("Kind of rule 1").select_option("begins with so many of")
    dialog.get_by_label("Characters of rule 1").select_option("Digits (0-9)")
    is_for_everybody(page)
    press(page, "Create")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Shortest").fill("6")
    press(page, "Create")
    press(page, "Edit Door codes")
    dialog.get_by_label("Number of rule 1").fill("2")
    press(page, "Save")
    press(page, "Look at Door codes")
    expect(dialog).to_contain_text("begins with so many of Digits: 2")
    press(page, "Close")


def test_a_template_is_made_of_fields_and_deactivated(page: Page, made: Furnished) -> None:
    dialog = page.get_by_role("dialog")
    is_for_everybody(page)
    press(page, "New template")
    dialog.get_by_label("Name", exact=True).fill("Vault door")
    press(page, "Add a field")
    dialog.get_by_label("Name of field 3").fill("Way")
    press(page, "Create")
    expect(row(page, "Fields", "Password")).to_be_visible()
    press(page, "Edit Way")
    dialog.get_by_label("Nothing but one of these").fill("in\nout")
    dialog.get_by_label("Required").check()
    press(page, "Save")
    expect(row(page, "Fields", "Way")).to_contain_text("required")
    press(page, "Take off User name")
    press(page, "Take off")
    expect(row(page, "Fields", "User name")).to_contain_text("taken off")
    press(page, "Edit…")
    dialog.get_by_label("Its secrets expire").check()
    press(page, "Save")
    facts = page.get_by_role("region", name="Vault door")
    expect(facts).to_contain_text("90 days after each change")
    press(page, "Deactivate…")
    press(page, "Deactivate")
    expect(facts).to_contain_text("inactive")
    id = int(page.url.partition("template=")[2])
    way = made.ask("GET", f"secret-templates/{id}")["fields"][-1]
    whole = made.ask("GET", f"secret-templates/fields/{way['secretTemplateFieldId']}")
    assert [one["value"] for one in whole["dropdownOptions"]] == ["in", "out"]


def go(page: Page, section: str, name: str) -> None:
    page.get_by_role("link", name=section, exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def row(page: Page, table: str, text: str) -> Locator:
    return page.get_by_role("table", name=table).get_by_role("row").filter(has_text=text)


def test_what_expires_and_what_does_not_log_in_is_on_one_page(page: Page, made: Furnished) -> None:
    path = f"secrets/{made.secrets['fra-web-2']}/expiration"
    made.ask("PUT", path, dirty(expirationType="DayInterval", expirationDayInterval=5))
    go(page, "Vault", "Reports")
    expect(row(page, "Expired", "fra-web-2")).to_contain_text(re.compile("in [45] days"))
    expect(page.get_by_role("region", name="Heartbeats: wrong password")).to_contain_text("none")
    is_for_everybody(page)


def test_unlimited_administration_is_told_on_every_page(page: Page, made: Furnished) -> None:
    banner = page.get_by_role("note").filter(has_text="Unlimited administration is on")
    switch = "configuration/unlimited-admin"
    made.ask("PATCH", switch, dirty(enabled=True, notes="the owner has left"))
    for name in ("Reports", "DoubleLocks"):
        page.get_by_role("link", name=name, exact=True).click()
        now(page)
        expect(banner).to_contain_text(re.compile(r"until 20\d\d-\d\d-\d\d \d\d:\d\d UTC: who"))
    made.ask("PATCH", switch, dirty(enabled=False))
    page.get_by_role("link", name="Reports", exact=True).click()
    now(page)
    expect(banner).to_have_count(0)


def test_a_user_is_made_put_into_a_group_given_a_role_and_kept_out(
    page: Page, made: Furnished
) -> None:
    go(page, "People", "Users")
    dialog = page.get_by_role("dialog")
    press(page, "New user")
    dialog.get_by_label("User name").fill("edsger")
    dialog.get_by_label("Display name").fill("Edsger Dijkstra")
    dialog.get_by_label("Password", exact=True).fill("short")
    press(page, "Create")
    expect(dialog.get_by_role("alert")).to_contain_text("assword")
    dialog.get_by_label("Password", exact=True).fill(canary())
    press(page, "Create")
    expect(row(page, "Users", "edsger")).to_be_visible()
    press(page, "Groups of edsger")
    dialog.get_by_label("Add to a group").fill("oper")
    press(page, "Add Operators")
    expect(page.get_by_role("button", name="Remove Operators")).to_be_visible()
    press(page, "Close")
    press(page, "Roles of edsger")
    dialog.get_by_label("Read-Only User").check()
    press(page, "Save")
    expect(dialog).to_have_count(0)
    user = made.ask("GET", "users?filter.searchText=edsger")["records"][0]["id"]
    roles = made.ask("GET", f"users/{user}/roles")["records"]
    assert {one["name"] for one in roles} == {"User", "Read-Only User"}
    made.ask("POST", f"users/{user}/lock-out", {"data": {}})
    page.get_by_label("Search users").fill("eds")
    expect(row(page, "Users", "edsger")).to_contain_text("locked out")
    press(page, "Unlock edsger")
    expect(row(page, "Users", "edsger")).not_to_contain_text("locked out")
    press(page, "Reset factor of edsger")
    dialog.get_by_label("Which").select_option("all security keys")
    press(page, "Reset")
    expect(dialog).to_have_count(0)
    trail = made.ask("GET", "security-audit-logs?filter.searchText=reset")["records"]
    assert str(user) in [one["itemId"] for one in trail]
    press(page, "Disable edsger")
    expect(row(page, "Users", "edsger")).to_have_count(0)
    page.get_by_label("Disabled ones too").check()
    expect(row(page, "Users", "edsger")).to_contain_text("disabled")
    is_for_everybody(page)


def test_groups_have_members_and_roles_have_permissions(page: Page, made: Furnished) -> None:
    go(page, "People", "Groups")
    dialog = page.get_by_role("dialog")
    press(page, "Members: Operators")
    dialog.get_by_label("Add a member").fill("alan")
    press(page, "Add alan")
    expect(page.get_by_role("button", name="Remove alan")).to_be_visible()
    press(page, "Close")
    go(page, "People", "Roles")
    press(page, "New role")
    dialog.get_by_label("Name").fill("Readers")
    press(page, "Create")
    press(page, "Permissions of Readers")
    dialog.get_by_label("View Secret", exact=True).check()
    is_for_everybody(page)
    press(page, "Save")
    expect(dialog).to_have_count(0)
    press(page, "Permissions of Readers")
    expect(dialog.get_by_label("View Secret", exact=True)).to_be_checked()
    press(page, "Close")


def test_the_trail_is_searched_and_taken_along(page: Page, made: Furnished) -> None:
    go(page, "People", "Audit")
    page.get_by_label("With").select_option("Role")
    expect(row(page, "Audit trail", "Create").first).to_contain_text("Role")
    page.get_by_label("Search the trail").fill("no such thing")
    expect(page.get_by_text("Nothing of that kind")).to_be_visible()
    page.get_by_label("Search the trail").fill("create")
    expect(row(page, "Audit trail", "Create")).to_have_count(1)
    with page.expect_download() as taken:
        press(page, "Export as CSV")
    lines = taken.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2 and ",CREATE,Role," in lines[1]
    is_for_everybody(page)


def test_who_may_only_view_has_no_button_for_more_and_looks_by_keyboard(
    browser: Browser, made: Furnished
) -> None:
    id = made.secret("look-only", "Certificates")
    body = {"userName": "vera", "displayName": "Vera", "password": (password := canary())}
    user = made.ask("POST", "users", body)["id"]
    grant = {"userId": user, "folderAccessRoleName": "View", "secretAccessRoleName": "View"}
    made.ask("POST", "folder-permissions", {"folderId": made.folders["Certificates"], **grant})
    role = made.ask("POST", "roles", {"name": "Looks"})["id"]
    allowed = [BY_NAME[name].id for name in ("View Secret", "View Folders")]
    made.ask("PUT", f"roles/{role}/permissions", {"rolePermissionIds": allowed})
    made.ask("POST", f"users/{user}/roles", {"roleIds": [role]})
    made.ask("DELETE", f"users/{user}/roles", {"roleIds": [2]})
    with a_profile(browser) as (page, wrong):
        sign_in(page, made.stage, "/secrets", "vera", password)
        visit(page, made, id)
        expect(page.get_by_text("look-only.example.test")).to_be_visible()
        there = page.get_by_role("region", name="look-only").get_by_role("button")
        shows = ["Show: Password", "Copy: Password", "Copy: Machine", "Copy: Username"]
        open_to_him = {*shows, "Share…", "Heartbeat now"}
        said = [one.get_attribute("aria-label") or one.inner_text() for one in there.all()]
        assert {one for one in said if "favorite" not in one.lower()} == open_to_him
        page.get_by_role("button", name="Show: Password").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(made.password)).to_be_visible()
        links = page.get_by_role("navigation").first.get_by_role("link").all_inner_texts()
        assert links == ["Secrets", "Requests", "Reports", "DoubleLocks"]
        page.get_by_role("link", name="Secrets", exact=True).click()
        page.get_by_role("table", name="Secrets").wait_for()
        assert page.get_by_role("button", name=re.compile("^New|^Delete|^Edit")).count() == 0
        assert not [one for one in wrong if "400 (Bad Request)" not in one]


def test_a_second_factor_is_set_up_by_its_picture_and_gives_recovery_codes(
    page: Page, made: Furnished
) -> None:
    page.get_by_role("link", name="Your profile").click()
    is_for_everybody(page)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Set up an authenticator app").click()
    dialog.get_by_label("Your password", exact=True).fill(made.stage.password)
    press(page, "Go on")
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    is_for_everybody(page)
    seed = dialog.get_by_label("The same to type", exact=True).inner_text()
    code = totp.code_of(totp.from_text(seed), totp.step_of(datetime.now(UTC)))
    dialog.get_by_label("Code of the app").fill("000000" if code != "000000" else "111111")
    press(page, "Turn it on")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Code of the app").fill(code)
    press(page, "Turn it on")
    codes = dialog.get_by_label("Recovery codes", exact=True).filter(has_text="\n")
    expect(codes).to_be_visible()
    press(page, "Close")
    expect(page.get_by_role("region", name="Second factor")).to_contain_text("left")


def test_a_session_is_ended_and_a_token_made_and_revoked(page: Page, made: Furnished) -> None:
    dialog = page.get_by_role("dialog")
    press(page, "New token")
    dialog.get_by_label("Name").fill("backup job")
    press(page, "Make it")
    token = dialog.get_by_label("API token", exact=True).inner_text()
    assert replace(made.stage.admin, token=token).get("/api/v1/users/current").status == 200
    press(page, "Close")
    press(page, "Revoke backup job")
    expect(page.get_by_text("You have none.")).to_be_visible()
    assert replace(made.stage.admin, token=token).get("/api/v1/users/current").status == 401
    expect(row(page, "Sessions", "this one")).to_have_count(1)
    press(page, "End all others")
    expect(page.get_by_role("button", name="End the session")).to_have_count(0)
    assert made.stage.admin.get("/api/v1/users/current").status == 401
