"""Password requirements through the API, and the job that judges passwords by them again."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.cluster.gate import FIRST, Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.errors import AccessDenied, Conflict
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.vault.change import Change, Draft, Item
from chalicelib.vault.character_set import CharacterSet
from chalicelib.vault.compliance import Compliance, compliance
from chalicelib.vault.passwords import faults, generate
from chalicelib.vault.requirement import Requirement
from chalicelib.vault.service import At, RequirementService
from chalicelib.vault.service.converting import Wish
from chalicelib.vault.store import DefinitionStore
from chalicelib.vault.templates import PASSWORD, WEB_PASSWORD
from tests.access.conftest import Meanwhile
from tests.calls import recording
from tests.canary import canary
from tests.client import Client
from tests.conftest import a_cluster
from tests.reaper import Reaper
from tests.vault.api import (
    ada,
    bare,
    bob,
    cluster,
    made_folder,
    made_secret,
    routes,
    share,
    time,
)
from tests.vault.conftest import ADMIN, ANN, Vault, items

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

PATH = "/api/v1/password-requirements"
CONTACT = 6
"""A template without a password."""
RULES = [
    {"passwordRequirementType": "MinimumOf", "characterSetId": 4, "minCharactersRequired": 2},
    {"passwordRequirementType": "StartsWith", "characterSetId": 6, "minCharactersRequired": 1},
]
BODY = {
    "name": "Strict",
    "description": "For hosts.",
    "allowedCharacterSetId": 7,
    "minPasswordLength": 14,
    "maxPasswordLength": 20,
    "preventUsername": True,
    "passwordRequirementRules": RULES,
}


def made(ada: Client, **more: Any) -> dict[str, Any]:
    answer = ada.post(PATH, {"data": {**BODY, **more}})
    assert answer.status == 200, answer.message
    found: dict[str, Any] = answer.json
    return found


def patched(ada: Client, path: str, **values: Any) -> Any:
    data = {name: {"dirty": True, "value": value} for name, value in values.items()}
    return ada.patch(path, {"data": data})


# -- the API


def test_requirements_and_sets_are_listed(ada: Client) -> None:
    listed = ada.get(PATH).json["records"]
    assert [(one["name"], one["isDefault"]) for one in listed] == [
        ("Default", True),
        ("PIN", False),
    ]
    sets = ada.get("/api/v1/character-sets?take=100").json["records"]
    assert {one["name"] for one in sets} >= {"Default", "Digits", "Symbols"}
    assert ada.get("/api/v1/character-sets?filter.status=Inactive").json["total"] == 0
    default = ada.get(f"{PATH}/1").json
    assert default["minPasswordLength"] == len(default["example"]) == 12
    assert "Windows Account" in default["typeUsage"]


def test_an_own_requirement_makes_and_measures_the_passwords_of_a_field(ada: Client) -> None:
    rules = made(ada)
    assert rules["passwordRequirementId"] > 1_000
    assert 14 <= len(rules["example"]) <= 20
    patched(
        ada,
        "/api/v1/secret-templates/fields/203",
        passwordRequirement=rules["passwordRequirementId"],
    )  # noqa: E501
    generated = ada.post("/api/v1/secret-templates/generate-password/203").json
    assert len(generated) == 14
    assert generated[0].isalpha()
    patched(ada, "/api/v2/secret-templates/2", validatePasswordRequirementsOnCreate=True)
    values = {"username": "root", "password": "root12345678ab"}
    body = {"name": "a", "secretTemplateId": 2, "folderId": -1, "siteId": 1}
    body["items"] = [{"slug": slug, "itemValue": value} for slug, value in values.items()]
    refused = ada.post("/api/v1/secrets", body)
    assert "contains the user name" in refused.message
    assert values["password"] not in refused.message


def test_rules_are_changed_and_keep_their_ids(ada: Client) -> None:
    rules = made(ada)
    path = f"{PATH}/{rules['passwordRequirementId']}"
    (first, _) = rules["passwordRequirementRules"]
    kept = {**RULES[0], "passwordRequirementRuleId": first["passwordRequirementRuleId"]}
    more = {"passwordRequirementType": "Repeating", "minCharactersRequired": 3}
    changed = ada.put(f"{path}/rules", {"data": [kept, more]}).json["passwordRequirementRules"]
    assert changed[0]["passwordRequirementRuleId"] == first["passwordRequirementRuleId"]
    assert changed[1]["characterSet"]["characterSetId"] == 0
    assert patched(ada, path, maxPasswordLength=16, preventUsername=False).status == 200
    again = ada.get(path).json
    assert (again["maxPasswordLength"], again["preventUsername"]) == (16, False)


def test_there_is_one_default_and_new_password_fields_get_it(ada: Client) -> None:
    id = made(ada, isDefault=True)["passwordRequirementId"]
    listed = ada.get(PATH).json["records"]
    assert [one["passwordRequirementId"] for one in listed if one["isDefault"]] == [id]
    template = ada.post(
        "/api/v1/secret-templates", {"name": "T", "fields": [{"name": "P", "isPassword": True}]}
    ).json
    assert template["fields"][0]["passwordRequirementId"] == id
    assert "default instead" in patched(ada, f"{PATH}/{id}", isDefault=False).message
    assert patched(ada, f"{PATH}/2", isDefault=True).json["isDefault"] is True
    assert ada.get(f"{PATH}/{id}").json["isDefault"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "default"},
        {"minPasswordLength": 30},
        {"allowedCharacterSetId": 99},
        {"allowedCharacterSetId": 5},
        {"passwordRequirementRules": [{**RULES[0], "passwordRequirementType": "Never"}]},
        {"passwordRequirementRules": [{"passwordRequirementType": "Repeating", "minCharactersRequired": 1}], "allowedCharacterSetId": 4},  # noqa: E501
    ],
)  # fmt: skip
def test_what_cannot_be_met_is_refused(ada: Client, wrong: dict[str, Any]) -> None:
    assert ada.post(PATH, {"data": {**BODY, **wrong}}).status == 400


def test_rights_to_see_and_to_change_are_two(ada: Client, bob: tuple[Client, int]) -> None:
    client, _ = bob
    assert client.get(PATH).status == 200
    for answer in (
        client.post(PATH, {"data": BODY}),
        patched(client, f"{PATH}/1", name="x"),
        client.put(f"{PATH}/1/rules", {"data": []}),
    ):
        assert answer.json["errorCode"] == "API_AccessDenied"


def test_who_may_only_list_does_not_learn_that_a_password_is_weak(
    ada: Client, bob: tuple[Client, int]
) -> None:
    client, id = bob
    secret = made_secret(ada, password="short")["id"]
    share = {"secretId": secret, "userId": id, "secretAccessRoleName": "List"}
    assert ada.post("/api/v1/secret-permissions", share).status == 200
    path = f"/api/v1/secrets/secret-detail/{secret}/general"
    assert ada.get(path).json["passwordCompliance"] == "Fail"
    assert client.get(path).json["passwordCompliance"] == "Pending"


def test_the_requirement_of_one_secret_is_its_owners_to_set(
    ada: Client, bob: tuple[Client, int]
) -> None:
    folder = made_folder(ada)
    share(ada, folder, bob[1], "Edit")
    path = f"/api/v1/secrets/{made_secret(ada, folder)['id']}/security-general"
    strict = made(ada)["passwordRequirementId"]

    def sent(who: Client, name: str = "password", id: int | None = strict) -> Any:
        own = [{"fieldName": name, "passwordRequirementId": id}]
        return patched(who, path.replace("v1", "v2"), passwordRequirements=own)

    assert sent(bob[0]).json["errorCode"] == "API_AccessDenied"
    assert (sent(ada, "username").status, sent(ada, id=999).status) == (400, 404)
    [shown] = sent(ada).json["passwordRequirements"]["requirements"]
    assert shown == {
        "fieldDisplayName": "Password",
        "fieldName": "password",
        "isCustom": True,
        "passwordRequirementId": strict,
        "passwordRequirementName": "Strict",
    }
    [former] = sent(ada, id=None).json["passwordRequirements"]["requirements"]
    assert (former["isCustom"], former["passwordRequirementId"]) == (False, 1)


def test_words_of_the_dictionary_are_refused_where_that_is_asked_for(ada: Client) -> None:
    strict = made(ada, allowedCharacterSetId=10, preventDictionaryWords=True)
    path = f"{PATH}/{strict['passwordRequirementId']}"
    assert [one["passwordDictionaryId"] for one in strict["passwordDictionaries"]] == [1]
    rule = wiring.requirements().rows.fresh().requirement(strict["passwordRequirementId"])
    assert "it contains a word of the dictionary" in faults(Plain("xP@55w0rd-7391kz"), rule)
    assert not faults(generate(rule, Random(1)), rule)  # noqa: S311
    assert patched(ada, path, passwordDictionaries=[2]).status == 400
    assert not patched(ada, path, passwordDictionaries=[]).json["preventDictionaryWords"]


SETS = "/api/v1/character-sets"


def test_passwords_are_made_of_own_character_sets_which_stay_while_they_are_used(
    ada: Client, bob: tuple[Client, int]
) -> None:
    draft = {"name": "Runes", "value": "wxyzzy89", "description": "Of old."}
    runes = ada.post(SETS, {"data": draft}).json
    assert (runes["value"], runes["isStandard"], runes["active"]) == ("wxyz89", False, True)
    path, id = f"{SETS}/{runes['characterSetId']}", runes["characterSetId"]
    assert bob[0].get(path).json == runes
    assert bob[0].post(SETS, {"data": draft}).json["errorCode"] == "API_AccessDenied"
    for wrong in ({"name": "runes"}, {"value": ""}, {"value": "a\nb"}, {"name": " "}):
        assert ada.post(SETS, {"data": {**draft, "name": "Other", **wrong}}).status == 400
    assert patched(ada, f"{SETS}/4", value="01").status == 400

    rule = {
        "passwordRequirementType": "StartsWith",
        "characterSetId": id,
        "minCharactersRequired": 1,
    }
    strict = made(ada, passwordRequirementRules=[rule])
    assert strict["example"][0] in "wxyz89"
    assert "made of this" in patched(ada, path, active=False).message
    assert "Strict" in patched(ada, path, value="+-").message  # none of the allowed ones
    assert patched(ada, path, value="ab").json["abbreviation"] == "ab"
    of = f"{PATH}/{strict['passwordRequirementId']}"
    assert ada.get(of).json["example"][0] in "ab"
    assert ada.put(f"{of}/rules", {"data": []}).status == 200
    assert patched(ada, path, active=False).json["active"] is False
    assert ada.get(SETS, query={"filter.status": "Inactive"}).json["total"] == 1
    assert ada.put(f"{of}/rules", {"data": [rule]}).message.endswith("was not found.")


# -- the job


def secret(vault: Vault, value: str, name: str = "a") -> int:
    draft = Draft(name, PASSWORD, items=items({"password": value}))
    return wiring.vault().create(vault.visit(), draft).secret.id


def known(vault: Vault, id: int) -> Compliance:
    vault.visit()  # hears of the epoch, as each request and each worker does
    one = vault.stored(id)
    return compliance(one.secret, one.state)


def longer(vault: Vault, least: int = 20) -> None:
    """Ask for longer passwords."""

    def change(one: Requirement) -> Requirement:
        return replace(one, least=least)

    wiring.requirements().change(vault.visit(ADMIN), 1, change)


def job(limit: int = 500) -> list[Tally]:
    """Slices of the job until it says that nothing is left."""
    told = [wiring.requirements().judge_what_is_asked(limit)]
    while told[-1].cursor:
        told.append(wiring.requirements().judge_what_is_asked(limit))
    return told


def test_a_password_is_judged_when_it_is_set(vault: Vault) -> None:
    id = secret(vault, "short")
    assert known(vault, id) is Compliance.FAIL
    vault.edit(id, Change(items=(Item(Plain("aB1!" * 4), slug="password"),)))
    assert known(vault, id) is Compliance.PASS
    assert known(vault, secret(vault, "")) is Compliance.PASS


def test_a_changed_requirement_has_what_there_is_judged_again(vault: Vault) -> None:
    good, bad, other = secret(vault, "aB1!" * 5), secret(vault, "aB1!" * 4), vault.unix()
    assert known(vault, bad) is Compliance.PASS
    longer(vault)
    assert [known(vault, id) for id in (good, bad)] == [Compliance.PENDING] * 2
    assert sum(one.done for one in job()) == 3
    assert known(vault, good) is Compliance.PASS
    assert known(vault, bad) is Compliance.FAIL
    assert known(vault, other) is not Compliance.PENDING
    longer(vault, 16)
    job()
    assert known(vault, bad) is Compliance.PASS


def test_a_changed_character_set_has_what_there_is_judged_again(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is changed meanwhile with an eye on the set as it was is not written."""
    sets, requirements, ann = wiring.character_sets(), wiring.requirements(), vault.visit(ADMIN)
    own = sets.create(ann, CharacterSet(0, "Own", "aB1!"))
    strict = another(vault, 8)
    requirements.change(ann, strict, lambda one: replace(one, allowed=own, rules=()))
    id = secret(vault, "aB1!" * 3)
    custom = ANN.permissions | {"Administer Custom Password Requirements"}
    vault.edit(id, Change(requirements={"password": strict}), replace(ANN, permissions=custom))
    job()
    assert known(vault, id) is Compliance.PASS
    sets.change(ann, own.id, lambda one: replace(one, characters="aB1"))
    assert known(vault, id) is Compliance.PENDING
    job()
    assert known(vault, id) is Compliance.FAIL
    seen = requirements.rows.fresh()
    sets.change(ann, own.id, lambda one: replace(one, characters="aB"))
    monkeypatch.setattr(DefinitionStore, "fresh", lambda _: seen)
    late = replace(seen.requirement(strict), id=0, name="Late")
    with pytest.raises(Conflict):
        requirements.create(ann, late)


def test_nothing_is_kept_of_a_value_but_whether_it_meets_its_requirement(vault: Vault) -> None:
    one = vault.stored(secret(vault, "short")).state.judged["password"]
    assert (one.value, one.requirement, one.edition, one.is_met) == (1, 1, 0, False)


def test_nothing_asked_for_costs_one_query_whatever_there_is(vault: Vault) -> None:
    for number in range(3):
        secret(vault, canary(), f"a{number}")
    with recording() as made:
        assert wiring.requirements().judge_what_is_asked() == Tally()
    assert [one.operation for one in made.seen] == ["Query"]


def another(vault: Vault, least: int) -> int:
    """A requirement that no template has."""
    usual = wiring.requirements().current().default
    fresh = replace(usual, name=f"Of {least}", least=least, is_default=False)
    return wiring.requirements().create(vault.visit(ADMIN), fresh).id


def test_only_secrets_with_a_password_are_read(vault: Vault) -> None:
    draft = Draft("a", CONTACT, items=())
    wiring.vault().create(vault.visit(), draft)
    longer(vault)
    with recording() as made:
        job()
    assert made.count("dynamodb", "BatchGetItem") == 0


def test_a_secret_may_have_a_requirement_of_its_own(vault: Vault) -> None:
    """It is judged at once, makes its passwords, and follows what becomes of it."""
    id, other = secret(vault, "aB1!" * 4), secret(vault, "aB1!" * 4, "b")
    strict = another(vault, 30)
    own = Change(requirements={"password": strict})
    with pytest.raises(AccessDenied):
        vault.edit(id, own)
    custom = ANN.permissions | {"Administer Custom Password Requirements"}
    ann = replace(ANN, permissions=custom)
    vault.edit(id, own, ann)
    assert [known(vault, one) for one in (id, other)] == [Compliance.FAIL, Compliance.PASS]
    fresh = wiring.vault_work().fresh_password(vault.stored(id).secret)
    assert len(fresh.reveal()) >= 30
    wiring.requirements().change(vault.visit(ADMIN), strict, lambda one: replace(one, least=16))
    assert known(vault, id) is Compliance.PENDING
    job()
    assert known(vault, id) is Compliance.PASS
    vault.edit(id, Change(name="renamed"))
    assert vault.stored(id).secret.requirements == {"password": strict}
    copy = wiring.copies().copy(vault.visit(), At(id), "copy", None).secret.id
    assert vault.stored(copy).secret.requirements == {"password": strict}
    assert known(vault, copy) is Compliance.PASS
    wish = Wish(WEB_PASSWORD, None, [], {})
    wiring.conversions().convert(vault.visit(), At(copy), wish)
    assert vault.stored(copy).secret.requirements == {"password": strict}
    assert known(vault, copy) is Compliance.PASS
    vault.edit(id, Change(requirements={"password": 0}), ann)
    assert vault.stored(id).secret.requirements == {}
    assert known(vault, id) is Compliance.PASS


def test_a_field_that_gets_another_requirement_has_its_template_judged(vault: Vault) -> None:
    id = secret(vault, "aB1!" * 4)
    field = wiring.templates().current().template(PASSWORD).by_slug("password")
    wiring.templates().change_field(
        vault.visit(ADMIN), field.id, lambda one: replace(one, requirement=2)
    )
    assert known(vault, id) is Compliance.PENDING
    job()
    assert known(vault, id) is Compliance.FAIL


def test_slices_go_on_where_the_last_one_ended(vault: Vault) -> None:
    ids = [secret(vault, "aB1!" * 4, f"a{number}") for number in range(5)]
    longer(vault)
    told = job(limit=1)
    assert max(one.done for one in told) == 1
    assert {known(vault, id) for id in ids} == {Compliance.FAIL}
    assert wiring.definition_store().rechecks() == []


def test_a_requirement_that_changes_meanwhile_begins_anew(vault: Vault) -> None:
    ids = [secret(vault, "aB1!" * 4, f"a{number}") for number in range(3)]
    longer(vault)
    store = Meanwhile(wiring.secret_store(), "fetch", lambda: longer(vault, 14))
    monitor: RequirementService = replace(wiring.requirements(), secrets=store)
    monitor.judge_what_is_asked()
    job()
    assert {known(vault, id) for id in ids} == {Compliance.PASS}


def test_a_state_that_is_written_meanwhile_keeps_no_other_back(vault: Vault) -> None:
    ids = [secret(vault, "aB1!" * 4, f"a{number}") for number in range(3)]
    longer(vault)
    fresh = Change(items=(Item(Plain("aB1!" * 6), slug="password"),))
    store = Meanwhile(wiring.secret_store(), "fetch", lambda: vault.edit(ids[1], fresh))
    monitor: RequirementService = replace(wiring.requirements(), secrets=store)
    while monitor.judge_what_is_asked().cursor:
        pass
    assert [known(vault, id) for id in ids] == [Compliance.FAIL, Compliance.PASS, Compliance.FAIL]


def test_nothing_is_written_in_maintenance_mode(vault: Vault) -> None:
    id = secret(vault, "aB1!" * 4)
    longer(vault)
    gate = Gates().fetch()
    node = wiring.gate().node
    frozen = replace(gate, nodes={node: replace(FIRST, maintenance=True)})
    wiring.committer()([Gates().rewrite(gate, frozen)])
    assert wiring.requirements().judge_what_is_asked() == Tally(1)
    assert known(vault, id) is Compliance.PENDING


def test_killed_at_each_call_it_judges_what_is_left() -> None:
    reaper = Reaper()
    with reaper.copying(), a_cluster():
        keyring.make_if_absent("c" * 32, wiring.clock())
        wiring.committer()([Gates().found(Gate("c" * 32))])
        vault = Vault()
        ids = [secret(vault, "aB1!" * 4, f"a{number}") for number in range(2)]
        longer(vault)
        with reaper.at_work():
            job()
        if reaper.has_killed:
            job()
        assert {known(vault, id) for id in ids} == {Compliance.FAIL}
        assert wiring.definition_store().rechecks() == []
    assert reaper.acts >= 2
