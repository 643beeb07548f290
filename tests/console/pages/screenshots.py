"""Makes the pictures of docs/screenshots from a node with made-up content: `make screenshots`.

`python -m tests.console.pages.screenshots backup upgrade` makes those of some pages only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from chalicelib.cluster.upgrade import Step
from tests.canary import canary

from . import backups, upgrading
from .browsing import DESK, PHONE, a_browser, a_page, sign_in
from .furnished import Furnished, furnish
from .licensed import licences_asked_for
from .small_png import smaller
from .stage import Stage, a_stage

FOLDER = Path(__file__).parents[3] / "docs" / "screenshots"
HISTORY = 45
SETTINGS = ((5, "45"), (2, "10.20.0.0/16"), (3, "https://vault.example.com/SecretServer"))
"""What somebody has set, by the number of the advanced setting."""


def main(asked: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with a_stage(HISTORY) as stage, a_browser() as browser:
        for name in asked or PAGES:
            stage.seen()
            PAGES[name](browser, stage)


def login(browser: Browser, stage: Stage) -> None:
    with a_page(browser, (900, 640)) as page:
        page.goto(stage.url + "/login")
        page.get_by_label("User name").fill("ada")
        take(page, "login")


def nodes(browser: Browser, stage: Stage) -> None:
    for scheme in ("light", "dark"):
        with a_page(browser, DESK, scheme) as page:
            sign_in(page, stage, "/nodes")
            page.get_by_text("node-d").wait_for()
            take(page, f"nodes-{scheme}")
            if scheme == "light":
                refusal(page)
    with a_page(browser, PHONE) as page:
        sign_in(page, stage, "/nodes")
        page.get_by_text("node-d").wait_for()
        take(page, "nodes-phone")


def refusal(page: Page) -> None:
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Session Recording Worker of node-a").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").wait_for()
    take(page, "nodes-refusal")


def diagnostics(browser: Browser, stage: Stage) -> None:
    for scheme in ("light", "dark"):
        with a_page(browser, DESK, scheme) as page:
            sign_in(page, stage, "/diagnostics")
            page.get_by_role("button", name="HeartbeatMonitor", exact=True).click()
            page.get_by_role("img").wait_for()
            page.get_by_text("engine-lab").wait_for()
            page.get_by_role("row").filter(has_text="key-rotation").wait_for()
            take(page, f"diagnostics-{scheme}", whole=scheme == "light")
    with a_page(browser, PHONE) as page:
        sign_in(page, stage, "/diagnostics")
        page.get_by_role("button", name="HeartbeatMonitor", exact=True).wait_for()
        page.get_by_text("Reached").first.wait_for()
        take(page, "diagnostics-phone")


def configuration(browser: Browser, stage: Stage) -> None:
    for number, value in SETTINGS:
        body = {"advancedSettingId": number, "value": value}
        stage.admin.put("/api/v1/advanced-config-settings", body)
    restriction = {"name": "Head office", "range": "10.20.0.0/16"}
    stage.admin.post("/api/v1/ipaddress-restrictions", restriction)
    for name, size, scheme in VIEWS:
        with a_page(browser, size, scheme) as page:
            sign_in(page, stage, "/configuration")
            page.get_by_role("table", name="Advanced settings").wait_for()
            page.get_by_text("Read and write").wait_for()
            page.get_by_text("times are UTC").wait_for()
            if scheme == "dark":
                page.get_by_role("button", name="Edit: General").click()
                page.get_by_label("Custom URL", exact=True).fill("http://vault.example.com")
                page.get_by_role("button", name="Save").click()
                page.get_by_role("alert").wait_for()
            take(page, f"configuration-{name}", whole=name == "light")


def licences(browser: Browser, stage: Stage) -> None:
    with licences_asked_for(stage) as licensed:
        licensed.add(212, seats=25, company="Example Ltd")
        licensed.add(41, id="L-2", edition="", add_ons=("Premium",), seats=5, company="Example Ltd")
        for node in ("node-a", "node-b", "node-d"):
            licensed.activate(node)
        for name, size, scheme in VIEWS:
            with a_page(browser, size, scheme) as page:
                sign_in(page, stage, "/licences")
                page.get_by_role("table", name="Activation of nodes").wait_for()
                if scheme == "dark":
                    page.get_by_role("button", name="Add a licence").click()
                    page.get_by_label("Licence key").fill(licensed.key(500, id="L-3"))
                    page.get_by_role("button", name="Check").click()
                    page.get_by_text("It is for").wait_for()
                take(page, f"licences-{name}", whole=name == "light")


def backup(browser: Browser, stage: Stage) -> None:
    remembered()
    for name, size, scheme in VIEWS:
        if scheme == "dark":
            backups.begin()
        with a_page(browser, size, scheme) as page:
            sign_in(page, stage, "/backup")
            page.get_by_role("table", name="Backups").wait_for()
            take(page, f"backup-{name}", whole=name == "light")
        if scheme == "dark":
            backups.end()


def upgrade(browser: Browser, stage: Stage) -> None:
    remembered()
    with upgrading.older_nodes("node-b", "node-c", "node-d"):
        upgrading.migrating(upgrading.put(Step.MIGRATE))
        for name, size, scheme in VIEWS:
            with a_page(browser, size, scheme) as page:
                sign_in(page, stage, "/upgrade")
                page.get_by_role("progressbar", name="Migration").wait_for()
                take(page, f"upgrade-{name}", whole=name == "light")


def vault(browser: Browser, stage: Stage) -> None:
    made = furnish(stage)
    for name, days in (("fra-web-2", 5), ("billing-db", 21)):
        terms = {"expirationType": "DayInterval", "expirationDayInterval": days}
        patch = {key: {"dirty": True, "value": value} for key, value in terms.items()}
        made.ask("PUT", f"secrets/{made.secrets[name]}/expiration", {"data": patch})
    with a_page(browser) as page:
        sign_in(page, stage, "/reports")
        page.get_by_role("link", name="billing-db").wait_for()
        take(page, "reports-light")
        page.goto(f"{stage.url}/secrets")
        page.get_by_role("button", name="Choose several").click()
        page.get_by_label("Choose fra-web-1").check()
        page.get_by_label("Choose fra-web-2").check()
        take(page, "bulk-light")
    for name, size, scheme in VIEWS:
        with a_page(browser, size, scheme) as page:
            sign_in(page, stage, "/secrets")
            page.get_by_role("table", name="Secrets").wait_for()
            take(page, f"secrets-{name}")
            page.get_by_role("link", name="fra-web-1").click()
            page.get_by_role("table", name="What was done with it").wait_for()
            page.get_by_text("fra-web-1.example.test").wait_for()
            page.get_by_role("button", name="DoubleLock…").wait_for()
            take(page, f"secret-{name}", whole=name == "light")


def requests(browser: Browser, stage: Stage) -> None:
    waiting(furnish(stage))
    for name, size, scheme in VIEWS:
        with a_page(browser, size, scheme) as page:
            sign_in(page, stage, "/requests")
            for table in ("Wait for your answer", "Messages", "Your requests"):
                page.get_by_role("table", name=table).wait_for()
            take(page, f"requests-{name}", whole=name == "light")


def waiting(made: Furnished) -> None:
    """Somebody waits for the administrator, who waits for him."""
    body = {"userName": "edsger", "displayName": "Edsger Dijkstra", "password": (key := canary())}
    user, mine = made.ask("POST", "users", body)["id"], made.ask("GET", "users/current")["id"]
    grant = {"userId": user, "folderAccessRoleName": "View", "secretAccessRoleName": "View"}
    made.ask("POST", "folder-permissions", {"folderId": made.folders["Databases"], **grant})
    edsger = replace(made.stage.admin, token="").login("edsger", key)
    for asker, name, approver, asking in (
        (edsger, "billing-db", mine, "RequireApproval"),
        (edsger, "stock-db", mine, "RequireApproval"),
        (made.stage.admin, "wages-db", user, "RequireEveryoneApproval"),
    ):
        id = made.secrets.get(name) or made.secret(name, "Databases")
        group = made.ask("GET", f"users/{approver}")["personalGroupId"]
        terms = {"requireApprovalType": asking, "approvers": [group]}
        patch = {key: {"dirty": True, "value": value} for key, value in terms.items()}
        made.stage.admin.put(f"/api/v3/secrets/{id}/security-approval", {"data": patch})
        what = {"secretId": id, "requestComment": "The invoices of last night are missing"}
        asker.post("/api/v1/secret-access-requests", {**what, "ticketNumber": "OPS-412"})


def people(browser: Browser, stage: Stage) -> None:
    with a_page(browser) as page:
        sign_in(page, stage, "/users")
        for path, table in PEOPLE.items():
            page.goto(f"{stage.url}/{path}")
            page.get_by_role("table", name=table, exact=True).wait_for()
            take(page, f"{path}-light")


def doublelocks(browser: Browser, stage: Stage) -> None:
    stage.admin.put("/api/v1/users/doublelock-password", {"newPassword": canary()})
    for name in ("Board", "Root certificates"):
        stage.admin.post("/api/v1/double-locks", {"name": name})
    with a_page(browser) as page:
        sign_in(page, stage, "/doublelocks")
        page.get_by_role("table", name="DoubleLocks").wait_for()
        take(page, "doublelocks-light")


def importing(browser: Browser, stage: Stage) -> None:
    chosen: Any = {"name": "old.csv", "mimeType": "text/csv", "buffer": OLD.encode()}
    with a_page(browser) as page:
        sign_in(page, stage, "/import")
        page.get_by_label("File", exact=True).set_input_files(chosen)
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("table", name="Would be made").wait_for()
        take(page, "import-light", whole=True)


def templates(browser: Browser, stage: Stage) -> None:
    with a_page(browser) as page:
        sign_in(page, stage, "/templates?template=6007")
        page.get_by_role("table", name="Fields").wait_for()
        take(page, "templates-light")


def remembered() -> None:
    if not backups.TABLE.log():
        backups.remember()


VIEWS = (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light"))
PEOPLE = {
    "users": "Users",
    "groups": "Groups",
    "roles": "Roles",
    "audit": "Audit trail",
    "profile": "Sessions",
}
"""Pages and the table that each waits for."""

OLD = """Secret Name,Username,Password,Folder Path,Secret Template,PIN
core-switch,admin,x,Net\\Core,Password,
edge-router,admin,x,Net,Password,1234
stock-db,stock,x,,MySQL,
"""
PAGES: Mapping[str, Callable[[Browser, Stage], None]] = {
    "login": login,
    "vault": vault,
    "requests": requests,
    "people": people,
    "doublelocks": doublelocks,
    "import": importing,
    "templates": templates,
    "nodes": nodes,
    "diagnostics": diagnostics,
    "configuration": configuration,
    "licences": licences,
    "backup": backup,
    "upgrade": upgrade,
}


def take(page: Page, name: str, *, whole: bool = False) -> None:
    (FOLDER / f"{name}.png").write_bytes(smaller(page.screenshot(full_page=whole)))


if __name__ == "__main__":
    main(sys.argv[1:])
