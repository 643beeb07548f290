"""The vault through the whole of HTTP; every answer is checked against the contract."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.vault import routes
from tests.access.conftest import Cluster, Meanwhile, bare, cluster, time
from tests.calls import Calls
from tests.canary import canary
from tests.client import Client

__all__ = ["bare", "cluster", "routes", "time"]

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


def test_a_secret_from_its_making_to_its_end(ada: Client) -> None:
    folder, password = made_folder(ada), canary()
    secret = made_secret(ada, folder, password=password)
    id = secret["id"]
    assert value(secret, "password") == password
    assert secret["lastHeartBeatCheck"] == secret["lastPasswordChangeAttempt"] == NEVER
    assert secret["lastHeartBeatStatus"] == "Pending"
    for path in (f"/api/v1/secrets/{id}", r"/api/v1/secrets/0?secretPath=\Servers\db1+root"):
        assert ada.get(path).json == secret
    v2 = ada.get(f"/api/v2/secrets/{id}").json
    assert v2["lastHeartBeatCheck"] is None
    assert ada.get(f"/api/v1/secrets/{id}/fields/password").json == password

    fresh = canary()
    secret["items"] = [
        {"itemId": one["itemId"], "itemValue": one["itemValue"]} for one in secret["items"]
    ]
    secret["items"][2]["itemValue"] = fresh
    secret |= {"name": "renamed", "active": False}
    changed = ada.put(f"/api/v1/secrets/{id}", secret).json
    assert (changed["name"], changed["active"]) == ("renamed", True)
    assert value(changed, "password") == fresh
    history = ada.get(f"/api/v1/secrets/{id}/fields/password/history").json
    assert [one["value"] for one in history] == [password]

    gone = ada.delete(f"/api/v1/secrets/{id}")
    assert gone.json == {"id": id, "objectType": "Secret", "responseCodes": []}
    assert ada.get(f"/api/v1/secrets/{id}").status == 404
    assert not ada.get(f"/api/v1/secrets/{id}?includeInactive=true").json["active"]
    assert ada.get(f"/api/v1/secrets/{id}/state").json["secretState"] == "RequiresUndelete"
    assert ada.put(f"/api/v1/secrets/{id}/undelete").json["id"] == id
    assert ada.put(f"/api/v3/secrets/{id}/activate").json == {"success": True}
    actions = [
        one["action"] for one in ada.get(f"/api/v1/secrets/{id}/audits?take=50").json["records"]
    ]
    assert {"CREATE", "VIEW", "UPDATE", "VIEW HISTORY", "DELETE", "UNDELETE"} == set(actions)


def test_clients_write_keys_as_they_like(ada: Client) -> None:
    body = {
        "Name": "a",
        "SecretTemplateId": 2,
        "FolderID": -1,
        "Items": [{"FieldName": "Username", "ItemValue": "u"}, {"FieldID": 201, "itemvalue": "r"}],
        "unknown": {"deep": 1},
    }
    secret = ada.post("/api/v1/secrets", body).json
    assert (value(secret, "username"), value(secret, "resource")) == ("u", "r")


def test_reading_costs_two_calls_and_no_key(ada: Client, calls: Calls) -> None:
    id = made_secret(ada, made_folder(ada))["id"]
    ada.get(f"/api/v1/secrets/{id}")
    calls.clear()
    ada.get(f"/api/v1/secrets/{id}")
    assert [call.operation for call in calls.seen] == ["BatchGetItem", "PutItem"]


def test_making_and_updating_cost_at_most_four_calls(ada: Client, calls: Calls) -> None:
    folder = made_folder(ada)
    made_secret(ada, folder)
    calls.clear()
    id = made_secret(ada, folder)["id"]
    assert calls.count() <= 4
    calls.clear()
    ada.put(f"/api/v1/secrets/{id}", {"id": id, "name": "b", "items": []})
    assert calls.count() <= 4
    calls.clear()
    ada.put(f"/api/v1/secrets/{id}/fields/username", {"value": "me"})
    assert calls.count() <= 4


def test_a_list_costs_a_query_and_a_read(ada: Client, calls: Calls) -> None:
    folder = made_folder(ada)
    for _ in range(3):
        made_secret(ada, folder)
    ada.get("/api/v1/secrets")
    calls.clear()
    page = ada.get(f"/api/v2/secrets?filter.folderId={folder}&take=2").json
    assert (len(page["records"]), page["total"], page["hasNext"]) == (2, 3, True)
    assert [call.operation for call in calls.seen] == ["BatchGetItem", "Query", "BatchGetItem"]


def test_one_without_a_grant_finds_nothing(ada: Client, bob: tuple[Client, int]) -> None:
    folder = made_folder(ada)
    id = made_secret(ada, folder)["id"]
    he = bob[0]
    for path in ("", "/summary", "/state", "/fields/password", "/settings", "/audits", "/general"):
        there = f"/api/v1/secrets/{id}{path}"
        if path == "/general":
            there = f"/api/v1/secrets/secret-detail/{id}/general"
        answer = he.get(there)
        assert (answer.status, "not found" in answer.message) == (404, True), path
    assert he.get("/api/v1/secrets").json["records"] == []
    assert he.get("/api/v1/secrets/search-total").json == 0
    assert he.get(f"/api/v1/folders/{folder}").status == 404
    assert he.get("/api/v1/folders").json["records"] == []
    assert he.delete(f"/api/v1/secrets/{id}").status == 404


def test_one_who_may_list_is_denied_more_by_name(ada: Client, bob: tuple[Client, int]) -> None:
    folder = made_folder(ada)
    id = made_secret(ada, folder)["id"]
    he, his_id = bob
    held = share(ada, folder, his_id, "List")
    assert he.get(f"/api/v1/secrets/{id}/summary").json["folderPath"] == "\\Servers"
    assert he.get("/api/v2/secrets/lookup", check=False).status in (200, 404)
    assert he.get(f"/api/v1/secrets/lookup/{id}").json["value"] == "db1 root"
    assert he.get(f"/api/v1/secrets/{id}/state").json["secretState"] == "CannotView"
    for path in ("", "/fields/password", "/fields/username", "/audits"):
        answer = he.get(f"/api/v1/secrets/{id}{path}")
        assert (answer.status, answer.json["errorCode"]) == (400, "API_AccessDenied")
    body = {"id": held["id"], "folderId": folder, "folderAccessRoleName": "View"}
    body["secretAccessRoleName"] = "View"
    assert ada.put(f"/api/v1/folder-permissions/{held['id']}", body).status == 200
    assert he.get(f"/api/v1/secrets/{id}").status == 200
    assert ada.delete(f"/api/v1/folder-permissions/{held['id']}").json["id"] == held["id"]
    assert he.get(f"/api/v1/secrets/{id}").status == 404


def test_an_inherited_folder_is_shared_only_by_breaking_the_inheritance(
    ada: Client, bob: tuple[Client, int]
) -> None:
    child = made_folder(ada, "Linux", made_folder(ada))
    body = {"folderId": child, "userId": bob[1], "folderAccessRoleName": "View"}
    refused = ada.post("/api/v1/folder-permissions", body)
    assert (refused.status, refused.json["errorCode"]) == (400, "API_PermissionsAreInherited")
    share(ada, child, bob[1], "View")
    assert not ada.get(f"/api/v1/folders/{child}").json["inheritPermissions"]
    listed = ada.get(f"/api/v1/folder-permissions?filter.folderId={child}").json["records"]
    assert {one["userName"] for one in listed} == {"ada", "bob"}
    again = {"folderName": "Linux", "folderTypeId": 1, "id": child, "inheritPermissions": True}
    assert ada.put(f"/api/v1/folders/{child}", again).json["inheritPermissions"]
    assert bob[0].get(f"/api/v1/folders/{child}").status == 404


def test_a_secret_is_shared_for_itself(ada: Client, bob: tuple[Client, int]) -> None:
    id = made_secret(ada, made_folder(ada))["id"]
    body = {"secretId": id, "userName": "bob", "secretAccessRoleName": "View"}
    refused = ada.post("/api/v1/secret-permissions", body)
    assert refused.json["errorCode"] == "API_PermissionsAreInherited"
    own = {"data": {"inheritPermissions": {"dirty": True, "value": False}}}
    assert ada.patch(f"/api/v1/secrets/{id}/share", own).json["inheritPermissions"] is False
    held = ada.post("/api/v1/secret-permissions", body).json
    assert bob[0].get(f"/api/v1/secrets/{id}").status == 200
    assert bob[0].get("/api/v1/secrets").json["total"] == 1
    more = {"id": held["id"], "secretId": id, "secretAccessRoleName": "Edit"}
    assert ada.put(f"/api/v1/secret-permissions/{held['id']}", more).status == 200
    assert (
        ada.get(f"/api/v1/secret-permissions/{held['id']}").json["secretAccessRoleName"] == "Edit"
    )
    listed = ada.get(f"/api/v1/secret-permissions?filter.secretId={id}").json["records"]
    assert {one["knownAs"] for one in listed} == {"ada", "Bob"}
    assert bob[0].post("/api/v1/secret-permissions", body).status == 400
    assert ada.delete(f"/api/v1/secret-permissions/{held['id']}").status == 200
    assert bob[0].get(f"/api/v1/secrets/{id}").status == 404
    owner = next(one["id"] for one in listed if one["knownAs"] == "ada")
    assert ada.delete(f"/api/v1/secret-permissions/{owner}").status == 400


def test_a_moved_folder_takes_its_secrets_along(ada: Client, bob: tuple[Client, int]) -> None:
    open_folder, closed = made_folder(ada, "Open"), made_folder(ada, "Closed")
    share(ada, open_folder, bob[1], "View")
    child = made_folder(ada, "Child", closed)
    id = made_secret(ada, child)["id"]
    assert bob[0].get(f"/api/v1/secrets/{id}").status == 404
    move = {"folderName": "Child", "folderTypeId": 1, "id": child, "parentFolderId": open_folder}
    assert ada.put(f"/api/v1/folders/{child}", move).json["folderPath"] == "\\Open\\Child"
    assert bob[0].get(f"/api/v1/secrets/{id}").status == 200
    into_itself = move | {"id": open_folder, "folderName": "Open", "parentFolderId": child}
    assert ada.put(f"/api/v1/folders/{open_folder}", into_itself).status == 400
    assert ada.delete(f"/api/v1/folders/{child}").status == 409
    assert ada.get("/api/v1/folders/0?folderPath=/open/child").json["id"] == child
    tree = ada.get(f"/api/v1/folders/{open_folder}?getAllChildren=true").json
    assert [one["id"] for one in tree["childFolders"]] == [child]
    assert ada.delete(f"/api/v1/folders/{closed}").json["objectType"] == "Folder"
    assert ada.get(f"/api/v1/folders/{child}/audit").json["total"] == 2


def test_searching_by_what_clients_search_by(ada: Client) -> None:
    top = made_folder(ada)
    low = made_folder(ada, "Linux", top)
    for folder, machine in ((top, "a.example"), (low, "b.example")):
        made_secret(ada, folder, machine=machine)
    totals = {
        "": 2,
        "filter.searchText=DB1": 2,
        "filter.searchText=DB1&filter.isExactMatch=True": 0,
        f"filter.folderId={top}": 1,
        f"paging.filter.folderId={top}&paging.filter.includeSubFolders=true": 2,
        "filter.searchText=b.exam&filter.searchFieldSlug=machine": 1,
        "filter.searchText=b.exam": 0,
        "filter.secretTemplateId=2": 0,
        "filter.siteId=1": 2,
        "filter.heartbeatStatus=Pending": 2,
        "filter.heartbeatStatus=Failed": 0,
        "filter.permissionRequired=Owner": 2,
        "filter.includeActive=false&filter.includeInactive=true": 0,
        "filter.scope=Favorites": 0,
    }
    for question, total in totals.items():
        assert ada.get(f"/api/v1/secrets/search-total?{question}").json == total, question
        assert ada.get(f"/api/v2/secrets?{question}").json["total"] == total, question
    ids = [
        one["id"]
        for one in ada.get("/api/v1/secrets?sortBy[0].name=id&sortBy[0].direction=desc").json[
            "records"
        ]
    ]
    assert ids == sorted(ids, reverse=True)


def test_templates_and_generated_passwords(ada: Client) -> None:
    names = {one["name"] for one in ada.get("/api/v1/secret-templates").json["records"]}
    assert names == {
        "Password",
        "Web Password",
        "Windows Account",
        "Unix Account (SSH)",
        "PostgreSQL Account",
    }
    template = ada.get("/api/v1/secret-templates/6003").json
    password = next(one for one in template["fields"] if one["isPassword"])
    notes = next(one for one in template["fields"] if one["isNotes"])
    path = "/api/v1/secret-templates/generate-password"
    assert len(ada.post(f"{path}/{password['secretTemplateFieldId']}").json) == 12
    assert ada.post(f"{path}/{notes['secretTemplateFieldId']}").status == 400
    assert ada.post(f"{path}/4711").status == 404
    field = f"/api/v1/secret-templates/fields/{password['secretTemplateFieldId']}"
    assert ada.get(field).json["dataType"] == "Password"
    fields = ada.get("/api/v1/secret-templates/fields/search?filter.secretTemplateId=9").json
    assert fields["total"] == 4
    stub = ada.get("/api/v1/secrets/stub?secretTemplateId=9&folderId=-1").json
    assert [one["slug"] for one in stub["items"]] == ["url", "username", "password", "notes"]


def test_settings_of_a_secret(ada: Client) -> None:
    id = made_secret(ada)["id"]
    path = f"/api/v1/secrets/{id}"
    assert ada.get(f"{path}/settings").json["expirationType"] == "Disabled"
    expiry = {
        "expirationType": {"dirty": True, "value": "DayInterval"},
        "expirationDayInterval": {"dirty": True, "value": 30},
    }
    assert ada.put(f"{path}/expiration", {"data": expiry}).json["expirationDayInterval"] == 30
    assert ada.get(f"{path}/summary").json["daysUntilExpiration"] in (29, 30)
    assert ada.post(f"{path}/expire", {}).json["daysUntilExpiration"] == 0
    patch = {
        "data": {
            "name": {"dirty": True, "value": "new"},
            "secretFields": [
                {"slug": "notes", "dirty": True, "value": "n"},
                {"slug": "username", "dirty": False, "value": "ignored"},
            ],
        }
    }
    view = ada.patch(f"{path}/general", patch).json
    assert view["name"]["value"] == "new"
    fields = {one["slug"]: one["value"] for one in view["fields"]}
    assert (fields["notes"], fields["username"]) == ("n", "root")
    off = {"data": {"heartbeatEnabled": {"dirty": True, "value": False}}}
    assert ada.patch(f"/api/v2/secrets/{id}/general", off).json["heartbeatEnabled"] is False
    assert ada.get(f"{path}/summary").json["lastHeartBeatStatus"] == "Disabled"
    assert ada.get(f"/api/v1/secrets/secret-detail/{id}/general").json["name"] == "new"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/secrets", {"name": 7, "secretTemplateId": 2, "items": []}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": "two", "items": []}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": "none"}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": [{"itemValue": 7}]}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 4711, "items": []}),
        ("POST", "/api/v1/secrets", []),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "folderId": 4711, "items": []}),
        ("GET", "/api/v1/secrets/99999999999999", None),
        ("GET", "/api/v1/secrets/one", None),
        ("GET", "/api/v1/secrets/0", None),
        ("GET", "/api/v1/secrets/-3", None),
        ("GET", "/api/v1/secrets/4711/fields/password", None),
        ("PUT", "/api/v1/secrets/4711", {"id": 4711, "name": "a", "items": []}),
        ("DELETE", "/api/v1/folders/4711", None),
        ("GET", "/api/v1/folders/one", None),
        ("GET", "/api/v1/secrets?filter.heartbeatStatus=Splendid", None),
        ("GET", "/api/v1/secrets?take=-1", None),
        ("GET", "/api/v1/folder-permissions/4711", None),
        ("GET", "/api/v1/secret-permissions/4711", None),
        ("POST", "/api/v1/folders", {"folderName": "a/b", "folderTypeId": 1, "parentFolderId": -1}),
        ("POST", "/api/v1/folders", {"folderName": "a", "folderTypeId": 1, "parentFolderId": 4711}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_never_breaks(
    ada: Client, method: str, path: str, body: Any
) -> None:
    answer = ada.request(method, path, json=body)
    assert 400 <= answer.status < 500
    assert answer.message
    assert "Traceback" not in answer.body.decode()


def test_a_refused_value_is_not_repeated(ada: Client) -> None:
    id, long = made_secret(ada)["id"], canary(70_000)
    answer = ada.put(f"/api/v1/secrets/{id}/fields/notes", {"value": long})
    assert answer.status == 413
    assert long[:20] not in answer.body.decode()


def test_two_who_change_the_same_one_of_them_is_told(ada: Client) -> None:
    id = made_secret(ada)["id"]
    edits = wiring.vault_edits()
    body = {"id": id, "name": "mine", "items": []}
    other = lambda: ada.put(f"/api/v1/secrets/{id}", body | {"name": "theirs"})  # noqa: E731
    assert edits
    interrupted = Meanwhile(wiring.secret_store(), "in_rows", other)
    assert interrupted
