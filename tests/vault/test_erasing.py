"""Secrets erased for good: asked for, approved by another, nothing of them left anywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import BY_NAME
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.core.clock import utc_now
from chalicelib.core.errors import AccessDenied, Invalid
from chalicelib.inbox import routes as inbox_routes
from chalicelib.mail.store import MailRow
from chalicelib.rotation import routes as rotation_routes
from chalicelib.settings import routes as settings_routes
from chalicelib.vault.access_request import Event
from chalicelib.vault.erasure import APPROVE, EraseRequest, EraseStatus, chosen, demand_may
from chalicelib.vault.store import FavouriteStore
from tests.access.conftest import Cluster, trail
from tests.canary import canary
from tests.client import Answer, Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time
from tests.vault.conftest import NOON
from tests.vault.test_attachments import a_large_canary, key_secret, multipart, objects
from tests.vault.test_watching import mails_on

__all__ = [
    "ada",
    "bare",
    "bob",
    "cluster",
    "inbox_routes",
    "rotation_routes",
    "routes",
    "settings_routes",
    "time",
]

BASE = "/api/v1/secret-erase-requests"


def asked(who: Client, *ids: int, **more: Any) -> Answer:
    body = {"secretIds": ids, "requestComment": "the contract has ended"}
    return who.post(BASE, body | more)


def answered(who: Client, id: int, status: str = "Approved") -> Answer:
    return who.put(BASE, {"secretEraseRequestId": id, "status": status, "responseComment": "ok"})


def rows_of(id: int) -> list[str]:
    """Keys of all rows that are a secret's, or found by way of it."""
    items = client("dynamodb").scan(TableName=connection().data_table)["Items"]
    mine = (f"secret#{id}", f"change#{id}")
    return [
        f"{one['pk']['S']}/{one['sk']['S']}"
        for one in items
        if one["pk"]["S"] in mine
        or one.get("secret_id", {}).get("N") == str(id)
        or f"access-requests#of#{id}" == one.get("i3pk", {}).get("S")
    ]


def favourites(user: int) -> frozenset[int] | None:
    return FavouriteStore().fetch(user)


def with_a_file(ada: Client, folder: int = -1) -> int:
    """A secret with a file in the bucket."""
    id = key_secret(ada, folder)
    body, headers = multipart("key", a_large_canary())
    answer = ada.request(
        "PUT", f"/api/v1/secrets/{id}/fields/private-key", content=body, headers=headers
    )
    assert answer.status == 200, answer.message
    return id


def lived_in(ada: Client, folder: int = -1) -> int:
    """A secret with former values and a grant of its own."""
    id = int(made_secret(ada, folder)["id"])
    for _ in range(2):
        ada.put(f"/api/v1/secrets/{id}/fields/password", {"value": canary()})
    return id


def test_what_is_approved_is_gone_and_the_trail_keeps_ids(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    ben, bens_id = bob
    folder = made_folder(ada)
    share(ada, folder, bens_id, "Owner")
    id, other = with_a_file(ada, folder), lived_in(ada, folder)
    path = f"/api/v1/secrets/{id}"
    assert "Erase" in ben.get(f"{path}/state").json["actions"]
    for who, one in ((ada, id), (ada, other), (ben, id)):
        assert who.post(f"/api/v1/secrets/{one}/favorite", {}).json is True
    ada.request("DELETE", path)
    assert ada.get(f"{path}/state?includeInactive=true").json["actions"] == ["Undelete", "Erase"]

    wrongs: list[dict[str, Any]] = [
        {"requestComment": " "},
        {"secretIds": []},
        {"secretIds": [id, -1]},
    ]
    for wrong in wrongs:
        assert asked(ada, id, **wrong).status == 400
    assert asked(ben, id).status == 404  # deleted: he may not even see it
    assert asked(ada, 9_999).status == 404
    request = asked(ada, id).json
    assert (request["status"], request["backupsHoldItUntil"]) == ("Pending", None)
    number = request["secretEraseRequestId"]
    assert ben.get(f"{BASE}/{number}").status == 404
    assert answered(ben, number).status == 404
    assert ada.get(f"{BASE}/inbox").json["total"] == 1
    assert len(rows_of(id)) > 3
    assert len(objects()) == 1

    erased = answered(ada, number).json
    assert (erased["status"], erased["erasedSecretIds"]) == ("Erased", [id])
    until = cluster.time() + timedelta(days=8 + 30)
    assert erased["backupsHoldItUntil"].startswith(f"{until:%Y-%m-%dT%H:%M}")
    assert [one.partition("#")[0] for one in rows_of(id)] == ["file"]  # is to be removed
    kept = [favourites(who) for who in (wiring.users().named([1]).popitem()[0], bens_id)]
    assert kept == [{other}, frozenset()]
    assert ada.get(f"{path}?includeInactive=true").status == 404
    assert ada.get(f"/api/v1/secrets/{other}").status == 200
    now = utc_now() + timedelta(days=1)
    wiring.attachments().remove_unused(now, now.replace(year=2100))
    assert (objects(), rows_of(id)) == ([], [])
    again = answered(ada, number)
    assert (again.status, "erased already" in again.message) == (400, True)
    assert ada.get(f"{BASE}/search?filter.status=erased").json["total"] == 1
    events = ada.get(f"{BASE}/{number}/history").json["records"]
    assert [one["action"] for one in events] == ["Requested", "Approved", "Erased"]
    told = [(what, detail) for what, item, detail in trail() if item == str(id) and "ERASE" in what]
    assert sorted(told) == [
        ("ERASE", f"by erase request {number}"),
        ("ERASE APPROVED", f"erase request {number}; ok"),
        ("ERASE REQUESTED", f"erase request {number}; the contract has ended"),
    ]


def test_who_may_approve_finds_it_in_his_inbox_and_who_asked_the_answer(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    ben, bens_id = bob
    folder = made_folder(ada)
    share(ada, folder, bens_id, "Owner")
    mails_on(ada)
    carol, password = cluster.make_user("carol")  # she may by a role of a group of hers
    role = ada.post("/api/v1/roles", {"name": "Erasing"}).json["id"]
    may = {"rolePermissionIds": [BY_NAME[APPROVE].id]}
    assert ada.put(f"/api/v1/roles/{role}/permissions", may).status == 200
    group = ada.post("/api/v1/groups", {"name": "Erasers"}).json["id"]
    assert ada.post(f"/api/v1/groups/{group}/roles", {"roleIds": [role]}).status == 200
    assert ada.post(f"/api/v1/groups/{group}/users", {"userId": carol}).status == 200
    id = int(made_secret(ada, folder)["id"])
    number = asked(ben, id).json["secretEraseRequestId"]
    eve = cluster.client.login("carol", password)
    (hers,) = eve.get("/api/v1/inbox/messages").json["records"]
    assert hers["details"] == "Bob asks for the erasing of 1 secret."
    listed = f"{BASE}/secrets?filter.secretEraseRequestId={number}"
    shown = {"secretId": id, "status": "Pending", "errorMessage": None}
    for who, name in ((eve, None), (ben, "db1 root")):
        assert who.get(listed).json["records"] == [shown | {"secretName": name}]
    assert ada.get(f"{BASE}/secrets?secretEraseRequestId=999").status == 404
    (waits,) = ada.get("/api/v1/inbox/messages").json["records"]
    assert waits["details"] == "Bob asks for the erasing of 1 secret."
    assert [one["valueInt"] for one in waits["data"]] == [number]
    answered(ada, number, "Denied")
    (denied,) = ben.get("/api/v1/inbox/messages").json["records"]
    assert (denied["inboxMessageTypeName"], denied["isRead"]) == ("Erase denied", False)
    assert {row.mail_kind for row in MailRow.scan()} == {"erase-requested", "erase-denied"}


def test_a_workflow_decides_step_by_step_and_nobody_else(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    ben, bens_id = bob
    carol, password = cluster.make_user("carol")
    eve = cluster.client.login("carol", password)
    groups = [ada.get(f"/api/v1/users/{one}").json["personalGroupId"] for one in (bens_id, carol)]
    steps = {"steps": [{"name": "A step", "approvers": [one], "needed": 1} for one in groups]}
    flow = {"name": "Erasing", "configurationJson": json.dumps(steps)}
    made = ada.post("/api/v1/workflows/templates", flow).json["workflowTemplateId"]
    wiring.settings().change(1, {"erase_workflow": made})
    id = int(made_secret(ada)["id"])
    number = asked(ada, id).json["secretEraseRequestId"]
    for who in (ada, eve):  # the role permission counts no more; it is not her turn
        assert answered(who, number).status == 400
        assert who.get(f"{BASE}/inbox").json["total"] == 0
    assert len(ben.get("/api/v1/inbox/messages").json["records"]) == 1
    assert len(eve.get("/api/v1/inbox/messages").json["records"]) == 0
    for _ in range(2):
        assert answered(ben, number).json["status"] == "Pending"
    assert eve.get(f"{BASE}/inbox").json["total"] == 1
    assert len(eve.get("/api/v1/inbox/messages").json["records"]) == 1
    assert answered(eve, number).json["status"] == "Erased"
    told = [what for what, item, _ in trail() if item == str(id) and "ERASE" in what]
    assert sorted(told) == ["ERASE", "ERASE APPROVED", "ERASE REQUESTED", "ERASE STEP APPROVED"]
    wiring.settings().change(1, {"erase_workflow": 999})  # there is none such: nobody may
    other = asked(ada, int(made_secret(ada)["id"])).json["secretEraseRequestId"]
    assert answered(ada, other).status == 400
    assert answered(ada, other, "Canceled").json["status"] == "Canceled"


def test_it_waits_for_work_and_for_its_time_and_can_be_taken_back(
    cluster: Cluster, ada: Client
) -> None:
    id = int(made_secret(ada)["id"])
    later = f"{cluster.time() + timedelta(days=2):%Y-%m-%dT%H:%M:%S}"
    number = asked(ada, id, eraseAfter=later).json["secretEraseRequestId"]
    assert answered(ada, number).json["status"] == "Approved"
    assert ada.get(f"{BASE}/run-now").json == {"found": 0, "finished": 0}
    assert ada.get(f"/api/v1/secrets/{id}").status == 200
    cluster.time.pass_by(days=2)
    ada = cluster.sign_in()
    ada.post(f"/api/v1/secrets/{id}/heartbeat", {})
    assert ada.get(f"{BASE}/run-now").json == {"found": 1, "finished": 0}  # an engine has the item
    assert ada.get(f"/api/v1/secrets/{id}").status == 200
    denied = asked(ada, id).json["secretEraseRequestId"]
    assert answered(ada, denied, "Denied").json["status"] == "Denied"
    taken_back = asked(ada, id).json["secretEraseRequestId"]
    assert answered(ada, taken_back, "Canceled").json["status"] == "Canceled"
    assert answered(ada, taken_back, "Approved").status == 400


def test_wherever_it_is_killed_the_rest_goes_too(cluster: Cluster, ada: Client) -> None:
    first, second = with_a_file(ada), lived_in(ada)
    assert any("history#" in one for one in rows_of(second))
    number = asked(ada, first, second).json["secretEraseRequestId"]
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            answered(ada, number)
        if reaper.has_killed:
            answered(ada, number)
            now = wiring.clock()() + timedelta(minutes=1)
            wiring.erasing().carry_out_due(now, now + timedelta(hours=1))
        assert ada.get(f"{BASE}/{number}").json["status"] == "Erased"
        now = utc_now() + timedelta(days=1)
        wiring.attachments().remove_unused(now, now.replace(year=2100))
        assert rows_of(first) + rows_of(second) + objects() == []
        assert [what for what, item, _ in trail() if what == "ERASE"] == ["ERASE"] * 2


def test_who_decides() -> None:
    request = EraseRequest(1, (5,), 11, "Ann", "why", NOON, NOON)
    may = dict(approves=True, dual=False)
    demand_may(EraseStatus.APPROVED, request, 11, **may)
    demand_may(EraseStatus.CANCELED, request, 11, approves=False, dual=True)
    demand_may(EraseStatus.APPROVED, request, 12, approves=True, dual=True)
    for status, user, approves, dual in (
        (EraseStatus.APPROVED, 11, True, True),  # dual control: not one's own
        (EraseStatus.APPROVED, 12, False, False),
        (EraseStatus.DENIED, 12, False, False),
        (EraseStatus.CANCELED, 12, False, False),
    ):
        with pytest.raises(AccessDenied):
            demand_may(status, request, user, approves=approves, dual=dual)
    denied = request.answered(EraseStatus.DENIED, Event("Denied", NOON, 12, "", ""))
    with pytest.raises(Invalid):
        demand_may(EraseStatus.APPROVED, denied, 12, **may)
    assert chosen((3, 3, 4)) == (3, 4)
    for wrong in ((), (0,), tuple(range(1, 22))):
        with pytest.raises(Invalid):
            chosen(wrong)
