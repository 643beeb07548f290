"""Personal folders: one of each user's own, made when he first asks, and nobody else's ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, MaintenanceMode
from chalicelib.vault.folder import NO_FOLDER, Folder, tree_of
from chalicelib.vault.personal import (
    ROOT_ID,
    Terms,
    check_change,
    check_new,
    free_name,
    id_of,
    lies_in_personal,
    root_of,
)
from tests.access.conftest import Meanwhile, trail
from tests.calls import Calls
from tests.client import Answer, Client

from .api import ada, bare, bob, cluster, made_folder, made_secret, share, time
from .conftest import ANN, BEN, EVE, Vault

__all__ = ["ada", "bare", "bob", "cluster", "time"]

FOLDERS = "/api/v1/folders"
SETTINGS = "/api/v1/configuration/folders"


def test_names_are_made_to_fit_and_to_differ() -> None:
    tree = tree_of([Folder(ROOT_ID, "Mine"), Folder(5, "Ann", ROOT_ID), Folder(6, "Desks")])
    assert free_name(tree, ROOT_ID, "ANN", id_of(7)) == "ANN (2)"
    assert free_name(tree, ROOT_ID, "Ann", 5) == "Ann"
    assert free_name(tree, ROOT_ID, "a/b\\c\n", 8) == "a-b-c-"
    assert root_of(tree, Terms(True, "Desks", False)).name == "Desks (2)"


def test_nothing_in_a_personal_folder_has_permissions_of_its_own() -> None:
    own = Folder(id_of(7), "Ann", ROOT_ID, inherits_permissions=False)
    below = Folder(5, "Below", own.id)
    shared = Folder(8, "Shared", NO_FOLDER, inherits_permissions=False)
    holds = Folder(9, "Holds", NO_FOLDER)
    tree = tree_of([Folder(ROOT_ID, "Mine"), own, below, shared, holds, Folder(10, "In", 9, False)])
    assert [lies_in_personal(tree, id) for id in (own.id, 5, 8, ROOT_ID)] == [1, 1, 0, 0]
    check_new(tree, own.id, inherits=True)
    check_change(tree, below, Folder(5, "Renamed", own.id))
    check_change(tree, below, Folder(5, "Below", 8))  # out of it, to where all share
    for parent, inherits in ((ROOT_ID, True), (own.id, False), (5, False)):
        with pytest.raises(AccessDenied):
            check_new(tree, parent, inherits)
    for before, after in (
        (own, Folder(own.id, "Other", ROOT_ID, inherits_permissions=False)),
        (own, Folder(own.id, "Ann", NO_FOLDER, inherits_permissions=False)),
        (below, Folder(5, "Below", own.id, inherits_permissions=False)),
        (shared, Folder(8, "Shared", own.id, inherits_permissions=False)),
        (holds, Folder(9, "Holds", own.id)),
        (holds, Folder(9, "Holds", ROOT_ID)),
    ):
        with pytest.raises(AccessDenied):
            check_change(tree, before, after)


def refused(answer: Answer) -> bool:
    return answer.status == 400 and answer.json["errorCode"] == "API_AccessDenied"


def mine(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(FOLDERS, query={"filter.folderTypeId": 2}).json[
        "records"
    ]
    return found


def test_it_is_made_when_first_asked_for_and_is_its_users_alone(
    ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    he, his_id = bob
    assert he.get(f"{FOLDERS}/{id_of(his_id)}").status == 404
    by_path = he.get(f"{FOLDERS}/0", query={"folderPath": "\\Personal Folders\\Bob"}).json
    assert (by_path["id"], by_path["folderTypeId"]) == (id_of(his_id), 2)
    calls.clear()
    [own] = mine(he)
    assert calls.count(operation="TransactWriteItems") == 0  # it is there
    assert own["folderPath"] == "\\Personal Folders\\Bob"
    assert ("CREATE", str(own["id"]), "a personal folder") in trail()
    listed = he.get(f"{FOLDERS}/lookup").json["records"]
    assert [one["value"] for one in listed] == ["Personal Folders", "Bob"]
    assert he.get(FOLDERS, query={"filter.folderTypeId": 1}).json["total"] == 1
    details = he.get(f"/api/v1/folder-details/{own['id']}").json
    assert details["actions"] == ["CreateSubfolder", "AddSecret"]
    nowhere, softly = "/api/v1/folder-details/9999", {"returnEmptyInsteadOfNoAccessException": True}
    assert he.get(nowhere).status == 404 and he.get(nowhere, query=softly).json["actions"] == []

    # He works in it; nobody else finds it, an administrator either.
    sub = he.post(FOLDERS, {"folderName": "Sub", "folderTypeId": 1, "parentFolderId": own["id"]})
    secret = made_secret(he, sub.json["id"])["id"]
    assert he.get(f"/api/v1/secrets/{secret}").status == 200
    for path in (
        f"{FOLDERS}/{own['id']}",
        f"{FOLDERS}/{sub.json['id']}",
        f"/api/v1/secrets/{secret}",
    ):
        assert ada.get(path).status == 404
    assert [one["folderPath"] for one in mine(ada)] == ["\\Personal Folders\\ada"]

    # It stays what and where it is, and is shared with nobody, nor is what lies in it.
    put = {"folderTypeId": 2, "parentFolderId": ROOT_ID, "folderName": "Bob", "id": own["id"]}
    assert he.put(f"{FOLDERS}/{own['id']}", put).status == 200  # as it is
    shared = made_folder(ada, "Shared")
    share(ada, shared, his_id, "Owner", "Owner")
    to_ada = {"folderAccessRoleName": "View", "secretAccessRoleName": "View", "userName": "ada"}
    inner = {"folderName": "x", "folderTypeId": 1, "parentFolderId": own["id"]}
    for answer in (
        he.put(f"{FOLDERS}/{own['id']}", put | {"folderName": "Robert"}),
        he.put(f"{FOLDERS}/{own['id']}", put | {"parentFolderId": shared}),
        he.delete(f"{FOLDERS}/{own['id']}"),
        he.post(FOLDERS, inner | {"inheritPermissions": False}),
        he.post("/api/v1/folder-permissions", to_ada | {"folderId": own["id"]}),
        he.post(
            "/api/v1/folder-permissions",
            to_ada | {"folderId": sub.json["id"], "breakInheritance": True},
        ),
        he.post(
            "/api/v1/secret-permissions",
            {"secretId": secret, "secretAccessRoleName": "View", "userName": "ada"},
        ),
        he.put(
            f"{FOLDERS}/{shared}",
            {"folderName": "Shared", "folderTypeId": 1, "id": shared, "parentFolderId": own["id"]},
        ),
    ):
        assert refused(answer), answer.body
    assert he.post(FOLDERS, inner | {"folderTypeId": 2}).status == 400
    assert he.delete(f"{FOLDERS}/{sub.json['id']}").status == 409  # not empty: as any other


def test_there_is_none_without_the_permission_or_where_they_are_off(
    ada: Client, bob: tuple[Client, int]
) -> None:
    he, his_id = bob
    off = {"enablePersonalFolders": {"dirty": True, "value": False}}
    assert ada.get(SETTINGS).json["enablePersonalFolders"] is True
    answer = ada.patch("/api/v1/configuration/general", {"data": {"folders": off}})
    assert answer.json["folders"]["enablePersonalFolders"] is False
    assert he.get(FOLDERS).json["total"] == 0
    on = {
        "enablePersonalFolders": {"dirty": True, "value": True},
        "personalFolderName": {"dirty": True, "value": "Desks"},
    }
    assert ada.patch(SETTINGS, {"data": on}).json["personalFolderName"] == "Desks"
    wrong = {"personalFolderName": {"dirty": True, "value": "a/b"}}
    assert ada.patch(SETTINGS, {"data": wrong}).status == 400
    ada.post(f"/api/v1/users/{his_id}/roles", {"roleIds": [3]})
    ada.delete(f"/api/v1/users/{his_id}/roles", {"roleIds": [2]})
    assert he.get(FOLDERS).json["total"] == 0
    ada.post(f"/api/v1/users/{his_id}/roles", {"roleIds": [2]})
    assert mine(he)[0]["folderPath"] == "\\Desks\\Bob"


def test_two_who_ask_at_once_have_one_each(vault: Vault) -> None:
    """Both read a tree without any; the second meets the root that the first has made."""
    service, store = wiring.personal_folders(), wiring.folder_store()
    between = Meanwhile(store, "tree", lambda: service.at_home(vault.visit(BEN)))
    visit = replace(service, folders=between).at_home(vault.visit(ANN))
    tree = store.tree(visit.epoch)
    assert {tree.path(id) for id in tree.by_id} == {
        "\\Personal Folders",
        "\\Personal Folders\\User 11",
        "\\Personal Folders\\User 12",
    }
    assert vault.trail(ROOT_ID, "Folder") == ["CREATE"]
    frozen = replace(vault.visit(EVE), refusal=MaintenanceMode())
    assert service.at_home(frozen) is frozen
