"""On a node whose licence has ended: what people change is refused, and passwords go on living.

Ticks and messages go through the node's own functions, so that whatever might ask for a licence on
the way is on the way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring, worker
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.changers.memory import Memory, MemoryHost
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import may_run
from chalicelib.cluster.licensing import Licensing
from chalicelib.cluster.store import Gates
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.rotation import routes
from chalicelib.vault.state import Where
from tests.access.conftest import Cluster
from tests.backup.conftest import paged
from tests.canary import canary
from tests.client import Client
from tests.house import House, open_house
from tests.vault.api import ada, bare, cluster, made_secret, time, value

from .world import Anywhere

__all__ = ["ada", "bare", "cluster", "routes", "time"]

LAPSED = Licensing("ab12", trial="2020-01-31", until="2020-12-31")


@pytest.fixture
def secret(ada: Client) -> dict[str, Any]:
    """A secret that was there when the licence ended."""
    made: dict[str, Any] = made_secret(ada)
    stored = wiring.secret_store().fetch([made["id"]])[made["id"]]
    changing = replace(stored.secret, switches=replace(stored.secret.switches, auto_change=True))
    wiring.committer()([wiring.secret_store().put(changing)])
    lapse()
    return made


def lapse() -> None:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, licensing=LAPSED))])


def test_people_read_and_due_changes_go_on_and_nothing_else_is_changed(
    cluster: Cluster, ada: Client, secret: dict[str, Any]
) -> None:
    path = f"/api/v1/secrets/{secret['id']}"
    assert value(ada.get(path).json, "password") == value(secret, "password")
    for refused in (
        ada.put(f"{path}/fields/password", {"value": "x"}),
        ada.post(f"{path}/change-password", {}),
        ada.delete(path),
    ):
        assert (refused.status, refused.json["errorCode"]) == (400, "API_ViewOnly")
    assert ada.post(f"{path}/expire", {}).status == 200
    wiring.rotation().offering.changes(Where.LOCAL, cluster.time.now + timedelta(minutes=1))
    assert ada.get(f"{path}/password-changes").json
    assert all(may_run(Gates().fetch(), "node-a", role) for role in (None, *Role))
    assert ada.post(f"{path}/heartbeat", {}).status == 409  # not while it is being changed


@dataclass(frozen=True)
class Lapsed:
    """A set-up cluster whose licence has ended, with a secret on a machine, and its functions.

    shared: another secret, which is to be checked out
    """

    admin: Client
    host: MemoryHost
    path: str
    shared: str

    def password(self) -> str:
        return value(self.admin.get(self.path).json, "password")

    def status(self) -> str:
        return str(self.admin.get(self.path).json["lastHeartBeatStatus"])

    def tick(self, job: str) -> None:
        """The schedule's message, and then what it put on the queues of site Local."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        feed("background", "background", [json.dumps({"job": job, "at": at})])
        self.work()

    def work(self) -> None:
        for function, queue in (("local_now", "site-1-now"), ("local", "site-1")):
            feed(function, queue, taken(queue))


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def feed(function: str, queue: str, bodies: list[str]) -> None:
    arn = connection().queue_arn(queue)
    records = [
        {"messageId": f"m{n}", "body": body, "attributes": {}, "eventSourceARN": arn}
        for n, body in enumerate(bodies)
    ]
    if records:
        answer = worker.run(function, {"Records": records}, Context())
        assert answer == {"batchItemFailures": []}


def taken(queue: str) -> list[str]:
    sqs, url = clients.client("sqs"), connection().queue_url(queue)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return [one["Body"] for one in found]


@pytest.fixture
def lapsed(aws: None, monkeypatch: pytest.MonkeyPatch) -> Lapsed:
    house: House = open_house()
    made = made_secret(house.admin, password=canary())
    path, shared = (
        f"/api/v1/secrets/{one['id']}" for one in (made, made_secret(house.admin, machine="db2"))
    )
    on = {"data": {"checkOutEnabled": {"dirty": True, "value": True}}}
    assert house.admin.patch(f"{shared}/security-checkout", on).status == 200
    stored = wiring.secret_store().fetch([made["id"]])[made["id"]]
    changing = replace(stored.secret, switches=replace(stored.secret.switches, auto_change=True))
    wiring.committer()([wiring.secret_store().put(changing)])
    host = MemoryHost({"root": Plain(value(made, "password"))})
    there = replace(
        wiring.local_worker(), targets=Anywhere, changer_of=lambda _: Memory({"db1": host})
    )
    monkeypatch.setattr(wiring, "local_worker", lambda: there)
    pages = paged()
    monkeypatch.setattr(wiring, "backups", lambda: pages)
    lapse()
    return Lapsed(house.admin, host, path, shared)


def test_passwords_are_proven_and_changed_checked_out_and_in_and_backed_up(lapsed: Lapsed) -> None:
    admin, path, first = lapsed.admin, lapsed.path, lapsed.password()
    lapsed.tick("Local Heartbeat Trigger Job")
    assert lapsed.status() == "Success"

    # A leaked password is expired by hand, and the due change follows.
    assert admin.post(f"{path}/expire", {}).status == 200
    lapsed.tick("Local Password Change Trigger Job")
    second = lapsed.password()
    assert second != first and lapsed.host.opens("root", Plain(second))

    assert admin.post(f"{path}/heartbeat", {}).status == 200  # somebody asks for one
    lapsed.work()
    assert lapsed.status() == "Success"

    assert admin.post(f"{lapsed.shared}/check-out", {}).status == 200
    assert admin.get(lapsed.shared).status == 200
    assert admin.post(f"{lapsed.shared}/check-in", {}).status == 200

    lapsed.tick("BackupMonitor")
    (entry,) = wiring.backups().history(Paging()).records
    assert entry.success
    assert admin.put(f"{path}/fields/password", {"value": "x"}).json["errorCode"] == "API_ViewOnly"
