"""DoubleLock through HTTP: a key that only second passwords open, and no right replaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.keys.store.ring import RingTable
from chalicelib.keys.store.sealed_rows import SealedRows
from chalicelib.rotation import routes as rotation_routes
from chalicelib.vault.attachment import INLINE
from chalicelib.vault.double_lock import RequiresDoubleLockPassword
from chalicelib.vault.state import HeartbeatStatus
from tests.access.conftest import Cluster, trail
from tests.calls import recording
from tests.canary import canary
from tests.client import Answer, Client
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
    value,
)
from tests.vault.test_attachments import key_secret, multipart

__all__ = ["ada", "rotation_routes", "bare", "bob", "cluster", "routes", "time"]

ASKED = "API_RequiresDoubleLockPassword"
LOCKS = "/api/v1/double-locks"
PASSWORD = "/api/v1/users/doublelock-password"


def second_password(who: Client) -> str:
    made = canary()
    answer = who.put(PASSWORD, {"newPassword": made})
    assert answer.status == 200, answer.message
    return made


def made_lock(who: Client, name: str = "Board") -> int:
    answer = who.post(LOCKS, {"name": name})
    assert answer.status == 200, answer.message
    return int(answer.json["id"])


def put_under(who: Client, secret: int, lock: int, password: str) -> Answer:
    patch = {
        "enableDoubleLock": {"dirty": True, "value": lock > 0},
        "doubleLockId": {"dirty": True, "value": lock},
    }
    body = {"data": patch, "doubleLockPassword": password}
    return who.patch(f"/api/v2/secrets/{secret}/security-general", body)


def read(who: Client, secret: int, password: str) -> Answer:
    return who.post(f"/api/v1/secrets/{secret}/restricted", {"doubleLockPassword": password})


def code(answer: Answer) -> str:
    return str(answer.json.get("errorCode"))


def done(action: str) -> list[str]:
    return [detail for what, _, detail in trail() if what == action]


@dataclass
class Case:
    """A secret of a folder that Ada and Ben own, under a lock that she holds."""

    ada: Client
    ben: Client
    bens_id: int
    hers: str
    folder: int
    secret: dict[str, Any]
    lock: int
    former: str
    present: str

    @property
    def id(self) -> int:
        return int(self.secret["id"])

    @property
    def path(self) -> str:
        return f"/api/v1/secrets/{self.id}"

    @property
    def field(self) -> str:
        return f"{self.path}/fields/password"

    @property
    def with_hers(self) -> dict[str, Any]:
        return {"doubleLockPassword": self.hers}


@pytest.fixture
def case(cluster: Cluster, ada: Client, bob: tuple[Client, int]) -> Case:
    ben, bens_id = bob
    folder, former, present = made_folder(ada), canary(), canary()
    share(ada, folder, bens_id, "Owner")
    secret = made_secret(ada, folder, password=former, username="zebra9")
    ada.put(f"/api/v1/secrets/{secret['id']}/fields/password", {"value": present})
    assert code(ada.post(LOCKS, {"name": "Board"})) == "API_CreateDoubleLockPassword"
    hers = second_password(ada)
    lock = made_lock(ada)
    made = Case(ada, ben, bens_id, hers, folder, secret, lock, former, present)
    only_id = {"data": {"doubleLockId": {"dirty": True, "value": lock}}}
    assert code(ada.patch(f"{made.path}/security-general", only_id)) == ASKED
    turned = put_under(ada, made.id, lock, hers).json
    assert (turned["isDoubleLock"], turned["doubleLockName"]) == (True, "Board")
    return made


def test_values_under_a_lock_are_a_holders_with_his_second_password(case: Case) -> None:
    """Not the Owner's, nor the cluster's. They are found by name alone, and nothing works on it."""
    ada, ben, path = case.ada, case.ben, case.path
    for who in (ada, ben):
        for way in (path, path.replace("v1", "v2"), case.field, f"{case.field}/history"):
            assert code(who.get(way)) == ASKED, way
    assert ada.get(f"{path}/state").json["secretState"] == "RequiresDoubleLockPassword"
    assert ben.get(f"{path}/state").json["secretState"] == "CreateDoubleLockPassword"
    assert code(read(ben, case.id, canary())) == "API_CreateDoubleLockPassword"
    stored = wiring.secret_store().fetch([case.id])[case.id]
    with pytest.raises(RequiresDoubleLockPassword):
        wiring.secret_values().open(case.id, stored.secret.value_of("password"))

    counts, shown = set(), {}
    for _ in range(2):  # once a minute a token slides
        with recording() as calls:
            shown = read(ada, case.id, case.hers).json
        counts.add(calls.count())
    assert min(counts) == 5  # the session's, two of the throttle, lock and pair, the trail
    assert (value(shown, "password"), shown["isDoubleLock"]) == (case.present, True)
    restricted = f"{path}/restricted/fields/password"
    assert ada.post(restricted, case.with_hers).json == case.present
    history = ada.post(f"{restricted}/history", case.with_hers).json
    assert [one["value"] for one in history] == [case.former]

    search = "/api/v2/secrets?filter.searchText="
    assert ada.get(f"{search}zebra9").json["total"] == 0
    assert ada.get(f"{search}{case.secret['name']}").json["total"] == 1
    made_secret(ada, case.folder)
    locked = "/api/v2/secrets?filter.doubleLockId="
    totals = [ada.get(f"{locked}{lock}").json["total"] for lock in (case.lock, case.lock + 99, 0)]
    assert totals == [1, 0, 2]
    assert ada.get(f"{path}/summary").json["doubleLockEnabled"] is True
    state = stored.state
    assert (state.heartbeat, state.heartbeat_due_at) == (HeartbeatStatus.DISABLED, None)
    for way in ("heartbeat", "change-password"):
        assert code(ada.post(f"{path}/{way}", {})) == "API_UnderDoubleLock", way
    checkout = {"data": {"checkOutEnabled": {"dirty": True, "value": True}}}
    assert ada.patch(f"{path}/security-checkout", checkout).status == 400
    rows = str(client("dynamodb").scan(TableName=connection().data_table)).encode()
    for secret in (case.former, case.present, case.hers):
        assert secret.encode() not in rows


def test_changes_of_values_need_the_key_and_out_of_it_all_is_as_before(case: Case) -> None:
    ada, path, later = case.ada, case.path, canary()
    assert code(ada.put(case.field, {"value": later})) == ASKED
    assert ada.put(case.field, {"value": later} | case.with_hers).status == 200
    assert ada.put(path, {"id": case.id, "name": "renamed", "items": []}).status == 200
    assert value(read(ada, case.id, case.hers).json, "password") == later
    notes = [{"slug": "notes", "itemValue": "kept"}]
    whole = {"id": case.id, "name": "renamed", "items": notes}
    assert code(ada.put(path, whole)) == ASKED
    assert value(ada.put(path, whole | case.with_hers).json, "notes") == "kept"
    part = {"data": {"secretFields": [{"slug": "notes", "dirty": True, "value": "by hand"}]}}
    general = f"/api/v2/secrets/{case.id}/general"
    assert code(ada.patch(general, part)) == ASKED
    assert ada.patch(general, part | case.with_hers).status == 200
    assert value(read(ada, case.id, case.hers).json, "notes") == "by hand"
    terms = ada.get(f"{path}/security").json
    assert (terms["doubleLockId"], terms["doubleLockName"]) == (case.lock, "Board")

    one = f"{LOCKS}/{case.lock}"
    assert ada.request("DELETE", one).status == 409
    assert ada.put(one, {"name": "Old"}).json["numberOfSecrets"] == 1
    assert ada.post(LOCKS, {"name": " old "}).status == 400
    assert put_under(ada, case.id, 0, case.hers).json["isDoubleLock"] is False
    assert value(ada.get(path).json, "password") == later
    former = {one["value"] for one in ada.get(f"{case.field}/history").json}
    assert former == {case.former, case.present}
    assert ada.get(f"{path}/state").json["secretState"] == "None"
    state = wiring.secret_store().fetch([case.id])[case.id].state
    assert state.heartbeat_due_at is not None
    assert ada.request("DELETE", one).status == 200
    assert sorted(done("DOUBLELOCK")) == ["under none any more", "under the DoubleLock Board"]


def test_holders_add_holders_and_nobody_else_does(case: Case) -> None:
    ada, ben, holders = case.ada, case.ben, f"{LOCKS}/{case.lock}/holders"
    him = {"userId": case.bens_id}
    assert ada.post(holders, him | case.with_hers).status == 400  # he has no pair yet
    assert ada.put(PASSWORD, {"newPassword": "short"}).status == 400
    his = second_password(ben)
    assert (ben.get(LOCKS).json["total"], ben.get(f"{LOCKS}/{case.lock}").status) == (0, 404)
    assert code(read(ben, case.id, his)) == "API_DoubleLockNoAccess"
    assert ben.get(f"{case.path}/state").json["secretState"] == "DoubleLockNoAccess"
    assert ben.post(holders, him | {"doubleLockPassword": his}).status == 404
    assert code(ada.post(holders, him)) == ASKED
    for _ in range(2):
        assert case.bens_id in ada.post(holders, him | case.with_hers).json["userIds"]
    assert (ben.get(LOCKS).json["total"], read(ben, case.id, his).status) == (1, 200)
    assert done("ADD HOLDER") == [f"user {case.bens_id}"]

    new = canary()
    for wrong in ({}, {"currentPassword": canary()}):
        assert code(ben.put(PASSWORD, {"newPassword": new} | wrong)) == ASKED
    assert ben.put(PASSWORD, {"newPassword": new, "currentPassword": his}).status == 200
    assert code(read(ben, case.id, his)) == ASKED
    assert read(ben, case.id, new).status == 200


def test_a_lost_password_is_replaced_and_a_removal_makes_a_new_key(
    cluster: Cluster, case: Case
) -> None:
    ada, ben, holders = case.ada, case.ben, f"{LOCKS}/{case.lock}/holders"
    me = ada.get("/api/v1/users/current").json["id"]
    his, hers = second_password(ben), canary()
    lost = {"newPassword": hers, "loginPassword": cluster.password}
    assert ada.put(PASSWORD, lost).status == 409  # she is the last: all would be lost
    ada.post(holders, {"userId": case.bens_id} | case.with_hers)
    assert ada.put(PASSWORD, lost | {"loginPassword": canary()}).status == 400
    assert ada.put(PASSWORD, lost).status == 200
    assert code(read(ada, case.id, hers)) == "API_DoubleLockNoAccess"
    assert ben.post(holders, {"userId": me, "doubleLockPassword": his}).status == 200
    assert value(read(ada, case.id, hers).json, "password") == case.present

    out, by_her = f"{holders}/{case.bens_id}/remove", {"doubleLockPassword": hers}
    removed = ada.post(out, by_her).json
    assert (removed["userIds"], removed["keyEdition"]) == ([me], 2)
    assert ada.post(out, by_her).json == removed
    assert code(read(ben, case.id, his)) == "API_DoubleLockNoAccess"
    assert value(read(ada, case.id, hers).json, "password") == case.present
    later = canary()
    assert ada.put(case.field, {"value": later} | by_her).status == 200
    assert value(read(ada, case.id, hers).json, "password") == later
    assert ada.post(f"{holders}/{me}/remove", {}).status == 409  # nobody would be left
    ada.post(holders, {"userId": case.bens_id} | by_her)
    assert ada.post(out, {}).json["keyEdition"] == 2
    by = f"user {case.bens_id}"
    assert sorted(done("REMOVE HOLDER")) == [f"{by}; key 2 from now", f"{by}; the key stays"]


def test_guesses_are_slowed_down_and_on_the_trail(cluster: Cluster, ada: Client) -> None:
    hers = second_password(ada)
    id = made_secret(ada)["id"]
    put_under(ada, id, made_lock(ada), hers)
    for _ in range(5):
        assert code(read(ada, id, canary())) == "API_RequiresDoubleLockPassword"
    assert read(ada, id, hers).status == 429  # the right one as well
    assert ada.put(PASSWORD, {"newPassword": canary(), "currentPassword": hers}).status == 429
    assert done("DOUBLELOCK REFUSED") == ["the DoubleLock password was wrong"] * 5
    cluster.time.pass_by(minutes=15)
    assert read(cluster.admin(), id, hers).status == 200


def rotated() -> None:
    """Another data key, and everything sealed by it."""
    write, _, _ = RingTable(wiring.keyring()).add_key(wiring.clock()())
    wiring.committer()([write])
    wiring.keyring().forget()
    found = SealedRows(wiring.keyring()).reseal("")
    assert found.counts.resealed and not found.counts.failed


def test_files_data_keys_and_another_lock(cluster: Cluster, ada: Client) -> None:
    """Small files are under it, large ones refused; data keys change outside of it."""
    hers = second_password(ada)
    id = key_secret(ada)
    file, content = f"/api/v1/secrets/{id}/fields/private-key", canary().encode()
    sent, headers = multipart("key", content)
    assert ada.request("PUT", file, content=sent, headers=headers).status == 200
    one, two = made_lock(ada, "One"), made_lock(ada, "Two")
    assert put_under(ada, id, one, hers).status == 200
    restricted = f"/api/v1/secrets/{id}/restricted/fields/private-key"
    with_hers = {"doubleLockPassword": hers}
    assert ada.post(restricted, with_hers).body == content
    rotated()
    assert ada.post(restricted, with_hers).body == content

    assert code(ada.request("PUT", file, content=sent, headers=headers)) == ASKED
    assert ada.put(file, {"fileName": "k", "file": [1, 2], **with_hers}).status == 200
    assert ada.post(restricted, with_hers).body == bytes([1, 2])
    large = {"fileName": "k", "file": list(bytes(INLINE + 1)), **with_hers}
    assert ada.put(file, large).status == 413
    assert code(ada.post(f"{file}/upload", {"fileName": "k", "size": 9})) == ASKED
    assert ada.post(f"{restricted}/history", with_hers).json == []
    assert ada.post(f"{restricted}/history/1", with_hers).status == 404

    assert put_under(ada, id, two, hers).json["doubleLockName"] == "Two"
    counts = {one["name"]: one["numberOfSecrets"] for one in ada.get(LOCKS).json["records"]}
    assert counts == {"One": 0, "Two": 1}
    assert ada.request("DELETE", f"{LOCKS}/{one}").status == 200
    assert ada.post(restricted, with_hers).body == bytes([1, 2])


def test_wherever_it_is_killed_no_value_is_lost_and_none_comes_out(ada: Client) -> None:
    """Called again, it does the rest."""
    hers, former, present = second_password(ada), canary(), canary()
    id = made_secret(ada, password=former)["id"]
    slug = f"/api/v1/secrets/{id}/fields/password"
    ada.put(slug, {"value": present})
    lock, reaper = made_lock(ada), Reaper()
    with reaper.copying():
        with reaper.at_work():
            put_under(ada, id, lock, hers)
        if reaper.has_killed:
            put_under(ada, id, lock, hers)
        assert code(ada.get(slug)) == ASKED
        asked = f"/api/v1/secrets/{id}/restricted/fields/password"
        assert ada.post(asked, {"doubleLockPassword": hers}).json == present
        was = ada.post(f"{asked}/history", {"doubleLockPassword": hers}).json
        assert [one["value"] for one in was] == [former]
        assert ada.get(f"{LOCKS}/{lock}").json["numberOfSecrets"] == 1
