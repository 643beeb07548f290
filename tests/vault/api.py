"""What tests of the vault through HTTP do in few words."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.vault import routes
from tests.access.conftest import Cluster, bare, cluster, time
from tests.canary import canary
from tests.client import Client

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

UNIX = 6007
NEVER = "0001-01-01T00:00:00"


@pytest.fixture
def ada(cluster: Cluster) -> Client:
    return cluster.admin()


@pytest.fixture
def bob(cluster: Cluster) -> tuple[Client, int]:
    id, password = cluster.make_user("bob")
    return cluster.client.login("bob", password), id


def made_folder(ada: Client, name: str = "Servers", parent: int = -1) -> int:
    body = {"folderName": name, "folderTypeId": 1, "parentFolderId": parent}
    answer = ada.post("/api/v1/folders", body)
    assert answer.status == 200, answer.message
    return int(answer.json["id"])


def made_secret(ada: Client, folder: int = -1, **more: Any) -> dict[str, Any]:
    """A Unix account; field values by keyword."""
    values = {"machine": "db1", "username": "root", "password": canary()} | more
    body = {
        "name": "db1 root",
        "secretTemplateId": UNIX,
        "folderId": folder,
        "siteId": 1,
        "items": [{"slug": slug, "itemValue": value} for slug, value in values.items()],
    }
    answer = ada.post("/api/v1/secrets/", body)
    assert answer.status == 200, answer.message
    found: dict[str, Any] = answer.json
    return found


def value(secret: dict[str, Any], slug: str) -> str:
    return next(str(one["itemValue"]) for one in secret["items"] if one["slug"] == slug)


def share(ada: Client, folder: int, user: int, role: str, folder_role: str = "View") -> Any:
    body = {
        "folderId": folder,
        "userId": user,
        "folderAccessRoleName": folder_role,
        "secretAccessRoleName": role,
        "breakInheritance": True,
    }
    answer = ada.post("/api/v1/folder-permissions", body)
    assert answer.status == 200, answer.message
    return answer.json
