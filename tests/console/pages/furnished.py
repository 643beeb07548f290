"""A vault with something in it for the stage: folders, secrets, people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.canary import canary

from .stage import Stage

PASSWORD, UNIX = 2, 6007
"""Templates: Password, and Unix Account (SSH)."""

FOLDERS = {
    "Servers": "",
    "Frankfurt": "Servers",
    "Lab": "Servers",
    "Databases": "",
    "Certificates": "",
}


@dataclass(frozen=True)
class Furnished:
    """folders and secrets: their ids by name; password: what every secret holds."""

    stage: Stage
    folders: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    password: str = field(default="", repr=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.stage.admin.request(method, f"/api/v1/{path}", json=body)
        assert answer.status == 200, (path, answer.json)
        return answer.json

    def folder(self, name: str, parent: str = "") -> None:
        above = self.folders[parent] if parent else -1
        body = {"folderName": name, "parentFolderId": above, "inheritPermissions": bool(parent)}
        self.folders[name] = self.ask("POST", "folders", body)["id"]

    def secret(self, name: str, folder: str, template: int = UNIX, **more: Any) -> int:
        values = {"machine": f"{name}.example.test", "username": "root", "password": self.password}
        known = self.ask("GET", f"secret-templates/{template}")["fields"]
        items = [
            {"slug": one["fieldSlugName"], "itemValue": values.get(one["fieldSlugName"], "")}
            for one in known
            if not one["isFile"]
        ]
        body = {"name": name, "secretTemplateId": template, "items": items, "siteId": 1}
        made = self.ask("POST", "secrets", {**body, "folderId": self.folders[folder], **more})
        self.secrets[name] = made["id"]
        return int(made["id"])

    def user(self, name: str, shown: str) -> None:
        body = {"userName": name, "displayName": shown, "password": canary()}
        self.users[name] = self.ask("POST", "users", body)["id"]


def furnish(stage: Stage) -> Furnished:
    made = Furnished(stage, password=canary())
    for name, parent in FOLDERS.items():
        made.folder(name, parent)
    for number in range(1, 4):
        made.secret(f"fra-web-{number}", "Frankfurt")
    made.secret("lab-router", "Lab", checkOutEnabled=True)
    made.secret("billing-db", "Databases")
    made.user("grace", "Grace Hopper")
    made.user("alan", "Alan Turing")
    made.ask("POST", "groups", {"name": "Operators"})
    return made
