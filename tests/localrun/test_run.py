"""A whole local run: started, facts written, killed, started again, ended by Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.localrun.api import Api
from infra.localrun.aws_api import LocalAws
from infra.localrun.settings import ROOT
from tests.localrun.ports import eventually, free_port


@dataclass(slots=True)
class Run:
    """The launcher as `make run` starts it, on ports and in a directory of its own."""

    state: Path
    environ: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        begun = time.monotonic()
        with (self.state.parent / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.localrun.launcher"],
                cwd=ROOT,
                env={**os.environ, **self.environ},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        eventually(self._is_ready, patience=60)
        self.seconds = time.monotonic() - begun

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.state.parent / "out").read_text()
        path = self.state / "run.json"
        if path.exists():
            self.facts = json.loads(path.read_text())
        return bool(self.facts.get("pids", {}).get("launcher") == self.process.pid)

    def kill_all(self) -> None:
        for pid in self.facts["pids"].values():
            os.kill(pid, signal.SIGKILL)
        self._wait()

    def interrupt(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self._wait()

    def _wait(self) -> None:
        if self.process is not None:
            self.process.wait(timeout=30)
            self.process = None

    def api(self, node: int = 0) -> Api:
        api = Api(self.facts["nodes"][node]["base_url"])
        return api.login(self.facts["username"], self.facts["password"])


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    ports = [free_port() for _ in range(2)]
    port = _two_free()
    environ = {
        "STATE": str(tmp_path / "state"),
        "PORT": str(port),
        "AWS_PORT": str(ports[0]),
        "DEMO_PORT": str(ports[1]),
        "DEMO": "0",
        "NODES": "2",
    }
    running = Run(tmp_path / "state", environ)
    yield running
    if running.process is not None:
        running.interrupt()


def test_a_run_survives_kill_9_and_ends_by_ctrl_c(run: Run) -> None:
    run.start()
    first = run.facts
    assert [node["name"] for node in first["nodes"]] == ["node-a", "node-b"]
    assert set(first["pids"]) == {"launcher", "node-a", "node-b"}
    assert (run.state / "run.json").stat().st_mode & 0o777 == 0o600
    assert all(node["inCluster"] for node in run.api(1).get("nodes"))
    eventually(lambda: len(_enabled(run)) >= 12)

    run.kill_all()
    assert (run.state / "run.json").exists()
    run.start()

    assert run.seconds < 30  # 10 on an idle machine, which one that runs a suite is not
    assert run.facts["password"] == first["password"]
    assert all(node["inCluster"] for node in run.api().get("nodes"))
    assert len(_enabled(run)) >= 12
    _assert_a_dead_child_is_named_and_started_again(run)
    run.interrupt()
    assert not (run.state / "run.json").exists()
    assert all(_is_closed(node["base_url"]) for node in first["nodes"])


def _assert_a_dead_child_is_named_and_started_again(run: Run) -> None:
    dead = run.facts["pids"]["node-b"]
    os.kill(dead, signal.SIGKILL)
    facts = run.state / "run.json"
    eventually(lambda: json.loads(facts.read_text())["pids"]["node-b"] != dead)
    said = (run.state.parent / "out").read_text()
    assert f"node-b (process {dead}) ended with signal 9." in said
    eventually(lambda: not _is_closed(run.facts["nodes"][1]["base_url"]), patience=20)


def _enabled(run: Run) -> list[str]:
    lambdas = LocalAws(run.facts["aws_endpoint_url"]).lambdas
    mappings = lambdas.list_event_source_mappings()["EventSourceMappings"]
    return [one["FunctionArn"] for one in mappings if one["State"] == "Enabled"]


def _two_free() -> int:
    """The first of two free ports in a row: nodes take one after the other."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if port < 65000 and probe.connect_ex(("127.0.0.1", port + 1)):
                return port


def _is_closed(base_url: str) -> bool:
    port = int(base_url.split(":")[2].split("/", maxsplit=1)[0])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
