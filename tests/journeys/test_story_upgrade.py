"""Journey: a cluster of two nodes is upgraded node by node while people read and write.

`make prove` begins with either node, and goes back again by the checkout of the version before.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from chalicelib import SCHEMA, VERSION
from chalicelib.settings.advanced import ADVANCED
from infra.localrun.api import Api, ApiError
from infra.localrun.settings import ROOT
from tests.canary import canary
from tests.counts import FULL, full_or
from tests.localrun.whole_run import Run, a_run

from .cluster import SLOWER, Cluster, JobRun, minutes, now, within

pytestmark = pytest.mark.xdist_group("stories of upgrades")

NEW_VERSION = "99.0.0"
EVERY = full_or(0.1, 0.3)
"""Seconds from one write to the next."""
LONGEST_GAP = 20
"""Seconds in which no write was taken, on a machine that runs more than a cluster."""
LATEST_TICK = 75
"""Seconds until a tick has begun that a node on its way out had received and handed back."""
EVERY_MINUTE = "event-queue"
UNIX_ACCOUNT = 6007

log = logging.getLogger(__name__)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with a_run(tmp_path) as run:
        run.start()
        yield run
        run.interrupt()
        assert Cluster(run).betrayals() == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the version to come, with a migration of its own."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("chalicelib", "infra", ".chalice"):
        shutil.copytree(ROOT / name, folder / name)  # with what is compiled of it
    shutil.copy(ROOT / "app.py", folder)
    (folder / "chalicelib" / "__init__.py").write_text(
        f'"""To come."""\n\nVERSION = "{NEW_VERSION}"\nSCHEMA = {SCHEMA + 1}\n'
    )
    table = folder / "chalicelib" / "cluster" / "migration.py"
    row = f'("again", {SCHEMA}, "chalicelib.vault.migrations:list_by_privileged_account", "Again.")'
    head = "MIGRATIONS: tuple[Migration, ...] = (\n"
    text = table.read_text("utf-8")
    assert head in text
    table.write_text(text.replace(head, f"{head}    Migration{row},\n"))
    return folder


@dataclass
class People:
    """Somebody who writes, reads and writes again, as through a load balancer.

    Whoever is refused at one node is sent to the other. taken: the last write that was taken
    """

    apis: list[Api]
    secret: int
    taken: int = 0
    reads: int = 0
    gap: float = 0.0
    failed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        turn, last = cycle((self.apis, self.apis[::-1])), time.monotonic()
        while not self.stopped.wait(EVERY):
            apis = next(turn)
            if self._write(apis, self.taken + 1):
                now = time.monotonic()
                self.taken, self.gap, last = self.taken + 1, max(self.gap, now - last), now
            self._read(apis[::-1])

    def _write(self, apis: list[Api], number: int) -> bool:
        for api in apis:
            try:
                api.put(f"secrets/{self.secret}/fields/notes", {"value": str(number)})
            except ApiError:
                continue
            return True
        return False

    def _read(self, apis: list[Api]) -> None:
        said = []
        for api in apis:
            try:
                found = int(api.get(f"secrets/{self.secret}/fields/notes"))
            except ApiError as error:
                said.append(str(error))
                continue
            self.reads += 1
            if found < self.taken:
                self.lost.append(f"{found} was read after {self.taken} was written")
            return
        self.failed.append("; ".join(said))


@pytest.mark.parametrize("first", full_or(("node-a", "node-b"), ("node-a",)))
def test_an_upgrade_under_load_fails_no_read_and_loses_no_write(
    run: Run, checkout: Path, first: str
) -> None:
    cluster, api = Cluster(run), run.api()
    before = boxes(api)
    prepare(cluster, api)
    people, began = People([run.api(0), run.api(1)], kept(api)), now()
    working = threading.Thread(target=people.work)
    working.start()
    try:
        upgrade(run, checkout, first, "--step", "deploy")
        assert shown(api)["step"] == "join"
        upgrade(run, checkout, first)  # goes on where it stands
        assert ends(api) == ("finished", {NEW_VERSION}, before)
        if FULL:
            upgrade(run, ROOT, first, "--step", "abort")
            assert ends(api) == ("aborted", {VERSION}, before)
    finally:
        people.stopped.set()
        working.join()
    assert people.failed == []
    assert people.lost == []
    assert int(api.get(f"secrets/{people.secret}/fields/notes")) >= people.taken > 0
    assert people.reads > 0
    assert people.gap < LONGEST_GAP
    assert_no_tick_is_missing(cluster, began)


def assert_no_tick_is_missing(cluster: Cluster, began: datetime) -> None:
    """Jobs go on at every step: each minute's tick is run, and none later than one handed back."""

    def ticks() -> list[JobRun]:
        return [one for one in cluster.runs(EVERY_MINUTE) if one.is_tick and one.at > began]

    runs = within(LATEST_TICK, ticks, "a tick")
    assert [one.at for one in runs] == minutes(began, runs[-1].at)
    late = max(one.started - one.at for one in runs)
    log.info("the latest tick began after %.1f s", late.total_seconds())
    assert late < timedelta(seconds=LATEST_TICK * SLOWER)


def ends(api: Api) -> tuple[str, set[str], list[tuple[object, ...]]]:
    """How the upgrade ended, the versions of the nodes, and their boxes."""
    found = shown(api)
    return found["status"], {one["version"] for one in found["nodes"]}, boxes(api)


def prepare(cluster: Cluster, api: Api) -> None:
    """A fresh backup; a stopped process of this machine has nothing under way: a second will do."""
    (row,) = [one for one in ADVANCED if one.setting == "upgrade_settling"]
    api.put("advanced-config-settings", {"advancedSettingId": row.id, "value": "1"})
    api.post("configuration/backup/run-now", {})
    within(60, lambda: shown(api)["backup"]["name"], "a backup")


def kept(api: Api) -> int:
    items = {"machine": "host.example", "username": "root", "password": canary(), "notes": "0"}
    body = {
        "name": "written",
        "secretTemplateId": UNIX_ACCOUNT,
        "folderId": -1,
        "siteId": 1,
        "items": [{"slug": slug, "itemValue": value} for slug, value in items.items()],
    }
    return int(api.post("secrets", body)["id"])


def upgrade(run: Run, checkout: Path, first: str, *more: str) -> None:
    """The operator's command, from that checkout."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "infra.upgrade",
            "--stage",
            first,
            "--local",
            str(run.state),
            *more,
        ],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def shown(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("upgrade")
    return found


def boxes(api: Api) -> list[tuple[object, ...]]:
    names = ("machineName", "inCluster", "enableBackgroundWorker", "enableEngineWorker")
    return [tuple(one[name] for name in names) for one in api.get("nodes")]
