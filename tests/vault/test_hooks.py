"""Scripts and hooks through HTTP: who may, what is kept, what is told."""

from __future__ import annotations

from typing import Any

from chalicelib import wiring
from chalicelib.sites.site import Site
from tests.access.conftest import Cluster, trail
from tests.calls import recording
from tests.canary import canary
from tests.client import Answer, Client
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, share, time, value

__all__ = ["ada", "bare", "bob", "cluster", "time"]

SCRIPTS = "/api/v2/userscripts"
CHECK_IN, CHECK_OUT = 10025, 10026
SITE = 2


def made_script(ada: Client, name: str = "Tell", text: str = "exit 0") -> int:
    data = {"name": name, "script": text, "scriptType": "SSH", "scriptCategoryId": 4}
    answer = ada.post(SCRIPTS, {"data": data})
    assert answer.status == 200, answer.message
    return int(answer.json["scriptId"])


def hook(script: int, **more: Any) -> dict[str, Any]:
    facts = {"name": "Tell", "eventActionId": CHECK_OUT, "prePostOption": "PRE"}
    return {"data": facts | {"scriptId": script} | more}


def dirty(**fields: Any) -> dict[str, Any]:
    return {"data": {name: {"dirty": True, "value": value} for name, value in fields.items()}}


def denied(answer: Answer, said: str = "") -> None:
    assert (answer.status, answer.json["errorCode"]) == (400, "API_AccessDenied")
    assert said in answer.message


def test_scripts_are_kept_in_both_forms_and_only_for_a_shell(
    ada: Client, bob: tuple[Client, int]
) -> None:
    id = made_script(ada)
    whole = ada.get(f"{SCRIPTS}/{id}").json
    assert (whole["name"], whole["script"], whole["scriptCategoryId"]) == ("Tell", "exit 0", 4)
    older = {"name": "Old", "script": "true", "scriptType": "SSH", "active": False}
    made = ada.post("/api/v1/userscripts", older).json
    assert ada.get(f"/api/v1/userscripts/{made['scriptId']}").json == made
    v1 = ada.get("/api/v1/userscripts").json["records"]
    assert [(one["name"], one["active"]) for one in v1] == [("Old", False), ("Tell", True)]
    active = ada.get(SCRIPTS, query={"filter.status": "Active", "filter.searchText": "te"}).json
    assert [one["name"] for one in active["records"]] == ["Tell"]
    changed = ada.patch(f"/api/v1/userscripts/{id}", dirty(script="exit 1", isActive=False)).json
    assert (changed["script"], changed["isActive"], changed["concurrencyId"]) == (
        "exit 1",
        False,
        "2",
    )
    for kind in ("PowerShell", "SQL"):
        refused = ada.post("/api/v1/userscripts", older | {"name": "x", "scriptType": kind})
        assert (refused.status, kind in refused.message) == (400, True)
    assert "exists" in ada.post("/api/v1/userscripts", older).message
    for answer in (bob[0].get(SCRIPTS), bob[0].get(f"{SCRIPTS}/{id}")):
        denied(answer)
    told = [detail for action, item, detail in trail() if item == str(id) and action == "UPDATE"]
    assert told[-1] == "Tell: script, inactive"


def test_an_owner_attaches_changes_and_takes_off_and_the_trail_tells(ada: Client) -> None:
    script, secret = made_script(ada), made_secret(ada)
    of = f"/api/v1/secret-detail/{secret['id']}"
    body = hook(script, arguments="-u $USERNAME", port=2222, stopOnFailure=True)
    made = ada.post(f"{of}/hook", body)
    assert made.status == 200, made.message
    id = made.json["secretHookId"]
    assert made.json["port"] == "2222"
    state = ada.get(f"/api/v1/secrets/{secret['id']}/state").json
    assert {"ViewHooks", "EditHooks"} <= set(state["actions"])
    [shown] = ada.get(f"{of}/hooks").json
    assert (shown["scriptName"], shown["eventActionName"]) == ("Tell", "Check Out")
    assert ada.get(f"{of}/hook/get/{id}").json["arguments"]["value"] == "-u $USERNAME"
    assert ada.get(f"{of}/hook/stub/{script}").json["scriptId"]["value"] == script
    same = ada.put(f"{of}/hook/{id}", dirty(name="Tell"))
    assert same.json == made.json
    after = ada.put(f"{of}/hook/{id}", dirty(serverName="db9", status=False, sortOrder=4)).json
    assert (after["serverName"], after["status"], after["sortOrder"]) == ("db9", False, 4)
    for wrong, why in (
        ({"arguments": "$PASSWORD"}, "command line"),
        ({"eventActionId": 1}, "10026"),
        ({"prePostOption": "during"}, "PRE or POST"),
        ({"scriptId": 999}, "no script"),
        ({"sshKeySecretId": 4}, "sshKeySecretId is not available"),
        ({"port": "x"}, "port"),
        ({"serverKeyDigest": "aa:bb"}, "serverKeyDigest"),
    ):
        answer = ada.post(f"{of}/hook", hook(script) | {"data": hook(script)["data"] | wrong})
        assert (answer.status, why in answer.message) == (400, True), (wrong, answer.message)
    later = ada.put(f"{of}/hook/{id}", dirty(sshKeySecretId=4))
    assert (later.status, "sshKeySecretId is not available" in later.message) == (400, True)
    assert ada.put(f"{of}/hook/{id}", dirty(sshKeySecretId=None)).status == 200
    assert ada.request("DELETE", f"{of}/hook/{id}").json is True
    assert ada.get(f"{of}/hooks").json == []
    assert ada.request("DELETE", f"{of}/hook/{id}").status == 404
    lines = [
        (action, detail)
        for action, item, detail in trail()
        if item == str(secret["id"]) and action in ("UPDATE", "REDIRECT")
    ]
    by = f"Tell (hook {id})"
    who = "by the secret's own account"
    assert sorted(lines) == sorted(
        [
            ("UPDATE", f"Hooks: {by} attached"),
            ("REDIRECT", f"{by} runs script {script} at the secret's machine {who}"),
            ("UPDATE", f"Hooks: {by} changed"),
            ("REDIRECT", f"{by} runs script {script} at db9 {who}"),
            ("UPDATE", f"Hooks: {by} taken off"),
        ]
    )


def test_nobody_sends_an_account_where_he_may_not(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    """The secret's account by its viewers alone; another's where its Owner allows it."""
    his, bobs_id = bob
    script, folder = made_script(ada), made_folder(ada)
    secret, helper = made_secret(ada, folder), made_secret(ada, username="helper")
    share(ada, folder, bobs_id, "Edit")
    of = f"/api/v1/secret-detail/{secret['id']}"
    denied(his.post(f"{of}/hook", hook(script)))
    share(ada, folder, bobs_id, "Owner")
    own = his.post(f"{of}/hook", hook(script, arguments="$USERNAME"))
    assert own.status == 200, own.message
    helped = hook(script, privilegedSecretId=helper["id"], arguments="$USERNAME")
    denied(his.post(f"{of}/hook", helped), "may not send the privileged account")
    denied(ada.post(f"{of}/hook", helped), "has not allowed this machine")
    ada.put(f"/api/v1/secrets/{helper['id']}/allowed-machines", {"machines": ["DB1"]})
    assert ada.post(f"{of}/hook", helped).status == 200
    denied(ada.post(f"{of}/hook", hook(script, privilegedSecretId=helper["id"], serverName="db2")))
    steered = his.put(f"/api/v1/secrets/{secret['id']}/fields/username", {"value": "admin"})
    denied(steered, "may not send the privileged account")
    path = f"/api/v1/secrets/{secret['id']}"
    wiring.committer()(wiring.sites().store.put(Site(SITE, "Far")))
    moved = his.put(path, {"name": "db1 root", "siteId": SITE, "items": []})
    denied(moved, "may not send the privileged account")
    assert ada.put(f"{path}/fields/username", {"value": "admin"}).status == 200
    terms = dirty(checkOutEnabled=True)
    assert ada.patch(f"/api/v3/secrets/{secret['id']}/security-checkout", terms).status == 200
    id = own.json["secretHookId"]
    kept = his.put(f"{of}/hook/{id}", dirty(serverName="db2"))
    assert (kept.status, kept.json["errorCode"]) == (400, "API_RequiresCheckout")
    assert his.put(f"{of}/hook/{id}", dirty(status=False, stopOnFailure=False)).status == 200


def test_a_secret_on_no_such_system_needs_another_account(ada: Client) -> None:
    script = made_script(ada)
    body = {
        "name": "card",
        "secretTemplateId": 2,
        "folderId": -1,
        "siteId": 1,
        "items": [{"slug": "password", "itemValue": canary()}],
    }
    secret = ada.post("/api/v1/secrets", body)
    assert secret.status == 200, secret.message
    of = f"/api/v1/secret-detail/{secret.json['id']}"
    for server, why in (("", "names no machine"), ("db1", "privilegedSecretId is needed")):
        answer = ada.post(f"{of}/hook", hook(script, serverName=server))
        assert (answer.status, why in answer.message) == (400, True), answer.message


def test_hooks_stay_with_a_secret_that_is_rewritten_and_do_not_go_with_a_copy(ada: Client) -> None:
    script, secret = made_script(ada), made_secret(ada)
    ada.post(f"/api/v1/secret-detail/{secret['id']}/hook", hook(script, stopOnFailure=True))
    assert ada.put(f"/api/v1/secrets/{secret['id']}/fields/notes", {"value": "x"}).status == 200
    stored = wiring.secret_store().fetch([secret["id"]])[secret["id"]].secret
    [kept] = stored.hooks
    assert (kept.name, kept.script_id, kept.stops) == ("Tell", script, True)
    copy = ada.post(f"/api/v1/secrets/{secret['id']}/copy", {"folderId": -1}).json
    assert ada.get(f"/api/v1/secret-detail/{copy['id']}/hooks").json == []


def test_until_they_have_run_a_client_is_told_to_ask_again_and_sees_no_value(
    cluster: Cluster, ada: Client
) -> None:
    """On loopback, which site Local refuses: the hook fails, and the checkout is refused once."""
    script, secret = made_script(ada), made_secret(ada, machine="127.0.0.1")
    path = f"/api/v1/secrets/{secret['id']}"
    why = hook(script, stopOnFailure=True, failureMessage="Not today.")
    assert ada.post(f"/api/v1/secret-detail/{secret['id']}/hook", why).status == 200
    ada.patch(f"/api/v3/secrets/{secret['id']}/security-checkout", dirty(checkOutEnabled=True))
    with recording() as calls:
        asked = ada.post(f"{path}/check-out")
    session, *after = [one.operation for one in calls.seen]
    assert (session, after) == (
        "BatchGetItem",
        ["TransactWriteItems", "SendMessageBatch", "BatchWriteItem"],
    )
    for answer in (
        asked,
        ada.post(f"{path}/check-out"),
        ada.get(path, query={"autoCheckout": "true"}),
        ada.post(f"{path}/restricted", {}),
        ada.get(f"{path}/fields/password"),
    ):
        code = answer.json["errorCode"]
        assert (answer.status, code) == (400, "API_RequiresCheckoutPendingHooks")
        assert "ask again" in answer.message
        assert value(secret, "password") not in answer.body.decode()
    state = ada.get(f"{path}/state").json
    assert state["secretState"] == "RequiresCheckoutPendingRPC"
    assert (state["isCheckedOut"], "Checkin" in state["actions"]) == (False, True)
    cluster.time.pass_by(seconds=5)
    [stored] = wiring.secret_store().fetch([secret["id"]]).values()
    wiring.local_worker().run(stored.state.hook_item)
    refused = ada.post(f"{path}/check-out")
    assert (refused.json["errorCode"], refused.message) == ("API_CheckoutHookFailed", "Not today.")
    assert ada.get(f"{path}/state").json["actions"].count("Checkout") == 1
