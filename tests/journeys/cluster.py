"""A running cluster as its users meet it: over HTTP, each answer checked against the contract."""

from __future__ import annotations

import base64
import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from chalicelib.catalogue import BY_SLUG
from chalicelib.core.clock import parse_stamp
from infra.localrun.aws_api import LocalAws
from tests.canary import is_in
from tests.client import Client
from tests.localrun.whole_run import Run

T = TypeVar("T")
log = logging.getLogger(__name__)

SLOWER = 3 if os.environ.get("CI") == "true" else 1
"""A machine that runs a suite is slower than one that runs a cluster."""


def within(
    seconds: float,
    ask: Callable[[], T | None],
    what: str,
    pause: float | None = None,
    instead: Callable[[], str] = str,
) -> T:
    """The first answer that is something, asked for again and again; fails after that time.

    instead: what a failure tells besides, of how things are
    pause: seconds between two questions; log-ins are throttled, so they want long ones
    """
    asked = time.monotonic()
    deadline = asked + seconds * SLOWER
    pause = pause or min(1.0, max(0.1, seconds / 100))  # the cluster needs the processor as well
    while True:
        found = ask()
        if found:
            log.info("%s: after %.1f s", what, time.monotonic() - asked)
            return found
        late = f"{what}: not within {seconds * SLOWER:.0f} s"
        assert time.monotonic() < deadline, f"{late} {instead()}"
        time.sleep(pause)


@dataclass(frozen=True, slots=True)
class OverHttp:
    """Stands where the app stands for a `Client`, and sends its requests to a running node."""

    base_url: str

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        query = event["multiValueQueryStringParameters"]
        request = urllib.request.Request(
            self.base_url + event["path"] + ("?" + urlencode(query, doseq=True) if query else ""),
            base64.b64decode(event["body"]) if event["body"] else None,
            event["headers"],
            method=event["httpMethod"],
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _answer(answer.status, dict(answer.headers.items()), answer.read())
        except urllib.error.HTTPError as error:
            return _answer(error.code, dict(error.headers.items()), error.read())


@dataclass(frozen=True)
class Cluster:
    """A started run."""

    run: Run

    @cached_property
    def aws(self) -> LocalAws:
        return LocalAws(self.run.facts["aws_endpoint_url"])

    @cached_property
    def _tokens(self) -> dict[str, str]:
        return {}

    def base_url(self, node: str) -> str:
        urls = {one["name"]: one["base_url"] for one in self.run.facts["nodes"]}
        return str(urls[node])

    def admin(self, node: str = "node-b") -> Client:
        """The administrator at one of the nodes. His session is good at every node."""
        client = Client(OverHttp(self.base_url(node)))
        if not self._tokens:
            facts = self.run.facts
            self._tokens["admin"] = client.login(facts["username"], facts["password"]).token
        return client.signed_in(self._tokens["admin"])

    def node_id(self, name: str) -> int:
        (found,) = (
            one["nodeId"]
            for one in self.admin().get("/api/v1/nodes").json
            if one["machineName"] == name
        )
        return int(found)

    def configure(self, node: str, via: str = "node-b", **boxes: bool) -> None:
        """Tick or untick boxes of a node, asked at any one."""
        path = f"/api/v1/nodes/{self.node_id(node)}/configuration"
        answer = self.admin(via).post(path, boxes)
        assert answer.status == 200, answer.message

    def run_now(self, slug: str) -> datetime:
        """Ask for a run of a job; from when on it counts."""
        answer = self.admin().post(f"/api/v1/jobs/{slug}/run-now", {})
        assert answer.status == 200, answer.message
        return now()

    def runs(self, slug: str) -> list[JobRun]:
        """The finished runs of a job, oldest first."""
        rows = self.admin().get(f"/api/v1/jobs/{slug}/runs", query={"take": 200}).json
        return [JobRun.of(row) for row in reversed(rows)]

    def logged(self, slug: str) -> list[datetime]:
        """The ticks of a job that the nodes' own logs tell of: history keeps one a tick anyhow.

        A run that ends another's as well tells of its own tick only.
        """
        lines = [line for name in ("node-a", "node-b") for line in self.log(name).splitlines()]
        facts = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        name = BY_SLUG[slug].name
        ran = [one for one in facts if one.get("job") == name and one.get("outcome") == "ran"]
        return sorted(parse_stamp(one["at"]).replace(tzinfo=None) for one in ran)

    def log(self, name: str) -> str:
        return (self.run.state / "log" / f"{name}.log").read_text()

    def places_of(self, value: str) -> list[str]:
        """Which files of the run hold a value in clear: logs, the tables, the queues, all."""
        files = [path for path in self.run.state.rglob("*") if path.is_file()]
        return [path.name for path in files if value.encode() in path.read_bytes()]

    def betrayals(self) -> list[str]:
        """Which files of the run hold a test's secret value."""
        files = [path for path in self.run.state.rglob("*") if path.is_file()]
        return [path.name for path in files if is_in(path.read_text(errors="replace"))]


@dataclass(frozen=True, slots=True)
class JobRun:
    """One finished run. A tick's `at` is a whole minute; that of a run-now has a fraction."""

    at: datetime
    started: datetime
    node: str
    found: int
    error: str

    @property
    def is_tick(self) -> bool:
        return self.at.second == 0 and self.at.microsecond == 0

    @staticmethod
    def of(row: Mapping[str, Any]) -> JobRun:
        at, started = moment(row["at"]), moment(row["started"])
        return JobRun(at, started, row["node"], row["found"], row["error"])


def assert_run_once(cluster: Cluster, slug: str) -> None:
    """No tick of a job was run twice, and none that its history does not know."""
    logged = cluster.logged(slug)
    assert logged, f"no log tells of {slug}"
    assert [at for at in set(logged) if logged.count(at) > 1] == []
    assert set(logged) - {run.at for run in cluster.runs(slug)} == set()


def moment(text: str) -> datetime:
    """A time as the API writes it: UTC, without a zone."""
    return datetime.fromisoformat(text[:26])


def now() -> datetime:
    """The time as the API would write it."""
    return datetime.now(UTC).replace(tzinfo=None)


def minutes(start: datetime, end: datetime) -> list[datetime]:
    """The whole minutes after `start`, up to `end`."""
    first = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    count = int((end - first) // timedelta(minutes=1)) + 1
    return [first + timedelta(minutes=place) for place in range(count)]


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
