"""The cluster as an engine sees it: register, callback, claim. All but the first are signed."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from chalicelib.changers.work import Work, decode
from chalicelib.core.errors import AccessDenied, Stale, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.core.sealing import about_claim
from chalicelib.core.signing import (
    ENGINE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Statement,
)

from . import VERSION
from .cluster_clock import ClusterClock
from .https import Reply
from .keys import Keys

ACTIVATED = "Activated"
USUAL_CALLBACK = timedelta(seconds=60)
GONE = (404, 409)
LATER = (429, 500, 502, 503, 504)


class Post(Protocol):
    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The reply, whatever its status. Raises Unavailable when there is none."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Who the cluster says that we are."""

    engine: int
    status: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Access:
    """What an activated engine is given: its site's queues, and keys to them for a while."""

    region: str
    endpoint: str | None
    work: str
    now: str
    answers: str
    key: str
    secret: str
    token: str

    def __repr__(self) -> str:
        return f"Access(work={self.work!r})"


@dataclass(frozen=True, slots=True)
class Called:
    """The answer to a callback. `access` is None unless the engine is activated and in a site."""

    status: str
    site: str
    again: timedelta
    access: Access | None


@dataclass(frozen=True, slots=True)
class Claim:
    """An item that is ours now. `deadline` counts from before the claim was sent."""

    item: str
    fence: int
    kind: str
    deadline: timedelta
    box: bytes


class Cluster:
    """One engine's side of the protocol. May be used from several threads."""

    def __init__(self, post: Post, keys: Keys, clock: ClusterClock, ids: Ids) -> None:
        self._post = post
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._engine = 0

    @property
    def engine(self) -> int:
        return self._engine

    def register(self, name: str) -> Registered:
        """Make the engine known; the same keys again are the same engine. May be repeated."""
        body = {
            "name": name,
            "hostName": socket.gethostname(),
            "version": VERSION,
            "signingKey": base64.b64encode(self._keys.signer.public()).decode(),
            "sealingKey": base64.b64encode(self._keys.opener.public()).decode(),
        }
        row = self._call("/api/v1/engine/register", body)
        with _understood():
            self._engine = int(row["engineId"])
            return Registered(self._engine, str(row["status"]), str(row.get("fingerprint", "")))

    def callback(self, running: int) -> Called:
        """Say that we live; learn our status and, if activated, get access for a while more."""
        row = self._signed("/api/v1/engine/callback", {"version": VERSION, "running": running})
        with _understood():
            self._clock.set(datetime.fromtimestamp(float(row["serverTime"]), UTC))
            again = timedelta(seconds=float(row.get("callbackSeconds") or 0)) or USUAL_CALLBACK
            return Called(str(row["status"]), str(row.get("siteName") or ""), again, _access(row))

    def claim(self, item: str, secret: int = 0) -> Claim:
        """Take an item. Raises Stale when it is not, or no longer, to be had.

        secret: whose it is by its message; spares the cluster a read, and grants nothing
        """
        row = self._signed(f"/api/v1/engine/items/{item}/claim", {"secret": secret}, item)
        with _understood():
            return Claim(
                item=item,
                fence=int(row["fence"]),
                kind=str(row["kind"]),
                deadline=timedelta(seconds=float(row["deadlineSeconds"])),
                box=base64.b64decode(row["sealed"]),
            )

    def open(self, claim: Claim) -> Work:
        """What is to be done. Raises Unsealable, or Invalid: then it was not made for us."""
        about = about_claim(claim.item, claim.fence, str(self._engine))
        return decode(claim.kind, self._keys.opener.open(claim.box, about))

    def sign(self, statement: Statement) -> str:
        return self._keys.signer.sign(statement)

    def _signed(self, path: str, body: Mapping[str, Any], item: str = "") -> dict[str, Any]:
        raw = json.dumps(body).encode()
        said = Statement("POST", path, raw, int(self._clock().timestamp()), self._ids(), item)
        headers = {
            ENGINE_HEADER: str(self._engine),
            TIME_HEADER: str(said.time),
            NONCE_HEADER: said.nonce,
            SIGNATURE_HEADER: self.sign(said),
        }
        return self._send(path, raw, headers)

    def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._send(path, json.dumps(body).encode(), {})

    def _send(self, path: str, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        typed = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        reply = self._post.post(path, raw, typed)
        if reply.at is not None:
            self._clock.set_coarsely(reply.at)
        return _body(reply)


def _body(reply: Reply) -> dict[str, Any]:
    """The reply's object. A body of a refusal is never quoted: it is not ours to log."""
    if reply.status in GONE:
        raise Stale(f"the cluster has no such thing for us ({reply.status})")
    if reply.status in LATER:
        raise Unavailable(f"the cluster cannot do it now ({reply.status})")
    if reply.status != 200:
        raise AccessDenied(f"the cluster refuses this engine ({reply.status})")
    try:
        row = json.loads(reply.body)
    except ValueError:
        raise Unavailable("the cluster's reply is no JSON") from None
    if not isinstance(row, dict):
        raise Unavailable("the cluster's reply is no object")
    return row


@contextmanager
def _understood() -> Iterator[None]:
    """A reply that lacks something is as good as none."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Unavailable("the cluster's reply makes no sense to this version") from None


def _access(row: Mapping[str, Any]) -> Access | None:
    queues, keys = row.get("queues"), row.get("credentials")
    if row["status"] != ACTIVATED or not queues or not keys:
        return None
    return Access(
        region=str(row["region"]),
        endpoint=str(row["endpointUrl"]) if row.get("endpointUrl") else None,
        work=str(queues["work"]),
        now=str(queues["now"]),
        answers=str(queues["answers"]),
        key=str(keys["accessKeyId"]),
        secret=str(keys["secretAccessKey"]),
        token=str(keys["sessionToken"]),
    )
