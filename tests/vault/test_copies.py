"""Copies of a secret, and another template for it: what goes along, and who is let."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.rotation import routes as rotation_routes
from chalicelib.vault import conversion
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.homes import Homes
from chalicelib.vault.secret import FieldValue, Secret
from chalicelib.vault.templates import Template, TemplateField
from tests.access.conftest import trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Client
from tests.reaper import Reaper
from tests.vault.api import (
    UNIX,
    ada,
    bare,
    bob,
    cluster,
    made_folder,
    made_secret,
    routes,
    share,
    time,
    value,
)
from tests.vault.conftest import NOON
from tests.vault.test_own_templates import ids, made, secret_of, values
from tests.vault.test_requirements import made as strict

__all__ = ["ada", "bare", "bob", "cluster", "rotation_routes", "routes", "time"]

API = "/api/v1/secrets"
PASSWORD, SSH_KEY = 2, 6026


def copy_of(client: Client, id: int, **body: Any) -> Any:
    return client.post(f"{API}/{id}/copy", body)


def convert(client: Client, id: int, template: int, *pairs: tuple[int, int], **more: Any) -> Any:
    mapping: list[dict[str, Any]] = [
        {"sourceFieldId": source, "destinationFieldId": target, "sourceFieldValue": "ignored"}
        for source, target in pairs
    ]
    mapping += more.pop("given", [])
    data = {"secretIds": [id], "secretTemplateId": template, "fieldMapping": mapping, **more}
    return client.post(f"{API}/convert-template", {"data": data})


def actions(client: Client, id: int) -> set[str]:
    return set(client.get(f"{API}/{id}/state").json["actions"]) & {"Copy", "ConvertTemplate"}


def lines(id: int) -> list[tuple[str, str]]:
    return [(action, detail) for action, item, detail in trail() if item == str(id)]


def patched(client: Client, path: str, **fields: Any) -> None:
    data = {name: {"dirty": True, "value": given} for name, given in fields.items()}
    answer = client.patch(path, {"data": data})
    assert answer.status == 200, answer.message


def test_a_copy_has_the_values_and_the_terms_and_is_its_makers(
    ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    client, bob_id = bob
    folder, password = made_folder(ada), canary()
    share(ada, folder, bob_id, "Edit", "Add Secret")
    secret = made_secret(ada, folder, password=password)
    id = secret["id"]
    ada.put(f"{API}/{id}", {"autoChangeEnabled": True, "items": []})
    assert client.get(f"{API}/{id}/summary").status == 200  # it knows the folders from here on
    calls.clear()
    copy = copy_of(client, id, name="db1 again")
    assert copy.status == 200, copy.message
    assert [one.operation for one in calls.seen] == ["BatchGetItem", "TransactWriteItems"]
    made = copy.json
    assert (value(made, "password"), made["name"]) == (password, "db1 again")
    assert (made["folderId"], made["autoChangeEnabled"]) == (folder, False)
    stored = wiring.secret_store().fetch([id, made["id"]])
    sealed = [stored[one].secret.values["password"] for one in (id, made["id"])]
    assert sealed[0].sealed != sealed[1].sealed and sealed[0].at == sealed[1].at
    assert ("COPY", f"to secret {made['id']}") in lines(id)
    assert [action for action, _ in lines(made["id"])] == ["CREATE", "VIEW"]
    assert actions(client, id) == {"Copy"}
    # out of the folder it is his alone, and he may do with it what he may not with the source
    own = copy_of(client, id, folderId=-1).json
    assert own["name"] == "db1 root - Copy"
    assert actions(client, own["id"]) == {"Copy", "ConvertTemplate"}
    assert ada.get(f"{API}/{own['id']}").status == 404
    share(ada, folder, bob_id, "View")
    assert copy_of(client, id).json["errorCode"] == "API_AccessDenied"


def test_what_a_secret_asks_for_is_asked_for_a_copy_and_only_its_owner_makes_one(
    ada: Client, bob: tuple[Client, int]
) -> None:
    client, bob_id = bob
    folder = made_folder(ada)
    share(ada, folder, bob_id, "Edit", "Add Secret")
    id = made_secret(ada, folder)["id"]
    patched(ada, f"{API}/{id}/security-checkout", checkOutEnabled=True)
    patched(ada, f"{API}/{id}/security-general", requiresComment=True)
    assert client.post(f"{API}/{id}/check-out?autoComment=why").status == 200
    assert copy_of(client, id, comment="why").json["errorCode"] == "API_AccessDenied"
    assert copy_of(ada, id).json["errorCode"] == "API_RequiresComment"
    assert copy_of(ada, id, comment="why").json["errorCode"] == "API_CheckedOut"
    client.post(f"{API}/{id}/check-in", {})
    assert convert(ada, id, PASSWORD).json["errorCode"] == "API_RequiresComment"
    assert ada.post(f"{API}/{id}/check-out?autoComment=why").status == 200
    copy = copy_of(ada, id, comment="why").json
    security = wiring.secret_store().fetch([copy["id"]])[copy["id"]].secret
    assert security.requires_comment and security.checkout.required
    assert any("why" in detail for action, detail in lines(id) if action == "COPY")


def test_files_go_along_and_a_death_between_leaves_no_half_copy(ada: Client) -> None:
    body = {"name": "key", "secretTemplateId": SSH_KEY, "folderId": -1, "siteId": 1, "items": []}
    id = ada.post(API, body).json["id"]
    small, large = canary().encode(), canary().encode() * 2_000
    for slug, content in (("public-key", small), ("private-key", large)):
        given = {"fileName": slug, "fileAttachment": list(content)}
        assert ada.put(f"{API}/{id}/fields/{slug}", given).status == 200
    reaper, made = Reaper(), {}
    with reaper.copying():
        with reaper.at_work():
            made = copy_of(ada, id).json
        if reaper.has_killed:
            made = copy_of(ada, id).json
        path = f"{API}/{made['id']}/fields"
        assert ada.get(f"{path}/public-key").body == small
        assert ada.get(f"{path}/private-key").body == large
    assert reaper.acts >= 3
    stored = wiring.secret_store().fetch([id, made["id"]])
    objects = {one.secret.values["private-key"].file for one in stored.values()}
    assert len(objects) == 2


def test_another_template_keeps_values_history_and_what_it_has_no_field_for(
    ada: Client, calls: Calls
) -> None:
    door = made(ada)
    fields = ids(door)
    first, second = canary(), canary()
    id = secret_of(ada, door, place="Rome", code=first, shade="red").json["id"]
    ada.put(f"{API}/{id}/fields/code", {"value": second})
    place = ada.get("/api/v2/secrets?filter.searchText=rome&filter.searchField=place").json
    assert [one["id"] for one in place["records"]] == [id]
    info = ada.post(
        f"{API}/get-convert-info",
        {"data": {"secretIds": [id], "destinationTemplateId": UNIX}},
    ).json
    assert info["source"]["templateName"] == "Vault door" and info["fieldMapping"] == []
    target = {one["fieldSlugName"]: one["id"] for one in info["destination"]["fields"]}
    pairs = [(fields["code"], target["password"]), (fields["place"], target["machine"])]
    user = [{"destinationFieldId": target["username"], "sourceFieldValue": "root"}]
    # a required field is missing; a password does not become a text
    assert "required" in convert(ada, id, UNIX, *pairs).message
    wrong = (fields["code"], target["machine"])
    assert "passwords" in convert(ada, id, UNIX, wrong).message
    calls.clear()
    done = convert(ada, id, UNIX, *pairs, given=user, newSecretName="gate")
    assert done.json == {"secretId": id, "secretTemplateId": UNIX}, done.message
    assert calls.count("dynamodb", "TransactWriteItems") == 1
    seen = values(ada, id)
    assert [seen[one] for one in ("machine", "username", "password")] == ["Rome", "root", second]
    history = ada.get(f"{API}/{id}/fields/password/history").json
    assert [one["value"] for one in history] == [first]
    told = dict(lines(id))
    assert told["CONVERT"] == (
        "Vault door to Unix Account (SSH); Code to Password, Place to Machine; kept unseen: Shade"
    )
    assert "REDIRECT" in told and second not in str(lines(id))
    found = ada.get("/api/v2/secrets?filter.searchText=rome&filter.searchField=machine").json
    assert [one["id"] for one in found["records"]] == [id]
    state = ada.get(f"{API}/{id}/state").json
    assert "Heartbeat" in state["actions"]
    # and back: what had no field is there again
    ada.put(f"{API}/{id}/fields/password", {"value": first})
    back = [(target["password"], fields["code"]), (target["machine"], fields["place"])]
    assert convert(ada, id, door["id"], *back).status == 200
    assert values(ada, id) == {"place": "Rome", "code": first, "shade": "red", "ways": ""}
    history = ada.get(f"{API}/{id}/fields/code/history").json
    assert [one["value"] for one in history] == [second, first]


def test_its_own_requirement_goes_along_and_can_be_set_anew(ada: Client) -> None:
    password = canary()
    id, asked = made_secret(ada, password=password)["id"], strict(ada)["passwordRequirementId"]
    terms = f"/api/v2/secrets/{id}/security-general"

    def sent(requirement: int | None) -> list[Any]:
        own = [{"fieldName": "password", "passwordRequirementId": requirement}]
        data = {"passwordRequirements": {"dirty": True, "value": own}}
        shown = ada.patch(terms, {"data": data}).json["passwordRequirements"]["requirements"]
        return [one["isCustom"] for one in shown]

    assert sent(asked) == [True]
    assert convert(ada, id, PASSWORD).status == 200
    stored = wiring.secret_store().fetch([id])[id].secret
    assert list(stored.requirements.values()) == [asked]
    assert (sent(None), sent(asked)) == ([False], [True])
    assert values(ada, id)["password"] == password


def test_while_work_is_under_way_it_keeps_its_template(ada: Client) -> None:
    id = made_secret(ada)["id"]
    assert ada.post(f"{API}/{id}/change-password", {}).status == 200
    assert "under way" in convert(ada, id, PASSWORD).message
    assert ada.get(f"{API}/{id}/summary").json["secretTemplateId"] == UNIX


def kind(id: int, *names: str) -> Template:
    fields = [
        TemplateField(id * 100 + n, n, name, name.lower(), key=f"field-{n}")
        for n, name in enumerate(names, 1)
    ]
    return Template(id, f"kind {id}", tuple(fields))


def of(template: Template, *fields: str) -> Secret:
    shaped = {one.slug: one.stored_as for one in template.fields}
    values = {slug: FieldValue(shaped[slug], 1, NOON, slug.encode()) for slug in fields}
    return Secret(7, "s", template, NOON, values=values)


def held(secret: Secret) -> dict[str, bytes]:
    return {slug: one.sealed for slug, one in secret.values.items()}


def test_fields_of_other_templates_never_share_a_value() -> None:
    one, two = kind(10_001, "A", "B"), kind(10_002, "X", "Y")
    secret = of(one, "a", "b")
    move = conversion.Move(one.fields[0], two.fields[1])
    there = conversion.converted(secret, two, [move])
    assert held(there) == {"y": b"a"} and [value.sealed for value in there.former] == [b"b"]
    # crosswise back: b is overwritten by what was a, and a by nothing
    back = conversion.converted(
        there, one, [conversion.Move(there.template.fields[1], one.fields[1])]
    )
    assert held(back) == {"b": b"a"} and [value.sealed for value in back.former] == [b"b"]
    again = conversion.converted(there, one, [])
    assert held(again) == {"a": b"a", "b": b"b"}
    third = conversion.converted(back, kind(10_003, "P", "Q"), [])
    assert held(third) == {} and len(third.former) == 2
    assert Homes().of(one) is one


def test_what_goes_where_by_itself_is_what_is_alike_and_lays_nothing_bare() -> None:
    web, unix = BUILT_IN[9], BUILT_IN[UNIX]
    usual = {one.source.slug: one.target.slug for one in conversion.usual(web, unix)}
    assert usual["password"] == "password" and usual["username"] == "username"
    hidden = conversion.Move(TemplateField(1, 1, "A", "a", needs_edit=True), web.fields[0])
    assert not hidden.fits
    with pytest.raises(Invalid, match="not on"):
        conversion.chosen(web, unix, [(1, 2)])
    twice = [(web.fields[0].id, unix.fields[0].id)] * 2
    with pytest.raises(Invalid, match="twice"):
        conversion.chosen(web, unix, twice)
