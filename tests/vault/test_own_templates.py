"""Templates of people's own, through the API: made, changed, taken off, and what secrets keep."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from tests.calls import recording
from tests.canary import canary
from tests.client import Client
from tests.vault.api import ada, bare, bob, cluster, routes, time

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

PATH = "/api/v1/secret-templates"
ADMIN_ONLY = [
    ("POST", PATH),
    ("POST", f"{PATH}/2"),
    ("PUT", f"{PATH}/2"),
    ("POST", f"{PATH}/2/fields"),
    ("PATCH", f"{PATH}/fields/201"),
    ("PATCH", "/api/v2/secret-templates/2"),
    ("PATCH", f"{PATH}/2"),
    ("PATCH", f"{PATH}/2/password-type"),
]


def made(ada: Client, name: str = "Vault door", **more: Any) -> dict[str, Any]:
    fields = [
        {"name": "Place", "isRequired": True, "isIndexable": True},
        {"name": "Code", "isPassword": True},
        {"name": "Shade", "description": "Of the door."},
        {"name": "Ways", "listType": "Generic"},
    ]
    answer = ada.post(PATH, {"name": name, "fields": fields, "concurrencyId": "", **more})
    assert answer.status == 200, answer.message
    found: dict[str, Any] = answer.json
    return found


def patched(ada: Client, path: str, **values: Any) -> Any:
    data = {name: {"dirty": True, "value": value} for name, value in values.items()}
    return ada.patch(path, {"data": data})


def ids(template: dict[str, Any]) -> dict[str, int]:
    return {one["fieldSlugName"]: one["secretTemplateFieldId"] for one in template["fields"]}


def secret_of(ada: Client, template: dict[str, Any], **values: str) -> Any:
    items = [{"slug": slug, "itemValue": value} for slug, value in values.items()]
    body = {"name": "door", "secretTemplateId": template["id"], "items": items}
    return ada.post("/api/v1/secrets", {**body, "folderId": -1, "siteId": 1})


def values(ada: Client, id: int) -> dict[str, str]:
    found = ada.get(f"/api/v1/secrets/{id}").json["items"]
    return {one["slug"]: one["itemValue"] for one in found}


def test_a_template_is_made_found_and_used(ada: Client) -> None:
    template = made(ada)
    assert template["id"] > 10_000
    code = next(one for one in template["fields"] if one["isPassword"])
    assert (code["passwordRequirementId"], code["historyLength"]) == (1, 10)
    found = ada.get(f"{PATH}?filter.searchText=vault door&filter.includeSecretCount=true").json
    assert [one["id"] for one in found["records"]] == [template["id"]]
    assert ada.post(f"{PATH}/generate-password/{code['secretTemplateFieldId']}").status == 200
    code_value = canary()
    assert "Place is required" in secret_of(ada, template, code=code_value).message
    secret = secret_of(ada, template, place="Rome", code=code_value, ways="a\nb").json
    assert secret["secretTemplateName"] == "Vault door"
    assert [one["isList"] for one in secret["items"]] == [False, False, False, True]
    assert values(ada, secret["id"])["code"] == code_value
    assert ada.get(f"/api/v2/secret-templates/{template['id']}").json["secretCount"] == 1


def test_a_name_is_taken_once(ada: Client) -> None:
    template = made(ada)
    refused = ada.post(PATH, {"name": "vault DOOR", "fields": []})
    assert (refused.status, "exists" in refused.message) == (400, True)
    of_no_type = {"name": "Odd", "fields": [{"name": "Ways", "listType": "Zed"}]}
    assert ada.post(PATH, of_no_type).status == 400
    assert patched(ada, f"/api/v2/secret-templates/{template['id']}", name="Pin").status == 400
    same = patched(ada, f"/api/v2/secret-templates/{template['id']}", name="Vault door")
    assert same.status == 200


def test_a_secret_opens_whatever_becomes_of_its_template(ada: Client) -> None:
    """Slugs change, fields are taken off and back: what was stored stays, and nothing shows."""
    template = made(ada)
    field = ids(template)
    first, second = canary(), canary()
    secret = secret_of(ada, template, place="Rome", code=first, shade="red").json["id"]
    path = f"{PATH}/fields"
    assert patched(ada, f"{path}/{field['code']}", slugName="key-code", name="Key").status == 200
    assert ada.get(f"/api/v1/secrets/{secret}/fields/key-code").json == first
    changed = ada.put(f"/api/v1/secrets/{secret}/fields/key-code", {"value": second})
    assert changed.status == 200, changed.message
    former = ada.get(f"/api/v1/secrets/{secret}/fields/key-code/history").json
    assert [one["value"] for one in former] == [first]

    assert patched(ada, f"{path}/{field['shade']}", active=False).json["active"] is False
    assert set(values(ada, secret)) == {"place", "key-code", "ways"}
    assert ada.get(f"/api/v1/secrets/{secret}/fields/shade").status == 404
    assert ada.put(f"/api/v1/secrets/{secret}/fields/place", {"value": "Bern"}).status == 200
    listed = ada.get(f"{path}/search?filter.secretTemplateId={template['id']}").json["total"]
    assert listed == 3
    assert patched(ada, f"{path}/{field['shade']}", active=True).status == 200
    shown = {"place": "Bern", "key-code": second, "shade": "red", "ways": ""}
    assert values(ada, secret) == shown


def test_a_deactivated_template_makes_no_secrets_and_keeps_those_there_are(ada: Client) -> None:
    template = made(ada)
    secret = secret_of(ada, template, place="Rome").json["id"]
    path = f"/api/v2/secret-templates/{template['id']}"
    assert patched(ada, path, active=False).json["active"] is False
    assert "not active" in secret_of(ada, template, place="Rome").message
    assert values(ada, secret)["place"] == "Rome"
    names = [one["name"] for one in ada.get(f"{PATH}?take=200").json["records"]]
    assert "Vault door" not in names
    every = ada.get(f"{PATH}?take=200&filter.includeInactive=true").json["records"]
    assert "Vault door" in [one["name"] for one in every]


def test_names_follow_the_pattern_and_a_name_of_before_stays(ada: Client) -> None:
    template = made(ada)
    secret = secret_of(ada, template, place="Rome").json["id"]
    path = f"/api/v2/secret-templates/{template['id']}"
    assert "not understood" in patched(ada, path, namePattern="(?=a)").message
    told = {"namePattern": "^D-[0-9]+$", "namePatternErrorMessage": "Call it D-1."}
    assert patched(ada, path, **told).json["namePattern"] == "^D-[0-9]+$"
    assert secret_of(ada, template, place="Rome").message == "Call it D-1."
    body = {"name": "door", "items": [{"slug": "place", "itemValue": "Bern"}]}
    assert ada.put(f"/api/v1/secrets/{secret}", body).status == 200
    assert ada.put(f"/api/v1/secrets/{secret}", {"name": "gate", "items": []}).status == 400
    assert ada.put(f"/api/v1/secrets/{secret}", {"name": "D-7", "items": []}).status == 200


def test_a_field_with_options_takes_no_other_value(ada: Client) -> None:
    template = made(ada)
    path = f"{PATH}/fields/{ids(template)['shade']}"
    options = patched(ada, path, dropdownOptionsToAdd=["red", "blue"]).json["dropdownOptions"]
    assert [one["value"] for one in options] == ["red", "blue"]
    refused = secret_of(ada, template, place="Rome", shade="green")
    assert (refused.status, "options" in refused.message) == (400, True)
    assert secret_of(ada, template, place="Rome", shade="red").status == 200
    changed = patched(
        ada,
        path,
        dropdownOptionsToRemove=[{"id": None, "value": "red"}],
        dropdownOptionsToUpdate=[{"id": options[1]["id"], "value": "navy"}],
    )
    assert [one["value"] for one in changed.json["dropdownOptions"]] == ["navy"]


def test_v1_clients_add_and_change_fields(ada: Client) -> None:
    template = made(ada)
    path = f"{PATH}/{template['id']}"
    field = ada.post(path, {"name": "Keeper", "displayName": "Keeper", "isUrl": True}).json
    assert (field["fieldSlugName"], field["isUrl"]) == ("keeper", True)
    body = {**field, "description": "Who keeps it.", "historyLength": 3}
    changed = ada.put(path, body).json
    assert (changed["description"], changed["historyLength"]) == ("Who keeps it.", 3)
    assert ada.put(f"{PATH}/2", body).status == 400
    added = ada.post(f"{path}/fields", {"data": {"name": "Guards", "dataType": "List"}}).json
    assert (added["slugName"], added["dataType"]) == ("guards", "List")


def test_a_template_with_a_changer_has_its_passwords_changed(ada: Client) -> None:
    fields = [
        {"name": "Host", "passwordTypeFieldId": 1},
        {"name": "Login", "passwordTypeFieldId": 4},
        {"name": "Password", "isPassword": True, "passwordTypeFieldId": 5},
    ]
    incomplete = ada.post(PATH, {"name": "Mine", "passwordTypeId": 3, "fields": fields[:2]})
    assert "password" in incomplete.message
    template = ada.post(PATH, {"name": "Mine", "passwordTypeId": 3, "fields": fields}).json
    kind = ada.get(f"{PATH}/{template['id']}/password-type").json
    assert (kind["passwordTypeId"], kind["heartbeatIntervalMinutes"]) == (3, 0)
    secret = secret_of(ada, template, host="db1", login="root", password=canary()).json["id"]
    assert ada.get(f"/api/v1/secrets/{secret}/summary").json["lastHeartBeatStatus"] == "Pending"
    path = f"{PATH}/{template['id']}/password-type"
    assert patched(ada, path, heartbeatIntervalMinutes=30, heartbeatIntervalHours=0).status == 200
    assert ada.get(path).json["heartbeatIntervalDisplay"] == "30 minutes"
    for wrong in (
        {"passwordTypeId": 30},
        {"heartbeatIntervalHours": 0, "heartbeatIntervalDays": 0},
    ):
        heartbeats = {**wrong, "heartbeatIntervalMinutes": 14}
        assert patched(ada, path, **heartbeats).status == 400
    taken = patched(ada, f"{PATH}/fields/{ids(template)['host']}", active=False)
    assert taken.status == 400


def test_a_built_in_template_is_changed_like_another(ada: Client) -> None:
    assert (
        patched(ada, "/api/v2/secret-templates/2", expirationDays=30).json["expirationDays"] == 30
    )
    added = ada.post(f"{PATH}/2", {"name": "Owner"}).json
    assert added["secretTemplateFieldId"] == 205
    secret = secret_of(ada, {"id": 2}, password=canary(), owner="me").json
    assert ada.get(f"/api/v1/secrets/{secret['id']}/summary").json["daysUntilExpiration"] == 30
    off = patched(ada, "/api/v2/secret-templates/2", expirationEnabled=False)
    assert off.json["expirationDays"] is None


def test_what_guards_and_is_not_there_yet_is_refused(ada: Client) -> None:
    field = f"{PATH}/fields/203"
    for name in ("exposeForDisplay", "saveAllHistory"):
        assert patched(ada, field, **{name: True}).status == 400
    assert patched(ada, field, dataType="Text").status == 400
    assert patched(ada, field, searchable=True).status == 400
    for name in ("oneTimePasswordEnabled", "saveAllNameHistory"):
        assert patched(ada, "/api/v2/secret-templates/2", **{name: True}).status == 400
    assert patched(ada, field, passwordRequirement=99).status == 400


def test_who_edits_and_sees_a_field_is_the_templates_to_say(
    ada: Client, bob: tuple[Client, int]
) -> None:
    client, bobs = bob
    template = made(ada)
    field, code = ids(template), canary()
    secret = secret_of(ada, template, place="Rome", code=code, shade="red").json["id"]
    share = {"secretId": secret, "userId": bobs, "secretAccessRoleName": "Edit"}
    grant = ada.post("/api/v1/secret-permissions", share).json["id"]
    path = f"{PATH}/fields"
    patched(ada, f"{path}/{field['place']}", editRequiresPermission="Owner")
    patched(ada, f"{path}/{field['shade']}", editRequiresPermission="NotEditable")
    patched(ada, f"{path}/{field['code']}", viewingRequiresEdit=True)
    fields = f"/api/v1/secrets/{secret}/fields"
    assert client.put(f"{fields}/place", {"value": "Bern"}).status == 400
    assert ada.put(f"{fields}/place", {"value": "Bern"}).status == 200
    for one in (client, ada):
        assert "set once" in one.put(f"{fields}/shade", {"value": "blue"}).message
    assert client.get(f"{fields}/code").json == code
    less = {**share, "id": grant, "secretAccessRoleName": "View"}
    assert ada.put(f"/api/v1/secret-permissions/{grant}", less).status == 200
    assert client.get(f"{fields}/code").status == 400
    assert client.get(f"{fields}/code/history").status == 400
    shown = {
        one["slug"]: one["itemValue"]
        for one in client.get(f"/api/v1/secrets/{secret}").json["items"]
    }  # noqa: E501
    assert (shown["place"], shown["code"]) == ("Bern", "")


@pytest.mark.parametrize(("method", "path"), ADMIN_ONLY)
def test_only_who_administers_templates_changes_them(
    bob: tuple[Client, int], method: str, path: str
) -> None:
    answer = bob[0].request(method, path, json={"data": {}, "name": "x"})
    assert answer.json["errorCode"] == "API_AccessDenied"


def test_each_change_is_on_the_trail_by_what_differs(ada: Client) -> None:
    template = made(ada)
    patched(ada, f"/api/v2/secret-templates/{template['id']}", namePattern="a", active=False)
    patched(ada, f"{PATH}/fields/{ids(template)['shade']}", name="Hue", sortOrder=9)
    from chalicelib.core.paging import Paging

    lines = wiring.trail().of("SecretTemplate", template["id"], Paging(take=10)).records
    told = {(one.record.action, one.record.detail) for one in lines}
    assert told == {
        ("CREATE", "Vault door"),
        ("UPDATE", "Active, Name pattern"),
        ("UPDATE", "Field Hue: name order"),
    }


def test_a_warm_read_costs_two_calls_and_one_more_after_a_change(ada: Client) -> None:
    template = made(ada)
    secret = secret_of(ada, template, place="Rome", code=canary()).json["id"]
    path = f"/api/v1/secrets/{secret}"
    ada.get(path)
    for change, calls in (("", 2), ("Red", 3), ("", 2)):
        if change:
            patched(ada, f"/api/v2/secret-templates/{template['id']}", description=change)
            wiring.definition_store()._kept = None  # as another process, that did not change it
        with recording() as seen:
            assert ada.get(path).status == 200
        assert len(seen.seen) == calls, seen.seen


def test_nothing_is_changed_while_older_nodes_are_at_work(ada: Client) -> None:
    """They know neither own templates nor those that they were not built with."""
    template = made(ada)
    with_rows(upgrading=3)
    for answer in (
        ada.post(PATH, {"name": "Other", "fields": []}),
        patched(ada, f"{PATH}/fields/201", name="Thing"),
        secret_of(ada, template, place="Rome"),
        secret_of(ada, {"id": 6001}, domain="d", username="u"),
        patched(ada, "/api/v1/password-requirements/1", name="Thing"),
    ):
        assert (answer.status, "upgrade" in answer.message) == (503, True)
    assert secret_of(ada, {"id": 2}).status == 200


def with_rows(upgrading: int) -> None:
    from chalicelib.cluster.store import GateRow

    gate = GateRow.get("gate", "gate")
    gate.update(actions=[GateRow.upgrading.set(upgrading)])
