"""Sites and engines over HTTP: people approve, engines sign."""

from __future__ import annotations

import base64
import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.audit import AuditRecord
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import (
    ENGINE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Signer,
    Statement,
)
from chalicelib.sites import given
from tests.client import Answer, Client
from tests.house import House, open_house

CALLBACK = "/api/v1/engine/callback"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


class Engine:
    """An engine's side of the protocol."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.signer, self.opener = Signer.fresh(), Opener.fresh()
        self.id = 0

    def register(self) -> Answer:
        body = {
            "name": "engine-1",
            "hostName": "host",
            "version": "1",
            "signingKey": base64.b64encode(self.signer.public()).decode(),
            "sealingKey": base64.b64encode(self.opener.public()).decode(),
        }
        answer = self.client.post("/api/v1/engine/register", body)
        self.id = answer.json["engineId"]
        return answer

    def call_back(self, nonce: str = "") -> Answer:
        body = {"version": "2", "running": 0}
        raw = json.dumps(body).encode()
        nonce = nonce or secrets.token_hex(16)
        statement = Statement("POST", CALLBACK, raw, int(time.time()), nonce)
        headers = {
            ENGINE_HEADER: str(self.id),
            TIME_HEADER: str(statement.time),
            NONCE_HEADER: nonce,
            SIGNATURE_HEADER: self.signer.sign(statement),
        }
        return self.client.request("POST", CALLBACK, content=raw, headers=headers)


def change(house: House, engine: Engine, kind: str, site: int | None = None) -> Any:
    one = {"engineId": engine.id, "changeType": kind, "siteId": site}
    path = "/api/v1/distributed-engine/update-engine-status"
    return house.admin.post(path, {"data": {"engines": [one]}}).json["results"][0]


def demo_site(house: House) -> int:
    answer = house.admin.post(
        "/api/v1/distributed-engine/site", {"data": {"siteName": "Demo", "heartbeatInterval": 60}}
    )
    return int(answer.json["siteId"])


@pytest.mark.parametrize("seconds", [0, 4, 3601, -1, 2**62])
def test_engines_call_every_five_seconds_to_an_hour(house: House, seconds: int) -> None:
    path = "/api/v1/distributed-engine/site"
    asked = {"siteName": "Demo", "heartbeatInterval": seconds}
    changed = {"heartbeatInterval": {"dirty": True, "value": seconds}}
    for answer in (
        house.admin.post(path, {"data": asked}),
        house.admin.patch(f"{path}/{demo_site(house)}", {"data": changed}),
    ):
        assert (answer.status, answer.message) == (400, "engines call every 5 to 3600 seconds")


def test_an_engine_waits_until_a_person_compared_its_fingerprint(house: House) -> None:
    engine = Engine(house.nobody)
    told = engine.register().json
    assert told["status"] == "Pending"
    assert engine.call_back().json["credentials"] is None
    [row] = house.admin.get("/api/v1/distributed-engine/engines").json["records"]
    assert (row["fingerprint"], row["activationStatus"]) == (told["fingerprint"], "Pending")


def test_an_activated_engine_is_told_its_queues_and_given_a_quarter_of_an_hour(
    house: House,
) -> None:
    engine, site = Engine(house.nobody), demo_site(house)
    engine.register()
    assert change(house, engine, "Activate", site)["success"]
    told = engine.call_back().json
    assert told["queues"]["now"].endswith(f"conclave-test-site-{site}-now")
    assert told["credentials"]["sessionToken"]
    assert abs(told["serverTime"] - time.time()) < 30
    [row] = house.admin.get("/api/v1/distributed-engine/engines").json["records"]
    assert row["connectionStatus"] == "Online"
    [_, summary] = house.admin.get("/api/v1/distributed-engine/sites").json["records"]
    assert (summary["onlineEngineCount"], summary["offlineEngineCount"]) == (1, 0)


def test_a_deactivated_engine_is_told_so_and_given_nothing(house: House) -> None:
    engine, site = Engine(house.nobody), demo_site(house)
    engine.register()
    change(house, engine, "Activate", site)
    change(house, engine, "Deactivate")
    told = engine.call_back().json
    assert (told["status"], told["credentials"]) == ("Inactive", None)


def test_a_callback_that_is_repeated_unsigned_or_anothers_is_401(house: House) -> None:
    engine = Engine(house.nobody)
    engine.register()
    nonce = secrets.token_hex(16)
    assert engine.call_back(nonce).status == 200
    assert engine.call_back(nonce).status == 401
    assert house.nobody.post(CALLBACK, {}).status == 401
    stranger = Engine(house.nobody)
    stranger.id = engine.id
    assert stranger.call_back().status == 401


def test_changes_that_make_no_sense_are_told_one_by_one(house: House) -> None:
    engine = Engine(house.nobody)
    engine.register()
    for kind, site in [("Activate", None), ("Activate", 1), ("Activate", 999), ("Dance", None)]:
        answer = change(house, engine, kind, site)
        assert (answer["success"], bool(answer["error"])) == (False, True), kind


@pytest.mark.parametrize("key", ["", "no base64!", "c2hvcnQ="])
def test_a_registration_with_bad_keys_is_refused(house: House, key: str) -> None:
    body = {"name": "x", "signingKey": key, "sealingKey": key}
    assert house.nobody.post("/api/v1/engine/register", body).status == 400


def test_sites_are_listed_changed_and_local_stays_as_it_is(house: House) -> None:
    site = demo_site(house)
    names = [one["siteName"] for one in house.admin.get("/api/v1/sites").json]
    assert names == ["Local", "Demo"]
    patch = {"data": {"siteName": {"dirty": True, "value": "Lab"}}}
    path = f"/api/v1/distributed-engine/site/{site}"
    assert house.admin.patch(path, patch).json["siteName"] == "Lab"
    assert house.admin.get(path).json["processingLocation"] == "UseDistributedEngine"
    assert house.admin.patch("/api/v1/distributed-engine/site/1", patch).status == 409
    assert house.admin.get("/api/v1/distributed-engine/site/999").status == 404


def test_what_an_engine_was_ever_given_is_listed(house: House) -> None:
    engine, site = Engine(house.nobody), demo_site(house)
    engine.register()
    change(house, engine, "Activate", site)
    record = AuditRecord(
        0, given.GIVEN, "Engine", str(engine.id), datetime.now(UTC), given.detail(12, "heartbeat")
    )
    wiring.committer().record(record)
    path = f"/api/v1/distributed-engine/engines/{engine.id}/trail"
    rows = house.admin.get(path).json["records"]
    assert [one["action"] for one in rows] == ["GIVEN", "ACTIVATE", "CREATE"]
    assert [one["secretId"] for one in rows] == [12, None, None]
    assert house.admin.get("/api/v1/distributed-engine/engines/999/trail").status == 404
