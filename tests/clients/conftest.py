"""A vault served over HTTP, and a person with a secret in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex

import pytest

from tests.canary import canary
from tests.client import Client as Admin
from tests.conftest import a_cluster
from tests.console.pages.stage import served
from tests.house import open_house

WEB_PASSWORD = "Web Password"


@dataclass(frozen=True)
class There:
    """Where the vault is, who may go in, and what there is.

    value: the password of the secret `web-1`, which is in the folder `Servers`
    """

    url: str
    admin: Admin
    secret: int
    folder: int
    name: str = "carol"
    password: str = field(default_factory=canary, repr=False)
    value: str = field(default_factory=canary, repr=False)


@pytest.fixture(scope="module")
def there() -> Iterator[There]:
    with a_cluster(), served() as url:
        admin = open_house().admin
        yield furnished(url, admin)


def furnished(url: str, admin: Admin) -> There:
    password, value = canary(), canary()
    body = {"userName": "carol", "displayName": "Carol", "password": password}
    carol = admin.post("/api/v1/users", body).json["id"]
    folder = admin.post(
        "/api/v1/folders", {"folderName": "Servers", "parentFolderId": -1, "folderTypeId": 1}
    ).json["id"]
    owner = {"folderId": folder, "userId": carol, "folderAccessRoleName": "Owner"}
    given = admin.post("/api/v1/folder-permissions", {**owner, "secretAccessRoleName": "Owner"})
    assert given.status == 200, given.message
    secret = made(admin, folder, "web-1", value)
    return There(url, admin, secret, folder, password=password, value=value)


def made(admin: Admin, folder: int, name: str, value: str) -> int:
    templates = admin.get("/api/v1/secret-templates", query={"take": 100}).json["records"]
    (template,) = (one["id"] for one in templates if one["name"] == WEB_PASSWORD)
    fields = {"url": "https://web-1.example", "username": "root", "password": value}
    answer = admin.post(
        "/api/v1/secrets",
        {
            "name": name,
            "secretTemplateId": template,
            "folderId": folder,
            "siteId": 1,
            "items": [{"slug": slug, "itemValue": text} for slug, text in fields.items()],
        },
    )
    assert answer.status == 200, answer.message
    return int(answer.json["id"])


def key_secret(there: There) -> int:
    """A secret in the same folder whose keys are files."""
    body = {
        "name": f"key-{token_hex(4)}",
        "secretTemplateId": 6026,
        "folderId": there.folder,
        "siteId": 1,
    }
    answer = there.admin.post("/api/v1/secrets", {**body, "items": []})
    assert answer.status == 200, answer.message
    return int(answer.json["id"])
