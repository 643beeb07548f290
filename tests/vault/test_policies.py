"""Secret policies through the API, and the job that takes their changes to the secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.bulk import routes as bulk_routes
from chalicelib.core.errors import AccessDenied
from chalicelib.core.tick import Tally
from chalicelib.sites.site import Site
from chalicelib.vault.change import Change
from chalicelib.vault.grants import FolderRole, Role
from chalicelib.vault.policy import Applies, EnforcedByPolicy, Policy, Setting
from chalicelib.vault.secret import Switches
from chalicelib.vault.service import FolderChange
from tests.access.conftest import Time
from tests.calls import recording
from tests.client import Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time
from tests.vault.conftest import ADMIN, ANN, BEN, Vault, granted

__all__ = ["ada", "bare", "bob", "bulk_routes", "cluster", "routes", "time"]

PATH = "/api/v2/secret-policy"


def item(applies: str, value: Any = None) -> dict[str, Any]:
    return {"policyApplyType": applies, "value": value}


def dirty(**values: Any) -> dict[str, Any]:
    return {name: {"dirty": True, "value": value} for name, value in values.items()}


def made(ada: Client, name: str = "Strict", **more: Any) -> dict[str, Any]:
    answer = ada.post(PATH, {"data": {"secretPolicyName": name, "active": True, **more}})
    assert answer.status == 200, answer.message
    found: dict[str, Any] = answer.json
    return found


def job(time: Time) -> Tally:
    """What is asked for, to its end."""
    tally = Tally(cursor="more")
    while tally.cursor:
        tally += wiring.policy_changes().run(time() + timedelta(seconds=50))
    return tally


# -- the API


def test_a_policy_has_secrets_ask_by_a_workflow(ada: Client, bob: tuple[Client, int]) -> None:
    client, bob_id = bob
    group = ada.post("/api/v1/groups", {"name": "Approvers"}).json["id"]
    steps = json.dumps({"steps": [{"name": "One", "approvers": [group]}]})
    path = "/api/v1/workflows/templates"
    flow = ada.post(path, {"name": "Two", "configurationJson": steps}).json["workflowTemplateId"]
    asks = {
        "requireApprovalForAccess": item("Enforced", True),
        "approvalWorkflow": item("Enforced", 999),
    }
    draft = {"secretPolicyName": "Steps", "active": True, "securityItems": asks}
    assert ada.post(PATH, {"data": draft}).status == 404
    asks["approvalWorkflow"] = item("Enforced", flow)
    policy = made(ada, "Steps", securityItems=asks)
    assert policy["securityItems"]["approvalWorkflow"]["value"] == flow
    folder = made_folder(ada)
    share(ada, folder, bob_id, "View", folder_role="Edit")
    given = dirty(enableInheritSecretPolicy=False, secretPolicy=policy["secretPolicyId"])
    told = ada.patch(f"/api/v1/folder/{folder}", {"data": given})
    assert [one["secretPolicyName"] for one in told.json["secretPolicies"]] == ["Steps"]
    inner = made_folder(ada, "Inner", folder)
    renamed = {"data": dirty(folderName="Within")}
    for who, name, many in ((ada, "Steps", 1), (client, "", 0)):  # he may not view policies
        told = who.patch(f"/api/v1/folder/{inner}", renamed)
        assert told.json["parentFolderPolicyName"] == name, told.message
        assert len(told.json["secretPolicies"]) == many
    id = made_secret(ada, folder)["id"]
    assert client.get(f"/api/v1/secrets/{id}").json["errorCode"] == "API_RequiresApproval"
    assert wiring.secret_store().fetch([id])[id].secret.approval.workflow_id == flow


def test_policies_are_made_seen_and_changed_in_both_versions(ada: Client) -> None:
    group = ada.post("/api/v1/groups", {"name": "Approvers"}).json["id"]
    one = made(
        ada,
        securityItems={
            "checkOutEnabled": item("Enforced", True),
            "approvalGroups": item("Default", [{"groupId": group, "userGroupMapType": "Group"}]),
            "hideLauncherPassword": item("NotSet"),
        },
        generalItems={"siteId": item("Default", 1)},
    )
    id = one["secretPolicyId"]
    assert one["securityItems"]["checkOutEnabled"]["value"] is True
    assert one["securityItems"]["approvalGroups"]["value"][0]["groupId"] == group
    old = ada.get(f"/api/v1/secret-policy/{id}").json
    (checkout,) = [x for x in old["secretPolicyItems"] if x["name"] == "CheckOutEnabled"]
    assert (checkout["policyApplyType"], checkout["valueBool"]) == ("Enforced", True)
    sent = {"name": "RequireViewComment", "policyApplyType": "Enforced", "valueBool": True}
    body = {"data": {"secretPolicyDescription": "For hosts", "secretPolicyItems": [sent]}}
    assert ada.patch(f"/api/v1/secret-policy/{id}", body).status == 200
    patch = {"securityItems": dirty(checkOutEnabled=item("NotSet")), **dirty(active=False)}
    patched = ada.patch(f"{PATH}/{id}", {"data": patch}).json
    assert patched["securityItems"]["requireViewComment"]["policyApplyType"] == "Enforced"
    assert patched["securityItems"]["checkOutEnabled"]["value"] is None
    assert ada.get("/api/v1/secret-policy/search").json["total"] == 0
    listed = ada.get("/api/v1/secret-policy/search?filter.includeInactive=true").json["records"]
    assert [x["secretPolicyName"] for x in listed] == ["Strict"]
    assert ada.get(f"{PATH}/stub").json["secretPolicyId"] is None
    assert ada.get("/api/v1/secret-policy/stub").json["secretPolicyItems"]
    whole = {k: old[k] for k in ("secretPolicyItems", "active")} | {"secretPolicyName": "Copy"}
    assert ada.post("/api/v1/secret-policy", {"data": whole}).json["secretPolicyId"] > id


WRONG: list[dict[str, Any]] = [
    {"secretPolicyName": " "},
    {"securityItems": {"isProxyEnabled": item("Enforced", True)}},
    {"securityItems": {"checkOutEnabled": item("Enforced", "yes")}},
    {"securityItems": {"checkOutEnabled": item("Always", True)}},
    {"securityItems": {"requireApprovalForAccess": item("Enforced", True)}},
    {"securityItems": {"approvalGroups": item("Enforced", [{"groupId": "x"}])}},
    {"securityItems": {"approvalGroups": item("Enforced", 7)}},
    {"rpcItems": {"privilegedSecretId": item("Enforced", 123456)}},
    {"secretPolicyName": "strict"},
]


def test_what_no_secret_could_keep_is_refused(ada: Client) -> None:
    made(ada)
    for wrong in WRONG:
        answer = ada.post(PATH, {"data": {"secretPolicyName": "Other", **wrong}})
        assert (answer.status in (400, 404), bool(answer.message)) == (True, True), wrong


def test_a_policy_of_a_folder_reaches_what_is_in_it_and_below(
    ada: Client, bob: tuple[Client, int], time: Time
) -> None:
    """From the folder to old secrets and new ones, past who may only edit, and away again."""
    client, bobs = bob
    top = made_folder(ada)
    low = made_folder(ada, "Linux", top)
    share(ada, top, bobs, "Edit", "Add Secret")
    old = made_secret(ada, low)["id"]
    policy = made(
        ada,
        securityItems={
            "requireViewComment": item("Enforced", True),
            "checkOutIntervalMinutes": item("Default", 15),
        },
    )["secretPolicyId"]
    refused = client.put(
        f"/api/v1/folders/{top}", {"id": top, "folderName": "Servers", "secretPolicyId": policy}
    )
    assert refused.json["errorCode"] == "API_AccessDenied"
    folder = ada.put(
        f"/api/v1/folders/{top}", {"id": top, "folderName": "Servers", "secretPolicyId": policy}
    ).json
    assert (folder["secretPolicyId"], folder["inheritSecretPolicy"]) == (policy, False)
    assert ada.get(f"/api/v1/folders/{low}").json["secretPolicyId"] == policy
    body = {"name": "new", "secretTemplateId": 6007, "folderId": low, "siteId": 1, "items": []}
    values = {"machine": "m", "username": "u", "password": "p"}
    body["items"] = [{"slug": slug, "itemValue": value} for slug, value in values.items()]
    new = client.post("/api/v1/secrets", {**body, "enableInheritSecretPolicy": False}).json
    assert (new["requiresComment"], new["checkOutIntervalMinutes"]) == (True, 15)
    assert (new["secretPolicyId"], new["enableInheritSecretPolicy"]) == (policy, True)
    assert ada.get(f"/api/v1/secrets/{old}/summary").json["requiresComment"] is False
    assert job(time).done == 1
    assert ada.get(f"/api/v1/secrets/{old}/summary").json["requiresComment"] is True
    lines = ada.get(f"/api/v1/secrets/{old}/audits").json["records"]
    (line,) = [one for one in lines if one["action"] == "SECRET POLICY APPLIED"]
    assert "Strict: Checkout, Require comment" in line["notes"]
    general = f"/api/v2/secrets/{old}/security-general"
    answer = ada.patch(general, {"data": dirty(requiresComment=False)})
    assert answer.json["errorCode"] == "API_EnforcedBySecretPolicy"
    assert "Require comment is enforced by the secret policy Strict" in answer.message
    checkout = f"/api/v1/secrets/{old}/security-checkout"
    assert ada.patch(checkout, {"data": dirty(checkOutIntervalMinutes=30)}).status == 200
    time.pass_by(minutes=2)
    assert job(time).done == 0  # the second pass leaves his own interval alone
    found = ada.get(f"{PATH}/{policy}").json
    counts = [found[f"affected{x}"] for x in ("FolderCount", "InheritingFoldersCount")]
    assert (counts, found["affectedInheritingSecretsCount"]) == ([1, 1], 2)
    assert ada.patch(f"/api/v1/folder/{top}", {"data": dirty(secretPolicy=None)}).status == 200
    job(time)
    assert ada.patch(general, {"data": dirty(requiresComment=False)}).status == 200


def test_a_policy_is_assigned_to_secrets_one_by_one_and_in_bulk(
    ada: Client, bob: tuple[Client, int], time: Time
) -> None:
    client, bobs = bob
    policy = made(ada, rpcItems={"heartBeatEnabled": item("Enforced", False)})["secretPolicyId"]
    folder = made_folder(ada)
    share(ada, folder, bobs, "Owner")
    ids = [made_secret(ada, folder)["id"] for _ in range(2)]
    general = f"/api/v2/secrets/{ids[0]}/general"
    denied = client.patch(general, {"data": dirty(secretPolicy=policy)})
    assert denied.json["errorCode"] == "API_AccessDenied"
    assert ada.patch(general, {"data": dirty(secretPolicy=99)}).status == 400
    found = ada.patch(general, {"data": dirty(secretPolicy=policy)}).json
    assert (found["secretPolicy"], found["heartbeatEnabled"]) == (policy, False)
    body = {"data": {"secretIds": ids[1:], "secretPolicyId": policy}}
    path = "/api/v1/bulk-secret-operations/assign-secret-policy"
    assert client.post(path, body).json["errorCode"] == "API_AccessDenied"
    operation = ada.post(path, body).json["bulkOperationId"]
    wiring.bulk_worker().run(operation, wiring.clock()() + timedelta(seconds=50))
    assert ada.get(f"/api/v1/bulk-operations/{operation}/progress").json["errors"] == []
    assert ada.get(f"{PATH}/{policy}").json["affectedSecretCount"] == 2
    items = dirty(heartBeatEnabled=item("Enforced", True))
    assert ada.patch(f"{PATH}/{policy}", {"data": {"rpcItems": items}}).status == 200
    assert job(time).done == 2
    seen = [ada.get(f"/api/v1/secrets/secret-detail/{id}/general").json for id in ids]
    assert [one["heartbeatEnabled"] for one in seen] == [True, True]
    off = {"name": "db1 root", "items": [], "secretPolicyId": -1}
    whole = ada.put(f"/api/v1/secrets/{ids[0]}", {**off, "enableInheritSecretPolicy": False}).json
    assert (whole["secretPolicyId"], whole["enableInheritSecretPolicy"]) == (-1, False)
    assert ada.get(f"{PATH}/{policy}").json["affectedSecretCount"] == 1


def test_a_site_is_enforced_only_where_its_asker_might_send_the_values_himself(
    ada: Client, bob: tuple[Client, int], time: Time
) -> None:
    """Secrets in a folder that Ada owns: one shows her no value, one's privileged account none."""
    client, bobs = bob
    folder = made_folder(ada)
    share(ada, folder, bobs, "Owner", "Add Secret")
    mine, his = made_secret(ada, folder)["id"], made_secret(client, folder)["id"]
    root, helped = made_secret(client)["id"], made_secret(client, folder)["id"]
    known = wiring.secret_store().fetch([helped])[helped].secret
    wiring.committer()([wiring.secret_store().put(replace(known, privileged_id=root))])
    assert (
        client.patch(
            f"/api/v1/secrets/{his}/share", {"data": dirty(inheritPermissions=False)}
        ).json["inheritPermissions"]
        is False
    )
    grants = client.get(f"/api/v1/secret-permissions?filter.secretId={his}").json["records"]
    (adas,) = [one for one in grants if one["userId"] != bobs]
    assert client.delete(f"/api/v1/secret-permissions/{adas['id']}").status == 200
    nowhere = {"generalItems": {"siteId": item("Enforced", 999)}}
    refused = ada.post(PATH, {"data": {"secretPolicyName": "No", **nowhere}})
    assert refused.message == "The site 999 was not found."
    number = 9
    wiring.committer()(wiring.sites().store.put(Site(number, "Nine")))
    policy = made(ada, generalItems={"siteId": item("Enforced", number)})["secretPolicyId"]
    body = {"id": folder, "folderName": "Servers", "secretPolicyId": policy}
    assert ada.put(f"/api/v1/folders/{folder}", body).status == 200
    tally = job(time)
    assert (tally.done, tally.failed) == (1, 2)
    assert ada.get(f"/api/v1/secrets/{mine}").json["siteId"] == number
    assert [client.get(f"/api/v1/secrets/{one}").json["siteId"] for one in (his, helped)] == [1, 1]
    lines = ada.get(f"/api/v1/secrets/{mine}/audits").json["records"]
    assert "REDIRECT" in {one["action"] for one in lines}


# -- the services


def strict(vault: Vault, **said: tuple[Applies, Any]) -> Policy:
    said = said or {"requireViewComment": (Applies.ENFORCED, True)}
    settings = {name: Setting(*one) for name, one in said.items()}
    made = wiring.policies().create(vault.visit(ADMIN), Policy(0, "Strict", settings=settings))
    vault.visit()  # hears of the epoch
    return made


def assign(vault: Vault, folder: int, policy: Policy) -> None:
    change = FolderChange(inherits_policy=False, policy_id=policy.id)
    asker = replace(ANN, permissions=ADMIN.permissions)
    wiring.folders().change(vault.visit(asker), folder, change)


def run() -> Tally:
    return wiring.policy_changes().run(wiring.clock()() + timedelta(seconds=50))


def test_an_editor_loosens_nothing_by_moving_a_secret_to_where_another_policy_counts(
    vault: Vault,
) -> None:
    loose = strict(vault, requireViewComment=(Applies.ENFORCED, False))
    source, target = (
        vault.folder(granted(BEN, Role.EDIT, FolderRole.ADD_SECRET)) for _ in range(2)
    )
    assign(vault, target, loose)
    id = vault.unix(folder=source, requires_comment=True)
    with pytest.raises(AccessDenied):
        vault.edit(id, Change(folder_id=target), BEN)
    vault.edit(id, Change(folder_id=target))
    assert vault.stored(id).secret.requires_comment is False
    with pytest.raises(EnforcedByPolicy):
        vault.edit(id, Change(requires_comment=True))
    with pytest.raises(AccessDenied, match="Assign Secret Policy"):
        vault.edit(id, Change(switches=Switches(inherits_policy=False)))


def test_a_change_reaches_every_secret_once_whenever_its_worker_dies(vault: Vault) -> None:
    folder = vault.folder()
    ids = [vault.unix(folder=folder, name=f"s{number}") for number in range(4)]
    assign(vault, folder, strict(vault))
    reaper = Reaper(stride=4)
    with reaper.copying():
        with reaper.at_work():
            run()
        if reaper.has_killed:
            run()
        assert all(vault.stored(id).secret.requires_comment for id in ids)
        trails = [vault.trail(id) for id in ids]
        assert [one.count("SECRET POLICY APPLIED") for one in trails] == [1] * 4
        assert wiring.policy_store().runs() == []
    assert reaper.acts >= 5


def test_work_grows_with_the_secrets_under_a_policy_and_with_nothing_else(vault: Vault) -> None:
    elsewhere, here = vault.folder(), vault.folder()
    for number in range(3):
        vault.unix(folder=elsewhere, name=f"e{number}")
    vault.unix(folder=here)
    with recording() as made:
        assert run() == Tally()
    assert [one.operation for one in made.seen] == ["Query"]
    assign(vault, here, strict(vault))
    vault.visit()
    with recording() as made:
        assert run().done == 1
    assert made.count("dynamodb", "BatchGetItem") <= 3
    assert made.count("dynamodb", "TransactWriteItems") == 2  # the secret, and that it is over
