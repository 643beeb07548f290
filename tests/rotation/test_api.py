"""Rotation over HTTP: what people press, and what an engine claims."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace

from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.changers.work import decode as decode_work
from chalicelib.core import sealing, signing
from chalicelib.core.ids import fresh_id
from chalicelib.core.messages import Message, decode
from chalicelib.core.plain import Plain
from chalicelib.core.signing import Statement
from chalicelib.rotation import routes
from chalicelib.rotation.service import Asker
from chalicelib.vault.state import Where
from tests.access.conftest import Cluster
from tests.canary import canary
from tests.client import Answer, Client
from tests.vault.api import ada, bare, bob, cluster, made_secret, time, value

from .world import SITE, EngineProgram, register

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]


def told(queue: str) -> list[Message]:
    url = connection().queue_url(queue)
    got = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [decode(one["Body"]) for one in got.get("Messages", [])]


def test_run_heartbeat_answers_pending_and_goes_to_the_queue_of_those_who_wait(
    ada: Client,
) -> None:
    id = made_secret(ada)["id"]
    answer = ada.post(f"/api/v1/secrets/{id}/heartbeat", {})
    assert answer.status == 200, answer.message
    assert answer.json["lastHeartBeatStatus"] == "Pending"
    assert [one.body["secret"] for one in told("site-1-now")] == [id]


def test_change_password_is_begun_once_shown_and_stopped(ada: Client) -> None:
    secret = made_secret(ada)
    path = f"/api/v1/secrets/{secret['id']}"
    assert ada.post(f"{path}/change-password", {"newPassword": canary()}).status == 200
    assert [one.body["work"] for one in told("site-1")] == ["password-change"]
    again = ada.post(f"{path}/change-password", {})
    assert again.status == 409
    (change,) = ada.get(f"{path}/password-changes").json
    assert (change["stage"], change["keptCandidates"]) == ("waiting", 1)
    assert ada.post(f"{path}/stop-password-change", {}).json == {"success": True}
    assert ada.post(f"{path}/stop-password-change", {}).json == {"success": False}
    assert value(ada.get(path).json, "password") == value(secret, "password")


def test_who_may_not_see_a_secret_finds_none(ada: Client, bob: tuple[Client, int]) -> None:
    id = made_secret(ada)["id"]
    for button in ("heartbeat", "change-password", "stop-password-change"):
        assert bob[0].post(f"/api/v1/secrets/{id}/{button}", {}).status == 404


def test_an_engine_claims_over_http_once(cluster: Cluster, ada: Client) -> None:
    engine = register(3, SITE, wiring.committer())
    item, password = offered(cluster, ada)
    first = claim(cluster, engine, item)
    assert first.status == 200, first.message
    row = first.json
    about = sealing.about_claim(item, row["fence"], "3")
    work = decode_work(row["kind"], engine.opener.open(b64decode(row["sealed"]), about))
    assert work.login.password.same(password)
    assert row["deadlineSeconds"] == 180
    assert claim(cluster, engine, item).status == 409
    assert claim(cluster, engine, "0" * 32).status == 404
    other = register(4, SITE + 1, wiring.committer())
    assert claim(cluster, other, item).status in (400, 409)


def test_a_claim_with_another_signature_is_refused(cluster: Cluster, ada: Client) -> None:
    engine = register(3, SITE, wiring.committer())
    item, _ = offered(cluster, ada)
    engine.signer = signing.Signer.fresh()
    assert claim(cluster, engine, item).status in (401, 403)
    assert cluster.client.post(f"/api/v1/engine/items/{item}/claim", {}).status in (401, 403)


def offered(cluster: Cluster, ada: Client) -> tuple[str, Plain]:
    """A heartbeat offered to the engine's site."""
    secret = made_secret(ada)
    id = int(secret["id"])
    stored = wiring.secret_store().fetch([id])[id]
    wiring.committer()(
        [
            wiring.secret_store().put(replace(stored.secret, site_id=SITE)),
            wiring.secret_store().put_state(replace(stored.state, site_id=SITE)),
        ]
    )
    for name in (f"site-{SITE}", f"site-{SITE}-now"):
        client("sqs").create_queue(QueueName=f"conclave-test-{name}")
    wiring.rotation().offering.heartbeats(Where.ENGINE, cluster.time.now)
    item = wiring.secret_store().fetch([id])[id].state.heartbeat_item
    assert item
    return item, Plain(value(secret, "password"))


def claim(cluster: Cluster, engine: EngineProgram, item: str) -> Answer:
    path = f"/api/v1/engine/items/{item}/claim"
    raw = json.dumps({}).encode()
    said = Statement("POST", path, raw, int(cluster.time.now.timestamp()), fresh_id(), item)
    headers = {
        signing.ENGINE_HEADER: str(engine.id),
        signing.TIME_HEADER: str(said.time),
        signing.NONCE_HEADER: said.nonce,
        signing.SIGNATURE_HEADER: engine.signer.sign(said),
    }
    return cluster.client.post(path, content=raw, headers=headers)


def test_what_a_person_asks_for_holds_although_a_tick_was_faster(ada: Client) -> None:
    id = made_secret(ada)["id"]
    asker = Asker(1)
    before = wiring.vault_work().fetch([id])[id]
    now = wiring.clock()()
    wiring.rotation().offering.heartbeats(Where.LOCAL, now)  # wrote the state since it was read
    state = wiring.rotation().asking.heartbeat(asker, before, now)
    assert state.heartbeat_item
    waiting = wiring.rotation().asking.change(asker, before, None, now)
    assert waiting.heartbeat_item == state.heartbeat_item
    assert waiting.change.value == "Pending"
