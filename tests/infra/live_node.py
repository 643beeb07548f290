"""A node on moto whose functions are called as AWS calls them, and are seen to call AWS."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaBackend
from moto.dynamodb.models.table_export import TableExport
from moto.s3.models import s3_backends

import app
from chalicelib import wiring
from chalicelib.aws import connection
from chalicelib.aws.clients import client
from chalicelib.catalogue import Operation
from chalicelib.changers.memory import Memory, MemoryHost
from chalicelib.cluster.functions import AGENT, API, FUNCTIONS, WORKERS, Function
from chalicelib.core.ids import fresh_id
from chalicelib.vault.store import SecretStore
from infra.template import load
from tests.calls import listening
from tests.canary import canary
from tests.client import Client, Context
from tests.infra.nodes import make_function

from .seen import Seen

MACHINE = "192.0.2.10"


@dataclass
class Time:
    """The cluster's clock. It begins on a full hour, where agents look thoroughly."""

    now: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    )

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass(frozen=True)
class NoOffset:
    """AWS's time: that of the test."""

    def watch(self) -> None:
        """Nothing to watch."""

    def offset(self) -> timedelta:
        return timedelta(0)


@dataclass
class Node:
    """One node of a fresh cluster, its functions called as AWS calls them."""

    seen: Seen
    time: Time = field(default_factory=Time)
    host: MemoryHost = field(default_factory=MemoryHost)
    password: str = field(default_factory=canary, repr=False)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    records: int = 0
    _signed_in: tuple[datetime, Client] | None = None

    # -- its functions

    def api(self, event: Any, context: Any) -> Any:
        with self.seen.running(API.name):
            return app.app(event, context)

    def agent(self) -> None:
        with self.seen.running(AGENT.name):
            whole = wiring.agent()
            replace(whole, time=NoOffset(), pause=lambda _: None).run()

    def work(self, function: str, bodies: Sequence[str], queue: str = "") -> None:
        """One batch for a worker, of its own queue if no other; it must be done with all of it."""
        source = queue or next(one.queue for one in WORKERS if one.name == function)
        records = [self._record(body, source) for body in bodies]
        with self.seen.running(function):
            answer = getattr(app, function)({"Records": records}, Context())
        assert answer == {"batchItemFailures": []}, (function, bodies, answer)

    def tick(self, operation: Operation) -> None:
        at = self.time().replace(second=0, microsecond=0)
        body = {"job": operation.name, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.work(operation.queue.replace("-", "_"), [json.dumps(body)])

    def take(self, function: Function, queue: str = "") -> int:
        """Let a function work on what lies on a queue, its own if no other; how much that was."""
        bodies = self.taken(queue or function.queue)
        for body in bodies:
            self.delivered.add((function.name, json.loads(body)["kind"]))
        if bodies:
            self.work(function.name, bodies, queue)
        return len(bodies)

    def taken(self, queue: str) -> list[str]:
        """What lies on a queue, as Lambda's poller takes it."""
        sqs, url = client("sqs"), connection.connection().queue_url(queue)
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return [one["Body"] for one in found]

    # -- its people

    @property
    def nobody(self) -> Client:
        return Client(self.api, check=False)  # what answers look like is for other tests

    def administrator(self) -> Client:
        """Signed in, anew when time has passed: sessions end."""
        if self._signed_in is None or self._signed_in[0] != self.time():
            self._signed_in = (self.time(), self.nobody.login("ada", self.password))
        return self._signed_in[1]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The administrator's request for a path below /api/v1: its answer, which must be fine."""
        answer = self.administrator().request(method, f"/api/v1/{path}", json=body)
        assert answer.status == 200, (method, path, answer.message)
        return answer.json

    def _record(self, body: str, queue: str) -> dict[str, Any]:
        self.records += 1
        arn = connection.connection().queue_arn(queue)
        source = {"eventSource": "aws:sqs", "eventSourceARN": arn}
        return {"messageId": f"message-{self.records}", "body": body, **source}


@contextmanager
def deployed() -> Iterator[Node]:
    """A node as a deploy leaves it, before its agent's first minute."""
    seen = Seen(os.environ["CLUSTER"])
    node = Node(seen)
    with ExitStack() as stack:
        stack.enter_context(mock_aws(config={"lambda": {"use_docker": False}}))
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(LambdaBackend, "send_sqs_batch", lambda *_: False)  # `take` does it
        patched.setattr("moto.dynamodb.models.TableExport", _Exported)
        patched.setattr("chalicelib.wiring.base.utc_now", node.time)
        patched.setattr("chalicelib.events.service.BATCH", 1)  # so that a sweep has two slices
        patched.setattr(SecretStore, "keep", _keeping_one(SecretStore.keep))
        patched.setattr(wiring, "local_worker", _on_memory(wiring.local_worker, node.host))
        stack.callback(_forget)
        _forget()
        load(seen.cluster)
        for table in ("data", "audit"):
            client("dynamodb").update_continuous_backups(
                TableName=f"conclave-{seen.cluster}-{table}",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
        for function in FUNCTIONS:
            make_function("node-a", function, b"", seen.cluster)
        client("scheduler").create_schedule_group(Name=f"conclave-{seen.cluster}-node-a")
        stack.enter_context(listening(seen.listen))
        yield node


def _keeping_one(keep: Callable[..., Any]) -> Callable[..., Any]:
    """A history of one former value: the second change drops one, as the eleventh does."""
    return lambda *words: keep(*words[:-1], min(words[-1], 1))


class _Exported(TableExport):
    """An export that is done at once, named as on AWS: of no rows, and of the audit table broken.

    A backup that fails so is made from the tables' pages the next time.
    """

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.arn = f"{self.table.table_arn}/export/{fresh_id()}"
        self.folder = f"{self.s3_prefix}/AWSDynamoDB/{self.table.name}"

    def start(self) -> None:
        self.status = "COMPLETED"
        if self.table.name.endswith("-data"):
            s3 = s3_backends[self.account_id][self.partition]
            s3.put_object(self.s3_bucket, f"{self.folder}/manifest-files.json", b"")

    def response(self) -> dict[str, Any]:
        return {**super().response(), "ExportManifest": f"{self.folder}/manifest-summary.json"}


def _forget() -> None:
    connection.reset()
    wiring.reset()


def _on_memory(real: Any, host: MemoryHost) -> Callable[[], Any]:
    """The local worker, with hosts in memory as its targets."""

    def on_memory() -> Any:
        return replace(real(), changer_of=lambda _: Memory({MACHINE: host}))

    on_memory.__dict__["cache_clear"] = real.cache_clear  # for wiring.reset()
    return on_memory
