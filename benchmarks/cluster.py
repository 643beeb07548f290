"""A cluster on moto with its first administrator, driven as API Gateway and SQS drive it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models.dynamo_type import DynamoType, Item

import app
from chalicelib import wiring
from chalicelib.aws import connection
from chalicelib.aws.clients import client
from chalicelib.catalogue import BY_NAME
from chalicelib.core.ids import fresh_id
from chalicelib.settings import service as settings
from infra import setup_code
from tests import founding, moto_cluster, moto_keys, moto_speed
from tests.calls import AwsCall, recording
from tests.canary import canary
from tests.client import Client, Context

UNIX_ACCOUNT = 6007
ADMINISTRATOR = "ada"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SESSION_TOKEN": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NODE": "node-a",
    "CLUSTER": "test",
}


@dataclass
class Cluster:
    """Clients of it, and what Lambda would do."""

    nobody: Client
    admin: Client
    at: datetime
    records: int = field(default=0)

    def tick(self, job: str) -> Sequence[AwsCall]:
        """The calls that a worker makes for a tick of a job, newer than the one before."""
        self.at += timedelta(microseconds=1)
        body = {"job": job, "at": self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        return self.deliver(BY_NAME[job].queue.replace("-", "_"), [json.dumps(body)])

    def deliver(self, function: str, bodies: Sequence[str]) -> Sequence[AwsCall]:
        """The calls that a function makes for one batch of messages; all must be done with."""
        records = [self._record(body) for body in bodies]
        with recording() as made:
            answer = getattr(app, function)({"Records": records}, Context())
        assert answer == {"batchItemFailures": []}, answer
        return made.seen

    def taken(self, queue: str) -> list[str]:
        """What lies on a queue, as Lambda's poller takes it: at most ten, deleted."""
        sqs, url = client("sqs"), connection.connection().queue_url(queue)
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return [one["Body"] for one in found]

    def warm(self) -> None:
        """Let settings be read now, not in what is counted."""
        wiring.settings.cache_clear()
        wiring.settings().current()

    def made(self, path: str, body: Mapping[str, Any]) -> int:
        """The id of what a POST makes."""
        answer = self.admin.post(path, body)
        assert answer.status == 200, answer.message
        return int(answer.json["id"])

    def unix_account(self, folder: int, password: str, username: str = "app", **more: Any) -> int:
        """The id of a new secret of that kind."""
        values = {"machine": "host-1", "username": username, "password": password}
        body = {
            "name": "app on host-1",
            "secretTemplateId": UNIX_ACCOUNT,
            "folderId": folder,
            "siteId": 1,
            "items": [{"slug": slug, "itemValue": value} for slug, value in values.items()],
            **more,
        }
        return self.made("/api/v1/secrets", body)

    def folder(self) -> int:
        body = {"folderName": fresh_id(), "folderTypeId": 1, "parentFolderId": -1}
        return self.made("/api/v1/folders", body)

    def _record(self, body: str) -> dict[str, Any]:
        self.records += 1
        return {"messageId": f"message-{self.records}", "eventSource": "aws:sqs", "body": body}


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A fresh cluster; the process knows no other, before and after.

    Settings are kept all the while: how fast this machine is must not show in the counts.
    """
    moto_keys.lengthen()
    moto_speed.quicken()
    kept = settings.KEPT
    settings.KEPT = timedelta(hours=1)
    with mock_aws():
        moto_cluster.fresh(os.environ["CLUSTER"])
        forget()
        try:
            yield _set_up()
        finally:
            settings.KEPT = kept
            forget()


def put(rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as DynamoDB writes them, into moto itself: the way of requests takes minutes."""
    backend = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID]["us-east-1"]
    table = backend.tables[connection.connection().data_table]
    for row in rows:
        pk, sk = DynamoType(row["pk"]), DynamoType(row["sk"])
        table.items[pk][sk] = Item(pk, sk, dict(row))


def forget() -> None:
    """Be a cold process again, but for what is imported and the clients' sockets."""
    connection.reset()
    wiring.reset()


def set_environment() -> None:
    """The environment of a Lambda, with no way out to a real AWS."""
    os.environ.update(ENVIRONMENT)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        os.environ.pop(name, None)


def _set_up() -> Cluster:
    founding.found()
    now, password = wiring.clock()(), canary()
    code = setup_code.offer(connection.connection().data_table, now)
    nobody = Client(app.app, check=False)  # what answers look like is for other tests
    body = {"code": code, "userName": ADMINISTRATOR, "password": password}
    answer = nobody.post("/api/v1/setup", body)
    assert answer.status == 200, answer.message
    admin = nobody.login(ADMINISTRATOR, password)
    return Cluster(nobody, admin, now.replace(second=0, microsecond=0))
