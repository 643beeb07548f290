"""An engine in a site: installed by one person, approved by another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localrun.cluster import PATIENCE
from infra.localrun.settings import ROOT
from tests.client import Client

from .cluster import within

_FINGERPRINT = re.compile(r"SHA256:\S+")


@dataclass(frozen=True)
class Engine:
    """An engine's process, as the one who installed it sees it."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def fingerprint(self) -> str:
        """What it prints for its administrator to compare."""
        found = within(20, lambda: _FINGERPRINT.search(self._text), "the engine's fingerprint")
        return found[0]

    @property
    def _text(self) -> str:
        return self.log.read_text()


@contextmanager
def running_engine(url: str, name: str, folder: Path) -> Iterator[Engine]:
    """An engine for as long as the block."""
    folder.mkdir(parents=True)
    flags = ["--url", url, "--name", name, "--state", str(folder / "state"), "--poll", "1"]
    flags += ["--patience", PATIENCE]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chalicelib.engine", *flags],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        yield Engine(name, folder / "log", process)
    finally:
        process.terminate()
        process.wait(30)


def made_site(admin: Client, name: str) -> int:
    """A new site; its id."""
    made = admin.post("/api/v1/distributed-engine/site", {"data": {"siteName": name}})
    assert made.status == 200, made.message
    return int(made.json["siteId"])


def approve(admin: Client, engine: Engine, site: int) -> None:
    """Put an engine to work, if the cluster shows the fingerprint that the engine printed."""
    (shown,) = within(
        20, lambda: _engines(admin, engine.name), f"{engine.name} among the cluster's engines"
    )
    assert shown["activationStatus"] == "Pending"
    assert shown["fingerprint"] == engine.fingerprint()
    asked = {"engineId": shown["engineId"], "changeType": "Activate", "siteId": site}
    path = "/api/v1/distributed-engine/update-engine-status"
    (result,) = admin.post(path, {"data": {"engines": [asked]}}).json["results"]
    assert result["success"], result["error"]


def _engines(admin: Client, name: str) -> list[Any]:
    path = "/api/v1/distributed-engine/engines"
    return list(admin.get(path, query={"filter.friendlyName": name}).json["records"])
