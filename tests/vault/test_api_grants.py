"""Grants through HTTP: what is hidden, what is denied, what is shared; checked by the contract."""

from __future__ import annotations

from tests.client import Client

from .api import ada, bare, bob, cluster, made_folder, made_secret, share, time

__all__ = ["ada", "bare", "bob", "cluster", "time"]


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
    paths = [one["folderPath"] for one in he.get("/api/v1/folders").json["records"]]
    assert paths == ["\\Personal Folders", "\\Personal Folders\\Bob"]
    assert he.delete(f"/api/v1/secrets/{id}").status == 404


def test_one_who_may_list_is_denied_more_by_name(ada: Client, bob: tuple[Client, int]) -> None:
    folder = made_folder(ada)
    id = made_secret(ada, folder)["id"]
    he, his_id = bob
    held = share(ada, folder, his_id, "List")
    assert he.get(f"/api/v1/secrets/{id}/summary").json["folderPath"] == "\\Servers"
    assert he.get("/api/v1/secrets/lookup").json["records"][0]["secretName"] == "db1 root"
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
    path = f"/api/v1/folder-permissions?filter.folderId={child}&filter.exclude"
    for whom, left in (("Owners", ["bob"]), ("Viewers", ["ada"]), ("Editors", ["ada", "bob"])):
        kept = ada.get(f"{path}{whom}=true").json["records"]
        assert sorted(one["userName"] for one in kept) == left
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
