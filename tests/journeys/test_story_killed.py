"""Journey 3: a node is killed in the middle of runs: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.client import Client
from tests.localrun.whole_run import a_run
from tests.targets.postgresql import running_postgresql

from .cluster import Cluster, assert_run_once, now, within
from .engines import approve, made_site, running_engine
from .keeping import change, heartbeat, kept, told
from .machines import Database

pytestmark = pytest.mark.xdist_group("stories of death")

EACH = 6
OFFERING = ("heartbeat", "expired-secret-password-change")
HIDDEN = {"background": 75}
SOON = 30
"""Seconds until a dead worker's messages come again, when its lease is over. Minutes on AWS."""


@dataclass(frozen=True, slots=True)
class Account:
    """A role of the database, its first password, and the secret that keeps it."""

    name: str
    first: Plain
    secret: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A cluster of its own, a database, and an engine between them."""

    cluster: Cluster
    database: Database
    site: int

    def accounts(self) -> list[Account]:
        return [self._account() for _ in range(EACH)]

    def _account(self) -> Account:
        first = Plain(canary())
        name = self.database.account(first)
        admin = self.cluster.admin()
        return Account(name, first, kept(admin, self.database, name, first, self.site))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_run(tmp_path) as run, running_postgresql() as postgresql:
        run.start()
        cluster = Cluster(run)
        url = cluster.base_url("node-b")
        with running_engine(url, "branch-engine", tmp_path / "engine") as engine:
            site = made_site(cluster.admin(), "Branch")
            approve(cluster.admin(), engine, site)
            yield Scene(cluster, Database(postgresql), site)
        run.interrupt()
        assert cluster.betrayals() == []


def test_a_node_dies_in_the_middle_and_everything_is_done_once(scene: Scene) -> None:
    cluster, admin = scene.cluster, scene.cluster.admin()
    jobs = every_minute(admin)
    hide_briefly(cluster)

    # Heartbeats and password changes fall due.
    steer(admin, "pause")
    checked, changed = scene.accounts(), scene.accounts()
    for one in changed:
        assert admin.post(f"/api/v1/secrets/{one.secret}/expire", {}).status == 200

    # Runs begin on both nodes. Node-a is caught in the middle of one, and killed.
    steer(admin, "resume")
    caught = caught_running(cluster, [*OFFERING, *jobs])
    assert caught
    os.kill(cluster.run.facts["pids"]["node-a"], signal.SIGKILL)
    killed = now()

    # Nothing is lost: all heartbeats are answered, all changes made, the runs it left are ended.
    within(120, lambda: all(heartbeat(admin, one.secret) == "Success" for one in checked), "checks")
    within(120, lambda: all(change(admin, one.secret) == "Success" for one in changed), "changes")
    within(120, lambda: all(ended(cluster, *run) for run in caught.items()), f"ends of {caught}")

    # Nothing took effect twice: the database counts one change each, history has one value each.
    for one in changed:
        assert_changed_once(scene, one)
    for one in checked:
        assert scene.database.changes(one.name) == 0
        assert scene.database.opens(one.name, one.first)
        assert told(admin, one.secret).count("HEARTBEAT by branch-engine") == 1

    # Ticks go on, each run once.
    within(150, lambda: all(ticks(cluster, slug)[-1:] > [killed] for slug in jobs), "a tick")
    for slug in jobs:
        assert_run_once(cluster, slug)
    assert cluster.run.look()["pids"]["node-a"]


def every_minute(admin: Client) -> list[str]:
    rows = admin.get("/api/v1/jobs").json
    return [row["slug"] for row in rows if row["schedule"] == "cron(* * * * ? *)"]


def steer(admin: Client, how: str) -> None:
    for slug in OFFERING:
        assert admin.post(f"/api/v1/jobs/{slug}/{how}", {}).status == 200


def hide_briefly(cluster: Cluster) -> None:
    """What a dead worker has received comes again soon."""
    sqs = cluster.aws.sqs
    for url in sqs.list_queues(QueueNamePrefix="conclave-demo-")["QueueUrls"]:
        name = url.rpartition("conclave-demo-")[2]
        if not name.endswith("-dead"):
            seconds = {"VisibilityTimeout": str(HIDDEN.get(name, SOON))}
            sqs.set_queue_attributes(QueueUrl=url, Attributes=seconds)


def caught_running(cluster: Cluster, jobs: Iterable[str]) -> dict[str, Any]:
    """Jobs that node-a, stopped, has begun and not ended: slug and the time of the run.

    Node-b goes on, so what is still executing after a while is node-a's.
    """
    pid = cluster.run.facts["pids"]["node-a"]
    for slug in islice(cycle(jobs), 200):
        cluster.run_now(slug)
        os.kill(pid, signal.SIGSTOP)
        if executing(cluster):
            time.sleep(2)  # longer than any of these runs takes
            if found := executing(cluster):
                return found
        os.kill(pid, signal.SIGCONT)
    return {}


def executing(cluster: Cluster) -> dict[str, Any]:
    rows = cluster.admin().get("/api/v1/diagnostics/quartz-jobs").json
    slugs = {row["name"]: row["slug"] for row in cluster.admin().get("/api/v1/jobs").json}
    return {
        slugs[row["jobName"]]: row["previousFireTime"]
        for row in rows
        if row["triggerState"] == "EXECUTING"
    }


def ended(cluster: Cluster, slug: str, at: str) -> bool:
    """Whether history has that run, without an error."""
    rows = cluster.admin().get(f"/api/v1/jobs/{slug}/runs", query={"take": 200}).json
    return any(row["at"] == at and not row["error"] for row in rows)


def assert_changed_once(scene: Scene, account: Account) -> None:
    admin, path = scene.cluster.admin(), f"/api/v1/secrets/{account.secret}/fields/password"
    assert scene.database.changes(account.name) == 1
    (former,) = admin.get(f"{path}/history").json
    assert Plain(former["value"]).same(account.first)
    assert scene.database.opens(account.name, Plain(admin.get(path).json))
    assert not scene.database.opens(account.name, account.first)
    assert told(admin, account.secret).count("PASSWORD CHANGE by branch-engine") == 1


def ticks(cluster: Cluster, slug: str) -> list[Any]:
    return [run.at for run in cluster.runs(slug) if run.is_tick]
