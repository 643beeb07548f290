"""A node with something to see, served to a browser: on moto, in threads of this process."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import waitress.server
from moto import mock_aws

import app
from chalicelib import SCHEMA, VERSION, wiring
from chalicelib.access.permissions import BY_NAME as PERMISSION
from chalicelib.access.store.rows import SETUP, SessionRow, SetupRow
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.catalogue import BY_NAME, BY_SLUG, OPERATIONS
from chalicelib.cluster.gate import FIRST, STANDBY, Bar, Gate, Wanted
from chalicelib.cluster.node import Node, Stamp, followed
from chalicelib.cluster.store import Gates, Nodes
from chalicelib.core.clock import stamp
from chalicelib.core.errors import Unavailable
from chalicelib.core.messages import encode, message
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import (
    ENGINE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Signer,
    Statement,
)
from chalicelib.core.tick import Tally
from chalicelib.jobs.run import Job, begun
from infra.localrun.front import API_SECONDS, BASE_PATH, Front
from tests import moto_cluster
from tests.canary import canary
from tests.client import Client
from tests.conftest import forget
from tests.founding import found

USER = "ada"
BUSY = {"BackgroundWorkerTaskTriggerJob", "EventQueueMonitor", "HeartbeatMonitor"}
"""The jobs with a long history."""

CALLBACK = "/api/v1/engine/callback"
DEAD = ("site-1-dead", "site-1-dead", "engine-response-dead")
LUCK = random.Random(7)  # noqa: S311 - how long made-up runs took


@dataclass(frozen=True)
class Stage:
    """A served node and its administrator."""

    url: str
    admin: Client
    password: str = field(repr=False)

    def wanted(self, node: str) -> Wanted:
        return Gates().fetch().nodes[node]

    def want(self, node: str, wanted: Wanted) -> None:
        """Set the boxes of a node, as another administrator would."""
        gate = Gates().fetch()
        self.rewrite(replace(gate, nodes={**gate.nodes, node: wanted}))

    def tick(self, node: str, **boxes: bool) -> None:
        self.want(node, replace(self.wanted(node), **boxes))

    def look(self, node: str) -> None:
        """What a node's agent writes once it has followed the boxes."""
        (seen,) = (one for one in Nodes().all() if one.name == node)
        applied = followed(Gates().fetch(), node)
        Nodes().stamp(node, replace(seen.stamp, seen_at=datetime.now(UTC), applied=applied))

    def pause(self, slug: str, *, paused: bool = True) -> None:
        wiring.jobs().pause(Somebody(), slug, datetime.now(UTC), paused=paused)

    def end_sessions(self) -> None:
        for row in SessionRow.scan():
            row.delete()

    def seen(self) -> None:
        """Every agent looked just now."""
        for one in Nodes().all():
            Nodes().stamp(one.name, replace(one.stamp, seen_at=datetime.now(UTC)))

    def somebody(self, *permissions: str) -> tuple[str, str]:
        """Somebody who may do that and nothing else: name and password."""
        name, password = f"bob-{secrets.token_hex(3)}", canary()
        body = {"userName": name, "displayName": "Bob", "password": password}
        user = self.admin.post("/api/v1/users", body).json["id"]
        path = f"/api/v1/users/{user}/roles"
        ids = [one["roleId"] for one in self.admin.get(path).json["records"]]
        self.admin.request("DELETE", path, json={"roleIds": ids})
        if permissions:
            self.admin.post(path, {"roleIds": [self._role(name, permissions)]})
        return name, password

    def _role(self, name: str, permissions: Sequence[str]) -> int:
        role = int(self.admin.post("/api/v1/roles", {"name": name}).json["id"])
        ids = [PERMISSION[one].id for one in permissions]
        body = {"rolePermissionIds": ids}
        assert self.admin.put(f"/api/v1/roles/{role}/permissions", body).status == 200
        return role

    def rewrite(self, after: Gate) -> None:
        wiring.committer()([Gates().rewrite(Gates().fetch(), after)])
        forget()  # health is remembered for a while


@contextmanager
def a_stage(history: int = 0) -> Iterator[Stage]:
    """A cluster of four nodes on moto, whose node-a a browser can visit.

    history: how many runs the busy jobs have behind them.
    """
    with mock_aws():
        moto_cluster.fresh("test")
        forget()
        try:
            with served() as url:
                yield set_up(url, history)
        finally:
            forget()


@contextmanager
def a_bare_stage() -> Iterator[Stage]:
    """A cluster of one node with its administrator and nothing else in it."""
    with mock_aws():
        moto_cluster.fresh("test")
        forget()
        try:
            with served() as url:
                found()
                yield Stage(url, *administrator())
        finally:
            forget()


@contextmanager
def served() -> Iterator[str]:
    """The app behind what stands for API Gateway, on a free port of loopback."""
    create_server: Any = waitress.server.create_server
    front = Front(app.app, "conclave-node-a")
    server = create_server(
        front, host="127.0.0.1", port=0, threads=8, clear_untrusted_proxy_headers=False
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/{BASE_PATH}"
    finally:
        server.task_dispatcher.shutdown(timeout=API_SECONDS)  # what a closed page had asked for
        server.trigger.pull_trigger(lambda: _close(server))
        thread.join(timeout=5)
        assert not thread.is_alive()


def _close(server: Any) -> None:
    """By the server's own thread: it selects on these sockets, and those of browsers are open."""
    for one in list(server._map.values()):
        one.close()


def set_up(url: str, history: int) -> Stage:
    found(node_a=FIRST, node_b=replace(FIRST, recording=False), node_c=FIRST, node_d=STANDBY)
    stage = Stage(url, *administrator())
    stage.rewrite(replace(Gates().fetch(), barred={"node-c": Bar.VERSION}))
    make_nodes(Gates().fetch())
    make_runs(history)
    fill_queues()
    make_engines(stage.admin)
    return stage


def administrator() -> tuple[Client, str]:
    client, password, code = Client(app.app), canary(), secrets.token_hex(16)
    ends = stamp(datetime.now(UTC) + timedelta(hours=1))
    SetupRow(*SETUP, code_hash=hashlib.sha256(code.encode()).hexdigest(), expires_at=ends).save()
    client.post("/api/v1/setup", {"code": code, "userName": USER, "password": password})
    return client.login(USER, password), password


def make_nodes(gate: Gate) -> None:
    now = datetime.now(UTC)
    ages = {"node-a": 12, "node-b": 31, "node-c": 44, "node-d": 3}
    for number, (name, age) in enumerate(ages.items(), 1):
        version = "0.0.9" if name == "node-c" else VERSION
        said = Stamp(
            seen_at=now - timedelta(seconds=age),
            version=version,
            schema=SCHEMA if version == VERSION else 1,
            fingerprint=gate.fingerprint,
            offset=timedelta(0),
            applied="in" if name == "node-c" else followed(gate, name),
        )
        wiring.committer()([Nodes().create(Node(number, name, said))])


def make_runs(history: int) -> None:
    """Runs of the last minutes: most went well, some found something to fail at."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for place, operation in enumerate(OPERATIONS):
        often = operation.name in BUSY
        for minutes in range(history if often else min(history, 2), 0, -1):
            tally = tally_of(0 if often else place, minutes)
            run(operation.slug, now - timedelta(minutes=minutes), tally)
    failing = BY_NAME["Local Heartbeat Trigger Job"].slug
    run(failing, now, Unavailable("The audit table did not answer: throttled."))
    paused = BY_NAME["Local Password Change Trigger Job"].slug
    wiring.jobs().pause(Somebody(), paused, now, paused=True)
    lease = datetime.now(UTC) + timedelta(hours=1)
    job = Job(BY_NAME["EventQueueMonitor"].slug, "")
    wiring.jobs().store.begin(begun(job, now, now, "node-b", lease))


def tally_of(place: int, minutes: int) -> Tally:
    count = LUCK.randint(1, 40) if place % 2 == 0 or minutes % 3 == 0 else 0
    failed = 2 if minutes % 17 == 5 and count > 2 else 0
    return Tally(count, count - failed, failed)


def run(slug: str, at: datetime, outcome: Tally | Exception) -> None:
    """One run of a job: of the made-up length that its amount takes."""
    amount = outcome.found if isinstance(outcome, Tally) else 3
    ended = at + timedelta(seconds=0.08 + amount * LUCK.uniform(0.01, 0.06))
    node = LUCK.choice(("node-a", "node-b"))
    jobs = replace(wiring.jobs(), clock=lambda: ended, node=node)

    def case(_tick: object) -> Tally:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    try:
        jobs.run(BY_SLUG[slug], at, at, at + timedelta(minutes=1), case)
    except Unavailable:
        return


@dataclass(frozen=True)
class Somebody:
    """Stands for a principal."""

    user_id: int = 1
    address: str = "127.0.0.1"


def fill_queues() -> None:
    now = datetime.now(UTC) - timedelta(minutes=26)
    for queue, amount in {"background": 3, "site-1": 12, "web": 1}.items():
        for number in range(amount):
            send(
                queue,
                message(f"{number:032x}", "site.item", now, timedelta(hours=2), {"item": "x"}),
            )
    for queue in DEAD:
        kind = "engine.answer" if queue.startswith("engine") else "site.item"
        cause = f"run of HeartbeatMonitor, {now:%H:%M}"
        letter = message(secrets.token_hex(16), kind, now, timedelta(hours=2), {"item": "x"}, cause)
        send(queue, letter)


def send(queue: str, one: Any) -> None:
    url = connection().queue_url(queue)
    clients.client("sqs").send_message(QueueUrl=url, MessageBody=encode(one))


def make_engines(admin: Client) -> None:
    site = {"data": {"siteName": "Frankfurt", "heartbeatInterval": 60}}
    number = admin.post("/api/v1/distributed-engine/site", site).json["siteId"]
    for queue in (f"site-{number}", f"site-{number}-now"):  # which its agent would make
        for name in (queue, f"{queue}-dead"):
            clients.client("sqs").create_queue(QueueName=connection().queue_name(name))
    for name, host, approved in (
        ("engine-frankfurt", "fra-07.example.test", True),
        ("engine-lab", "lab-01.example.test", False),
    ):
        signer = Signer.fresh()
        body = {
            "name": name,
            "hostName": host,
            "version": "0.1.0",
            "signingKey": base64.b64encode(signer.public()).decode(),
            "sealingKey": base64.b64encode(Opener.fresh().public()).decode(),
        }
        engine = admin.post("/api/v1/engine/register", body).json["engineId"]
        if approved:
            change = {"engineId": engine, "changeType": "Activate", "siteId": number}
            path = "/api/v1/distributed-engine/update-engine-status"
            admin.post(path, {"data": {"engines": [change]}})
        call_back(admin, engine, signer)


def call_back(client: Client, number: int, signer: Signer) -> None:
    raw, nonce = json.dumps({"version": "0.1.0", "running": 0}).encode(), secrets.token_hex(16)
    statement = Statement("POST", CALLBACK, raw, int(time.time()), nonce)
    headers = {
        ENGINE_HEADER: str(number),
        TIME_HEADER: str(statement.time),
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: signer.sign(statement),
    }
    client.request("POST", CALLBACK, content=raw, headers=headers)
