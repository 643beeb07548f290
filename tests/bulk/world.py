"""A cluster with many secrets and its `web` queue, for tests of bulk operations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow
from chalicelib.bulk import routes
from chalicelib.bulk.service import BulkWorker
from chalicelib.cluster.gate import Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.errors import Stale
from chalicelib.sites import routes as site_routes
from chalicelib.vault.search_index import Generation
from chalicelib.vault.secret import FieldValue, Secret, Stored
from chalicelib.vault.store import nouns, states
from tests.access.conftest import Cluster, bare, cluster, time, trail
from tests.client import Answer, Client
from tests.vault.api import made_folder, made_secret

__all__ = ["bare", "cluster", "routes", "site_routes", "time", "world"]

SLICE = timedelta(seconds=40)
AFTER_A_CRASH = timedelta(minutes=6)
"""When SQS shows a message again whose worker died."""


@dataclass
class World:
    """Ada asks; messages lie on the queue until somebody works."""

    cluster: Cluster
    ada: Client
    _folder: int = field(default=0)

    @property
    def folder(self) -> int:
        """A folder of Ada's."""
        self._folder = self._folder or made_folder(self.ada)
        return self._folder

    def secrets(self, number: int, folder: int | None = None, **more: Any) -> list[int]:
        """So many Unix accounts in a folder: one made by Ada, and copies of its rows."""
        first = int(made_secret(self.ada, folder or self.folder, **more)["id"])
        model = self.stored(first)
        ids = range(first + 100, first + 99 + number)
        with DataRow.batch_write() as batch:
            for id in ids:
                values = {key: resealed(model.secret, id, key) for key in model.secret.values}
                named = replace(model.secret, id=id, name=f"account {id}", values=values)
                state = replace(model.state, secret_id=id)
                for row in (nouns.row_of(named), states.state_row(state)):
                    row.version = 1
                    batch.save(row)
                for slot in found_by(named):
                    batch.save(slot)
        return [first, *ids]

    def stored(self, id: int) -> Stored:
        return wiring.secret_store().fetch([id])[id]

    # -- people

    def ask(self, what: str, who: Client | None = None, **data: Any) -> str:
        """The id of an operation on secrets or users."""
        answer = self.asked(what, who, **data)
        assert answer.status == 200, answer.message
        return str(answer.json["bulkOperationId"])

    def asked(self, what: str, who: Client | None = None, **data: Any) -> Answer:
        kind = "secret" if "secretIds" in data else "user"
        path = f"/api/v1/bulk-{kind}-operations/{what}"
        return (who or self.ada).post(path, {"data": data})

    def progress(self, id: str, who: Client | None = None) -> dict[str, Any]:
        answer = (who or self.ada).get(f"/api/v1/bulk-operations/{id}/progress")
        assert answer.status == 200, answer.message
        found: dict[str, Any] = answer.json
        return found

    def finished(self, what: str, who: Client | None = None, **data: Any) -> dict[str, Any]:
        """How an operation ended that ran undisturbed."""
        id = self.ask(what, who, **data)
        self.work()
        found = self.progress(id, who)
        assert found["isComplete"], found
        return found

    # -- the worker

    def worker(self, clock: Callable[[], datetime] | None = None) -> BulkWorker:
        return replace(wiring.bulk_worker(), clock=clock or self.cluster.time)

    def messages(self) -> list[str]:
        """The operations that messages are about, which are taken off the queue."""
        sqs, url = client("sqs"), connection().queue_url("web")
        self.show_delayed()
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return [str(json.loads(one["Body"])["body"]["operation"]) for one in found]

    def show_delayed(self) -> None:
        """Let time pass for messages that wait."""
        from moto.sqs.models import sqs_backends

        for queue in sqs_backends["123456789012"]["us-east-1"].queues.values():
            for one in queue._messages:
                one.delayed_until = 0

    def deliver(self, id: str, worker: BulkWorker | None = None) -> bool:
        """One slice; false when the message was dropped."""
        try:
            (worker or self.worker()).run(id, self.cluster.time() + SLICE)
        except Stale:
            return False
        return True

    def work(self, most: int = 50) -> int:
        """Work until the queue is empty; how many slices that took."""
        slices = 0
        while ids := self.messages():
            assert slices < most, "it does not end"
            for id in ids:
                self.deliver(id)
                slices += 1
        return slices

    def rewrite(self, change: Callable[[Gate], Gate]) -> None:
        gate = Gates().fetch()
        wiring.committer()([Gates().rewrite(gate, change(gate))])


def told(ids: Sequence[int], action: str) -> list[int]:
    """How often the trail says that of each."""
    lines = [item for what, item, _ in trail() if what == action]
    return [lines.count(str(id)) for id in ids]


@pytest.fixture
def world(cluster: Cluster) -> World:
    return World(cluster, cluster.admin())


def resealed(model: Secret, id: int, key: str) -> FieldValue:
    """A field's value of one secret, sealed for another."""
    known = model.values[key]
    values = wiring.secret_values()
    return values.seal(id, key, known.version, values.open(model.id, known), known.at)


def found_by(secret: Secret) -> list[Any]:
    """The rows that search finds a secret by."""
    slots = wiring.search_indexing().slots(secret, Generation())
    numbers = range(len(slots.places))
    return [wiring.search_store().slot(secret.id, one, slots).row for one in numbers]
