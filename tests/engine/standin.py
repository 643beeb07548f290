"""A stand-in for the cluster: the engine protocol over HTTP and real queues, and nothing else."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.session import Session
from moto.server import ThreadedMotoServer

from chalicelib.changers.work import Answer, Work, encode
from chalicelib.core import messages
from chalicelib.core.clock import utc_now
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.ids import fresh_id
from chalicelib.core.sealing import about_claim, seal
from chalicelib.core.signing import Statement, fingerprint, verify

CLAIM = re.compile(r"/SecretServer(/api/v1/engine/items/([^/]+)/claim)")
QUEUES = ("work", "now", "answers")


@dataclass
class Item:
    """One offer."""

    work: Work
    deadline: timedelta = timedelta(minutes=1)
    sealed_to: bytes | None = None  # another's key
    claims: int = 0


@dataclass
class Known:
    """One engine as the stand-in sees it."""

    signing: bytes
    sealing: bytes
    status: str = "Pending"


@dataclass
class Cluster:
    """What the engine talks to. `refusals` are statuses that the next claims meet."""

    endpoint: str
    skew: timedelta = timedelta(0)
    callback: float = 0.2
    engines: dict[int, Known] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refusals: deque[int] = field(default_factory=deque)
    nonces: set[str] = field(default_factory=set)
    running: list[int] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.sqs = _sqs(self.endpoint)
        mark = fresh_id()[:8]
        for name in QUEUES:
            made = self.sqs.create_queue(
                QueueName=f"{name}-{mark}", Attributes={"VisibilityTimeout": "2"}
            )
            self.queues[name] = made["QueueUrl"]

    def approve(self, status: str = "Activated") -> None:
        """Every engine that has registered."""
        with self.lock:
            for known in self.engines.values():
                known.status = status

    def offer(self, item: Item, queue: str = "work", life: timedelta = timedelta(minutes=5)) -> str:
        """Put an item on offer and its message on the site's queue; its id."""
        name = fresh_id()
        self.items[name] = item
        self.send(name, queue, life)
        return name

    def send(self, item: str, queue: str = "work", life: timedelta = timedelta(minutes=5)) -> None:
        now = utc_now() + self.skew
        body: dict[str, messages.Ref] = {"item": item, "secret": 1, "work": "any"}
        sent = messages.message(fresh_id(), "site.item", now, life, body)
        self.sqs.send_message(QueueUrl=self.queues[queue], MessageBody=messages.encode(sent))

    def left(self, queue: str) -> int:
        """Messages in a queue, in sight and out of sight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.sqs.get_queue_attributes(QueueUrl=self.queues[queue], AttributeNames=names)
        return sum(int(number) for number in got["Attributes"].values())

    def answers(self) -> dict[str, Answer]:
        """What came on the response bus, by item; every signature is checked."""
        found: dict[str, Answer] = {}
        while got := self.sqs.receive_message(
            QueueUrl=self.queues["answers"], MaxNumberOfMessages=10
        ).get("Messages"):
            for one in got:
                body = messages.decode(one["Body"]).body
                assert body["item"] not in found, "answered twice"
                found[str(body["item"])] = self._checked(body)
                self.sqs.delete_message(
                    QueueUrl=self.queues["answers"], ReceiptHandle=one["ReceiptHandle"]
                )
        return found

    def _checked(self, body: Any) -> Answer:
        answer = Answer(body["status"], body["detail"], body["pin"])
        said = Statement(
            *("ANSWER", "engine-response", answer.body(), body["time"], body["nonce"]),
            *(body["item"], body["fence"]),
        )
        assert said.is_fresh(utc_now() + self.skew)
        verify(said, body["signature"], self.engines[body["engine"]].signing)
        return answer

    def handle(self, path: str, headers: Any, raw: bytes) -> tuple[int, dict[str, Any]]:
        """One call of the engine protocol."""
        with self.lock:
            self.calls[path.rsplit("/", 1)[-1]] += 1
            if path == "/SecretServer/api/v1/engine/register":
                return 200, self._register(json.loads(raw))
            try:
                engine = self._who(path, headers, raw)
            except (Unauthenticated, KeyError):
                return 401, {"message": "no"}
            if path == "/SecretServer/api/v1/engine/callback":
                return 200, self._callback(engine, json.loads(raw))
            return self._claim(engine, path)

    def _register(self, body: Any) -> dict[str, Any]:
        signing, sealing = (base64.b64decode(body[key]) for key in ("signingKey", "sealingKey"))
        numbers = {known.signing: number for number, known in self.engines.items()}
        number = numbers.get(signing, len(self.engines) + 1)
        status = self.engines.setdefault(number, Known(signing, sealing)).status
        print_ = fingerprint(signing, sealing)
        return {"engineId": number, "status": status, "fingerprint": print_}

    def _who(self, path: str, headers: Any, raw: bytes) -> int:
        number = int(headers["X-Conclave-Engine"])
        claim = CLAIM.fullmatch(path)
        said = Statement(
            method="POST",
            path=path.removeprefix("/SecretServer"),
            body=raw,
            time=int(headers["X-Conclave-Time"]),
            nonce=headers["X-Conclave-Nonce"],
            item=claim[2] if claim else "",
        )
        verify(said, headers["X-Conclave-Signature"], self.engines[number].signing)
        if not said.is_fresh(utc_now() + self.skew) or said.nonce in self.nonces:
            raise Unauthenticated
        self.nonces.add(said.nonce)
        return number

    def _callback(self, engine: int, body: Any) -> dict[str, Any]:
        self.running.append(body["running"])
        status = self.engines[engine].status
        now = (utc_now() + self.skew).timestamp()
        reply: dict[str, Any] = {"status": status, "callbackSeconds": 60, "serverTime": now}
        if status != "Activated":
            return reply
        keys = {"accessKeyId": "k", "secretAccessKey": fresh_id(), "sessionToken": fresh_id()}
        return reply | {
            "siteId": 7,
            "siteName": "Demo",
            "callbackSeconds": self.callback,
            "region": "us-east-1",
            "endpointUrl": self.endpoint,
            "queues": self.queues,
            "credentials": keys,
        }

    def _claim(self, engine: int, path: str) -> tuple[int, dict[str, Any]]:
        found = CLAIM.fullmatch(path)
        item = self.items.get(found[2]) if found else None
        if self.refusals:
            return self.refusals.popleft(), {"message": "refused"}
        if item is None or found is None:
            return 404, {"message": "not found"}
        if self.engines[engine].status != "Activated":
            return 400, {"errorCode": "API_AccessDenied"}
        item.claims += 1
        if item.claims > 1:
            return 409, {"message": "taken"}
        about = about_claim(found[2], 1, str(engine))
        box = seal(encode(item.work), item.sealed_to or self.engines[engine].sealing, about)
        return 200, {
            "itemId": found[2],
            "fence": 1,
            "kind": item.work.kind,
            "deadlineSeconds": item.deadline.total_seconds(),
            "sealed": base64.b64encode(box).decode(),
        }


@cache
def _sqs(endpoint: str) -> Any:
    session: Any = Session()
    return session.create_client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@contextmanager
def serving(cluster: Cluster, port: int = 0) -> Iterator[str]:
    """The cluster's HTTP side for as long as the block; its base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = cluster.handle(self.path, self.headers, raw)
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((utc_now() + cluster.skew).timestamp())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/SecretServer"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def queues() -> Iterator[str]:
    """An SQS on loopback for as long as the block; its address."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
