"""Unlimited administration: for some hours every secret is an administrator's, and all know it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.vault import routes as of_the_vault
from tests.access.conftest import Cluster, Time, bare, cluster, time, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.vault.api import ada, bob, made_folder, made_secret, share, value

__all__ = ["ada", "bare", "bob", "cluster", "of_the_vault", "time"]

PATH = "/api/v1/configuration/unlimited-admin"
HEADER = "unlimited-administration"


def switch(who: Client, on: bool, notes: str = "") -> Answer:
    """What the page sends: only fields that were touched are dirty."""
    data: dict[str, Any] = {"enabled": {"dirty": True, "value": on}}
    if notes:
        data["notes"] = {"dirty": True, "value": notes}
    return who.patch(PATH, {"data": data})


@pytest.fixture
def bobs(ada: Client, bob: tuple[Client, int]) -> dict[str, Any]:
    """A secret of Bob's alone: in a folder that is his, too."""
    client, id = bob
    folder = made_folder(ada)
    share(ada, folder, id, "Owner", "Owner")
    secret = made_secret(client, folder)
    secret["alone"] = made_secret(client)
    return secret


def path_of(secret: dict[str, Any]) -> str:
    return f"/api/v1/secrets/{secret['id']}"


def test_it_opens_everything_at_once_and_is_over_at_once(
    ada: Client, bob: tuple[Client, int], bobs: dict[str, Any]
) -> None:
    alone = bobs["alone"]
    assert ada.get(path_of(alone)).status == 404
    assert switch(ada, True, "Bob has left").json is True
    shown = ada.get(path_of(alone))
    assert value(shown.json, "password") == value(alone, "password")
    assert shown.headers[HEADER].startswith("until=")
    assert alone["id"] in [one["id"] for one in ada.get("/api/v1/secrets").json["records"]]
    # It is no secret that it is on; and what it opens, it opens to administrators alone.
    told = bob[0].get("/api/v1/users/current")
    assert told.headers[HEADER] == shown.headers[HEADER]
    refused = bob[0].get(PATH)
    assert (refused.status, refused.headers[HEADER]) == (400, told.headers[HEADER])

    assert switch(ada, False).json is False
    assert ada.get(path_of(alone)).status == 404
    assert HEADER not in ada.get("/api/v1/users/current").headers


def test_the_trail_says_who_wanted_it_why_and_what_it_opened(
    ada: Client, bobs: dict[str, Any]
) -> None:
    switch(ada, True, "Bob has\nleft")
    ada.get(path_of(bobs["alone"]))
    switch(ada, False)
    said = [(action, detail) for action, _, detail in trail()]
    assert any(
        action == "UPDATE" and detail.endswith("UTC: Bob has left") for action, detail in said
    )
    assert any(
        action == "VIEW" and detail.endswith("by unlimited administration")
        for action, detail in said
    )
    assert ("UPDATE", "unlimited administration is off") in said


def test_it_wants_a_note_and_a_person(ada: Client, cluster: Cluster) -> None:
    for notes in ("", "   ", "x" * 501):
        refused = switch(ada, True, notes)
        assert (refused.status, "notes" in refused.message) == (400, True)
    assert ada.get(PATH).json == {"enabled": False}


def test_it_ends_by_itself_after_eight_hours(
    ada: Client, bobs: dict[str, Any], time: Time, cluster: Cluster
) -> None:
    switch(ada, True, "Bob has left")
    time.pass_by(hours=7, minutes=59)
    ada = cluster.sign_in()
    assert ada.get(path_of(bobs["alone"])).status == 200
    assert switch(ada, True, "and once more").json is True  # which makes it no longer
    time.pass_by(minutes=1)
    assert ada.get(path_of(bobs["alone"])).status == 404
    assert ada.get(PATH).json == {"enabled": False}


def test_with_dual_control_a_second_person_switches_it_on(
    ada: Client, bobs: dict[str, Any], cluster: Cluster, time: Time
) -> None:
    eve, password = another_administrator(cluster, ada)
    wiring.settings().change(1, {"dual_control": True})
    assert switch(ada, True, "Bob has left").json is False
    again = switch(ada, True, "really")
    assert (again.status, "another administrator" in again.message) == (409, True)
    assert ada.get(path_of(bobs["alone"])).status == 404
    assert switch(eve, True, "I know of it").json is True
    assert ada.get(path_of(bobs["alone"])).status == 200
    # A wish is good for an hour, and one person switches it off.
    assert switch(ada, False).json is False
    switch(ada, True, "again")
    time.pass_by(hours=1)
    eve = cluster.client.login("eve", password)
    assert switch(eve, True, "too late").json is False


def test_checkout_keeps_nothing_from_it(
    ada: Client, bob: tuple[Client, int], bobs: dict[str, Any]
) -> None:
    terms = {"checkOutEnabled": {"dirty": True, "value": True}}
    path = path_of(bobs["alone"])
    bob[0].patch(path.replace("v1", "v3") + "/security-checkout", {"data": terms})
    bob[0].post(f"{path}/check-out")
    switch(ada, True, "it is held")
    assert ada.get(path).status == 200


def test_it_costs_no_call_more(ada: Client, bobs: dict[str, Any], calls: Calls) -> None:
    switch(ada, True, "counted")
    ada.get(path_of(bobs))
    calls.clear()
    ada.get(path_of(bobs))
    assert len(calls.seen) == 2


def another_administrator(cluster: Cluster, ada: Client) -> tuple[Client, str]:
    password = canary()
    body = {"userName": "eve", "displayName": "Eve", "password": password}
    id = ada.post("/api/v1/users", body).json["id"]
    assert ada.post(f"/api/v1/users/{id}/roles", {"roleIds": [1]}).status == 200
    return cluster.client.login("eve", password), password
