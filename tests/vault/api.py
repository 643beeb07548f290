"""What tests of the vault through HTTP do in few words."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.vault import routes
from tests import moto_cluster
from tests.access.conftest import Cluster, Time, bare, client_of, cluster, time
from tests.canary import canary
from tests.client import Client
from tests.conftest import forget

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

UNIX = 6007
NEVER = "0001-01-01T00:00:00"


@pytest.fixture
def ada(cluster: Cluster) -> Client:
    return cluster.admin()


@pytest.fixture
def bob(cluster: Cluster, time: Time) -> tuple[Client, int]:
    token, id = moto_cluster.kept("bob", lambda: made_bob(cluster), on=cluster.password)
    forget()
    cluster.client = client_of(time)
    return cluster.client.signed_in(token), id


def made_bob(cluster: Cluster) -> tuple[str, int]:
    """A user with the role User, who signed in: his token and id."""
    id, password = cluster.make_user("bob")
    return cluster.client.login("bob", password).token, id


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
