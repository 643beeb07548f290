"""The vault through the whole of HTTP; every answer is checked against the contract."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.rotation import routes as rotation_routes
from tests.calls import Calls
from tests.canary import canary
from tests.client import Client

from .api import (
    NEVER,
    UNIX,
    ada,
    bare,
    bob,
    cluster,
    made_folder,
    made_secret,
    share,
    time,
    value,
)

__all__ = ["ada", "bare", "bob", "cluster", "rotation_routes", "time"]


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


def test_a_name_may_have_slashes_and_is_found_by_its_path(ada: Client) -> None:
    folder = made_folder(ada, "CORP")
    names = (r"CORP\svc", "svc", "https://db1/x", r"CORP\svc\old")
    inside, under, address, top = (
        ada.post(
            "/api/v1/secrets",
            {"name": name, "secretTemplateId": 2, "siteId": 1, "folderId": at, "items": []},
        ).json["id"]
        for name, at in zip(names, (folder, folder, folder, -1), strict=True)
    )

    def found(path: str) -> int:
        answer = ada.get("/api/v1/secrets/0", query={"secretPath": path})
        return int(answer.json["id"]) if answer.status == 200 else answer.status

    assert found(r"\CORP\CORP\svc") == found("/corp/corp/SVC") == inside
    assert found(r"\CORP\svc") == under
    assert found("/CORP/https://db1/x") == found(r"CORP\https:\db1\x") == address
    assert found(r"\CORP\svc\old") == top
    assert found("/CORP/none") == found("/none") == found("/" * 90) == 404
    for name in ("/", "\\", " // "):
        refused = ada.put(f"/api/v1/secrets/{top}", {"id": top, "name": name, "items": []})
        assert refused.status == 400


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
        "filter.searchText=B.Example&filter.searchFieldSlug=machine": 1,
        "filter.searchText=B.Example&filter.searchFieldSlug=username": 0,
        "filter.searchText=B.Example&filter.searchField=name": 0,
        "filter.searchText=example": 2,
        "filter.searchText=b.exam": 0,
        "filter.secretTemplateId=2": 0,
        "filter.siteId=1": 2,
        "filter.heartbeatStatus=Pending": 2,
        "filter.heartbeatStatus=Failed": 0,
        "filter.permissionRequired=Owner": 2,
        "filter.includeActive=false&filter.includeInactive=true": 0,
        "filter.scope=Favorites": 0,
        "filter.scope=1": 2,
        "filter.secretTemplateIdsCombined=2,6007&filter.secretTemplateIds=2": 2,
        "filter.secretTemplateIdsCombined=2": 0,
        "filter.passwordTypeIds=3&filter.passwordTypeIds=9": 2,
        "filter.passwordTypeIds=30": 0,
        "filter.passwordTypeIds=3&filter.secretTemplateId=2": 0,
        "filter.onlySharedWithMe=true": 0,
        "filter.includeRestricted=false": 2,
        "filter.allowDoubleLocks=false": 2,
        "filter.hasLauncher=true": 0,
        "filter.permissionRequired=": 2,
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


def test_a_list_shows_public_fields_that_are_asked_for_once_the_trail_tells(
    ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    ben, bens_id = bob
    folder = made_folder(ada)
    share(ada, folder, bens_id, "List")
    open_one, held = (
        made_secret(ada, folder, notes="for nobody", machine=f"{name}.example")["id"]
        for name in ("a", "b")
    )
    ada.patch(
        f"/api/v1/secrets/{held}/security-checkout",
        {"data": {"checkOutEnabled": {"dirty": True, "value": True}}},
    )
    many = "filter.extendedFields=machine&filter.extendedFields=password&filter.extendedFields=none"
    one = "filter.extFieldsCombined=Machine,notes,username&filter.extendedFields=port"

    def shown(who: Client, asked: str) -> dict[int, list[dict[str, str]]]:
        found = who.get(f"/api/v2/secrets?{asked}").json["records"]
        return {record["id"]: record["extendedFields"] for record in found}

    machine = {"name": "machine", "value": "a.example"}
    assert shown(ada, many) == {open_one: [machine], held: []}
    combined = [machine | {"name": "Machine"}, {"name": "username", "value": "root"}]
    calls.clear()
    assert shown(ada, one) == {open_one: combined, held: []}
    assert calls.count() == 4  # one more than without
    assert shown(ben, one) == {open_one: [], held: []}
    lines = ada.get(f"/api/v1/secrets/{open_one}/audits?filter.auditActions=VIEW+FIELDS").json
    assert sorted(line["notes"] for line in lines["records"]) == ["Machine", "Machine, Username"]
    too_many = ",".join(f"f{n}" for n in range(21))
    assert ada.get(f"/api/v2/secrets?filter.extFieldsCombined={too_many}").status == 400


def test_templates_and_generated_passwords(ada: Client) -> None:
    templates = ada.get("/api/v1/secret-templates?take=100").json["records"]
    names = {one["name"] for one in templates}
    assert {"Password", "Windows Account", "PostgreSQL Account"} < names
    template = ada.get("/api/v1/secret-templates/6003").json
    assert ada.get("/api/v2/secret-templates/6003").json["name"] == "Windows Account"
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
        ("POST", "/api/v1/secrets", {"name": [7], "secretTemplateId": 2, "items": []}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": "two", "items": []}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": "none"}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": [{"slug": 7}]}),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 4711, "items": []}),
        ("POST", "/api/v1/secrets", []),
        ("POST", "/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "folderId": 4711}),
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
        ("GET", "/api/v1/secrets?filter.permissionRequired=Everything", None),
        ("GET", "/api/v1/secrets/lookup?filter.scope=Somewhere", None),
        ("GET", "/api/v2/secrets?filter.extendedTypeId=3", None),
        ("GET", "/api/v2/secrets?filter.secretTemplateIdsCombined=2;3", None),
        ("GET", "/api/v2/secrets/search-total?filter.recentMinDateTime=2026-01-15T12:00:00", None),
        ("GET", "/api/v2/secrets?sortBy[0].name=createDate", None),
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


@pytest.mark.parametrize("guard", ["sessionRecordingEnabled", "proxyEnabled"])
def test_a_guard_that_would_do_nothing_is_not_switched_on(ada: Client, guard: str) -> None:
    id = made_secret(ada)["id"]
    body = {"id": id, "name": "a", "items": []}
    assert ada.put(f"/api/v1/secrets/{id}", body | {guard: False}).status == 200
    refused = ada.put(f"/api/v1/secrets/{id}", body | {guard: True})
    assert (refused.status, guard in refused.message) == (400, True)


def test_a_refused_value_is_not_repeated(ada: Client) -> None:
    id, long = made_secret(ada)["id"], canary(70_000)
    answer = ada.put(f"/api/v1/secrets/{id}/fields/notes", {"value": long})
    assert answer.status == 413
    assert long[:20] not in answer.body.decode()


def test_a_date_before_all_others_costs_nobody_the_secret(ada: Client) -> None:
    """Clients send the contract's "never" back: a row must still be read afterwards."""
    path = f"/api/v1/secrets/{made_secret(ada)['id']}"
    expiry = {
        "expirationType": {"dirty": True, "value": "SpecificDate"},
        "expirationDate": {"dirty": True, "value": NEVER},
    }
    assert ada.put(f"{path}/expiration", {"data": expiry}).status == 200
    assert ada.get(path).status == 200
    assert ada.get("/api/v1/secrets").json["total"] == 1


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_date_that_is_none_in_utc_is_refused(ada: Client, date: str) -> None:
    path = f"/api/v1/secrets/{made_secret(ada)['id']}/expiration"
    expiry = {
        "expirationType": {"dirty": True, "value": "SpecificDate"},
        "expirationDate": {"dirty": True, "value": date},
    }
    assert ada.put(path, {"data": expiry}).status == 400


def test_a_deleted_secret_comes_back_by_each_version_of_the_api(ada: Client) -> None:
    id = made_secret(ada)["id"]
    for version in (1, 2, 3):
        assert ada.delete(f"/api/v1/secrets/{id}").status == 200
        back = ada.put(f"/api/v{version}/secrets/{id}/activate", {}).json
        assert back.get("active", back.get("success")) is True
    assert ada.get(f"/api/v1/secrets/{id}").json["active"] is True


def test_templates_of_web_pages_are_those_with_an_address_and_a_password(ada: Client) -> None:
    found = ada.get("/api/v1/secret-extensions/web-secret-templates").json["model"]
    ids = {one["id"] for one in found}
    assert 9 in ids
    assert UNIX not in ids
    assert all(any(each["isUrl"] for each in one["fields"]) for one in found)


LATER: dict[str, dict[str, Any]] = {
    "POST /secrets": {
        "changePasswordNow": True,
        "launcherConnectAsSecretId": 7,
        "resetSecretIds": [7],
    },
    "PUT /secrets/{id}": {"autoChangeNextPassword": "x", "newPassword": "x", "forceCheckIn": True},
    "PATCH /secrets/{id}/general": {"active": False, "template": 2, "isOutOfSync": True},
    "POST /secrets/{id}/restricted": {"newPassword": "x"},
    "POST /secrets/{id}/check-in": {"preventFurtherRetriesAfterMaxAttempts": True},
    "POST /secrets/{id}/change-password": {"includeInactive": True},
    "PUT /secrets/{id}/fields/username": {"forceCheckIn": True},
    "POST /secret-permissions": {"domainName": "example.com"},
    "PATCH /secret-templates/6007": {
        "oneTimePasswordEnabled": True,
        "oneTimePasswordLength": 9,
        "sshKeySize": "Key4096",
        "expirationChangeRequiredOnFieldId": 1,
        "permissionRequiredToEditPasswordChangeConfiguration": "Owner",
    },
    "PATCH /secret-templates/6007/password-type": {"rpcMaxAttempts": 3, "rpcIntervalDays": 1},
    "POST /secret-templates/6007": {"isExpirationField": True, "generatePasswordLength": 99},
}
"""What clients may send with each request, and this release would not do."""


def test_what_would_not_be_done_is_refused_by_name(ada: Client) -> None:
    id = made_secret(ada, made_folder(ada))["id"]
    needed = {"name": "x", "secretTemplateId": UNIX, "items": [], "secretId": id, "value": "x"}
    needed |= {"secretAccessRoleName": "View", "userName": "bob", "isPassword": True}
    for operation, wrong in LATER.items():
        method, path = operation.replace("{id}", str(id)).split()
        for name, given in wrong.items():
            patch = {"data": {name: {"dirty": True, "value": given}}}
            sent = patch if method == "PATCH" else needed | {name: given}
            answer = ada.request(method, f"/api/v1{path}", json=sent)
            assert answer.status == 400, (operation, name)
            assert name in answer.message, (operation, name, answer.message)
