"""Requests as clients in the field write them do what they mean: whole sequences, letter by letter.

docs/operations/clients.md names the clients and their versions.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from tests.canary import canary
from tests.client import Client

from .conftest import There

SSH_KEY = 6026
UNIX = 6007


def zeros(there: There, name: str, items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A body of the Go SDK: all of its struct, in Pascal case, most of it the zero of its type."""
    numbers = ("ID", "LauncherConnectAsSecretID", "CheckOutIntervalMinutes")
    switches = (
        *("Active", "CheckedOut", "CheckOutEnabled", "AutoChangeEnabled", "DelayIndexing"),
        *("CheckOutChangePasswordEnabled", "EnableInheritPermissions", "ProxyEnabled"),
        *("EnableInheritSecretPolicy", "RequiresComment", "SessionRecordingEnabled"),
        "WebLauncherRequiresIncognitoMode",
    )
    given = {"Name": name, "FolderID": there.folder, "SiteID": 1, "SecretTemplateID": SSH_KEY}
    return {
        **dict.fromkeys(numbers, 0),
        **dict.fromkeys(switches, False),
        **given,
        "Items": items,
        **more,
    }


def item(field: dict[str, Any], value: str) -> dict[str, Any]:
    return {
        "ItemID": 0,
        "FieldID": field["secretTemplateFieldId"],
        "FileAttachmentID": 0,
        "FieldName": field["name"],
        "Slug": field["fieldSlugName"],
        "FieldDescription": field["description"],
        "Filename": "",
        "ItemValue": value,
        "IsFile": field["isFile"],
        "IsNotes": field["isNotes"],
        "IsPassword": field["isPassword"],
    }


def multipart(name: str, content: str) -> dict[str, Any]:
    edge = token_hex(15)
    head = f'form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream'
    text = f"--{edge}\r\nContent-Disposition: {head}\r\n\r\n{content}\r\n--{edge}--\r\n"
    return {
        "content": text.encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={edge}"},
    }


def test_the_go_sdk_makes_changes_and_deletes_a_secret_with_files(there: There) -> None:
    admin, passphrase, name = there.admin, canary(), f"go-{token_hex(3)}"
    template = admin.get(f"/api/v1/secret-templates/{SSH_KEY}").json
    fields = {one["fieldSlugName"]: one for one in template["fields"]}
    secret_field = fields["private-key-passphrase"]
    made = admin.post(
        f"/api/v1/secret-templates/generate-password/{secret_field['secretTemplateFieldId']}"
    )
    assert made.body[:1] == made.body[-1:] == b'"'
    text = [item(secret_field, passphrase), item(fields["notes"], "")]
    id = admin.post("/api/v1/secrets/", zeros(there, name, text)).json["id"]
    path = f"/api/v1/secrets/{id}"
    key = f"-----BEGIN {canary()}-----\n"
    assert admin.put(f"{path}/fields/private-key", **multipart("File.txt", key)).status == 200
    items = {one["slug"]: one for one in admin.get(path).json["items"]}
    kept = items["private-key"]
    assert (kept["isFile"], kept["filename"], kept["fileAttachmentId"] > 0) == (
        True,
        "File.txt",
        True,
    )
    assert items["private-key-passphrase"]["itemValue"] == passphrase
    assert admin.get(f"{path}/fields/private-key").body == key.encode()
    gone = {"Slug": "private-key", "Dirty": True, "Value": None}
    assert admin.patch(f"{path}/general", {"Data": {"SecretFields": [gone]}}).status == 200
    changed = admin.put(path, zeros(there, f"{name}-2", text, ID=id, SecretPolicyID=-1)).json
    assert (changed["name"], changed["active"]) == (f"{name}-2", True)
    (key_item,) = (one for one in changed["items"] if one["slug"] == "private-key")
    assert key_item["fileAttachmentId"] is None
    assert admin.delete(path).json["id"] == id
    assert "not found" in admin.get(path).message


def test_the_go_sdk_has_keys_made(there: There) -> None:
    wanted = {"GeneratePassphrase": True, "GenerateSshKeys": True}
    body = zeros(there, f"made-{token_hex(3)}", [], SshKeyArgs=wanted)
    items = there.admin.post("/api/v1/secrets/", body).json["items"]
    assert all(one["fileAttachmentId"] > 0 and one["filename"] for one in items if one["isFile"])


def test_numbers_and_switches_as_text_are_understood(there: There) -> None:
    """XSOAR sends what was typed, thysecser what variables hold; PowerShell bare values."""
    admin, name, value, later = there.admin, f"xs-{token_hex(3)}", canary(), canary()
    given = {"machine": "db", "username": "root", "password": value}
    items: list[dict[str, Any]] = [
        {"fieldName": slug.title(), "itemValue": text, "slug": slug} for slug, text in given.items()
    ]
    items[2]["isPassword"] = "true"
    body = {"name": name, "secretTemplateId": str(UNIX), "items": items}
    sent = {**body, "folderId": str(there.folder), "siteId": "1", "autoChangeEnabled": "False"}
    id = admin.post("/api/v1/secrets", sent).json["id"]
    path = f"/api/v1/secrets/{id}"
    field = f"{path}/fields/password?autoComment="
    assert admin.put(field, {"id": str(id), "value": later}).status == 200
    assert admin.get(f"{path}/fields/password?autoComment=why").json == later
    query = f"filter.searchText={name}&sortBy[0].name=name&filter.folderId={there.folder}"
    assert [one["id"] for one in admin.get(f"/api/v1/secrets?{query}").json["records"]] == [id]
    checkout = {
        "checkOutEnabled": True,
        "checkOutIntervalMinutes": {"dirty": "true", "value": "30"},
    }
    assert admin.patch(f"{path}/security-checkout", {"data": checkout}).status == 200
    assert admin.post(f"{path}/check-out").json["responseCodes"] == []
    assert admin.post(f"{path}/check-in").status == 200
    assert admin.delete(f"{path}?autoComment=").json["id"] == id


def test_what_was_read_goes_back_as_it_came(there: There) -> None:
    """Folders and users of XSOAR; a stub of Salt's runner; a secret of PowerShell's."""
    admin, name = there.admin, f"rt-{token_hex(3)}"
    folder = {"folderName": name, "folderTypeId": "1", "parentFolderId": str(there.folder)}
    id = admin.post("/api/v1/folders", folder).json["id"]
    assert renamed(admin, f"/api/v1/folders/{id}", "folderName")
    user = {"displayName": name, "userName": name, "password": canary(), "domainId": "-1"}
    users_id = admin.post("/api/v1/users", user).json["id"]
    assert renamed(admin, f"/api/v1/users/{users_id}", "displayName")
    stub = admin.get(f"/api/v1/secrets/stub?secretTemplateId={UNIX}&folderId={id}").json
    for one in stub["items"]:
        one["itemValue"] = "x" if one["slug"] in ("machine", "username", "password") else None
    made = admin.post("/api/v1/secrets", {**stub, "siteId": 1, "name": name}).json
    body = pascal(made)
    body.update(LastHeartBeatStatus=2, AccessRequestWorkflowMapId=0, hsmKeyIdentifier=None)
    body.update(LastPasswordChangeAttempt="/Date(-62135596800000)/", AutoChangeNextPassword=None)
    body["Items"] = [{**one, "FileAttachmentId": 0, "Filename": None} for one in body["Items"]]
    assert admin.put(f"/api/v1/secrets/{made['id']}", body).json["items"] == made["items"]


def renamed(admin: Client, path: str, name: str) -> bool:
    body = {**admin.get(path).json, name: f"to-{token_hex(3)}"}
    return bool(admin.put(path, body).json[name] == body[name])


def pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: pascal(one) for key, one in value.items()}
    return [pascal(one) for one in value] if isinstance(value, list) else value
