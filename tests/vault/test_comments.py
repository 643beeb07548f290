"""Require comment through HTTP: nobody is shown a value without having said why."""

from __future__ import annotations

import pytest

from tests.access.conftest import Cluster, trail
from tests.client import Answer, Client
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

WHY = {"comment": "the disk is full", "ticketNumber": "OPS-7"}


def patched(who: Client, path: str, **dirty: object) -> Answer:
    data = {name: {"dirty": True, "value": value} for name, value in dirty.items()}
    return who.patch(path, {"data": data})


def details(id: int, action: str) -> list[str]:
    return [detail for what, item, detail in trail() if (what, item) == (action, str(id))]


def told_of_refusals(id: int) -> list[str]:
    """What the trail says was refused for want of a comment."""
    return [one.partition(":")[0] for one in details(id, "REFUSED") if "comment" in one]


def test_a_secret_that_asks_for_a_comment_is_shown_for_one(
    cluster: Cluster, ada: Client, bob: tuple[Client, int]
) -> None:
    """Refused everywhere, said in each of the ways, on the trail, over by the clock."""
    ben, bens_id = bob
    folder = made_folder(ada)
    share(ada, folder, bens_id, "Edit")
    id = made_secret(ada, folder, username="zebra7")["id"]
    path, state = f"/api/v1/secrets/{id}", f"/api/v1/secrets/{id}/state"
    assert patched(ben, f"{path}/security-general", requiresComment=True).status == 400
    assert patched(ada, f"{path}/security-general", sessionRecordingEnabled=True).status == 400
    set_ = patched(ada, f"{path}/security-general", requiresComment=True, proxyEnabled=False)
    assert set_.json["requiresComment"]["value"] is True, set_.message
    v2 = path.replace("v1", "v2")
    assert patched(ada, f"{v2}/security-general").json["requiresComment"] is True
    assert (
        ben.get(f"{path}/summary").json.items()
        >= {"requiresComment": True, "isRestricted": True}.items()
    )

    for who in (ada, ben):
        for way in (path, v2, f"{path}/fields/password", f"{path}/fields/password/history"):
            assert who.get(way).json["errorCode"] == "API_RequiresComment", way
        assert who.get(state).json["secretState"] == "RequiresComment"
    assert told_of_refusals(id).count("reveal") == 2  # one a minute for each of them
    changed = ada.put(path, {"id": id, "name": "other", "items": []}).json
    assert not any(one["itemValue"] for one in changed["items"])
    assert ada.get("/api/v2/secrets?filter.searchText=zebra7").json["total"] == 0

    read = ben.post(f"{path}/restricted", WHY)
    assert (read.status, read.json["requiresComment"]) == (200, True)
    told = "comment: the disk is full; ticket: OPS-7"
    assert told in details(id, "VIEW")
    ben.post(f"{path}/restricted/fields/password", WHY)
    assert f"Password; {told}" in details(id, "VIEW")
    assert ben.get(f"{path}?autoComment=again").status == 200
    assert ben.get(f"{path}/fields/password/history?autoComment=again").status == 200
    assert ben.get(path).status == 400  # each counted once
    for wrong in ({"comment": "x" * 1001}, {"comment": "x", "ticketSystemId": 3}, {"comment": " "}):
        assert ben.post(f"{path}/restricted", wrong).status == 400

    say = f"/api/v1/secret-access-requests/secrets/{id}/view-comment"
    assert ben.post(say, {"comment": ""}).status == 400
    assert ben.post(say, WHY).json is True
    assert ben.get(state).json["secretState"] == "None"
    assert details(id, "VIEW COMMENT") == [told]
    cluster.time.pass_by(minutes=14)
    assert ben.get(path).status == 200
    assert details(id, "VIEW").count(told) == 2
    assert ada.get(path).status == 400  # it was not she who said it
    cluster.time.pass_by(minutes=1)
    assert ben.get(path).json["errorCode"] == "API_RequiresComment"


def test_a_checkout_asks_for_the_comment_and_keeps_it(cluster: Cluster, ada: Client) -> None:
    id = made_secret(ada)["id"]
    path = f"/api/v1/secrets/{id}"
    patched(ada, f"{path}/security-general", requiresComment=True)
    patched(ada, f"{path}/security-checkout", checkOutEnabled=True)
    assert ada.get(f"{path}/state").json["secretState"] == "RequiresCheckoutAndComment"
    assert ada.post(f"{path}/check-out").json["errorCode"] == "API_RequiresComment"
    assert ada.post(f"{path}/restricted", {}).json["errorCode"] == "API_RequiresComment"
    assert ada.post(f"{path}/restricted", WHY).status == 200
    for _ in range(2):
        cluster.time.pass_by(minutes=10)
        assert ada.get(path).status == 200
    assert "ticket: OPS-7" in details(id, "CHECK OUT")[0]
    assert sum("ticket: OPS-7" in one for one in details(id, "VIEW")) == 3
    longer = {"data": {"minutesToAdd": 30}}
    assert ada.post(f"{path}/extend-check-out", longer).status == 200
    cluster.time.pass_by(minutes=15)
    assert ada.get(path).status == 200
    ada.post(f"{path}/check-in", {})


def test_the_trail_says_why_a_secret_was_changed(ada: Client) -> None:
    id = made_secret(ada)["id"]
    path = f"/api/v1/secrets/{id}"
    ada.put(path, {"id": id, "name": "other", "items": []} | WHY)
    field = {"value": "backup", "newPassword": "", "forceCheckIn": False} | WHY
    assert ada.put(f"{path}/fields/username", field).status == 200
    assert ada.post(f"{path}/expire", WHY).status == 200
    told = [*details(id, "UPDATE"), *details(id, "EXPIRE")]
    assert [one.endswith("comment: the disk is full; ticket: OPS-7") for one in told] == [True] * 3


@pytest.mark.parametrize("turned", [True, False])
def test_it_comes_with_making_a_secret(ada: Client, turned: bool) -> None:
    body = {
        "name": "x",
        "secretTemplateId": 6007,
        "requiresComment": turned,
        "items": [{"slug": slug, "itemValue": "v"} for slug in ("machine", "username")],
    }
    made = ada.post("/api/v1/secrets", body).json
    assert made["requiresComment"] is turned
    assert any(one["itemValue"] for one in made["items"]) is not turned
