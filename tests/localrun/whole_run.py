"""The launcher as `make run` starts it, on ports and in a directory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.localrun.api import Api
from infra.localrun.settings import ROOT
from tests.ports import free_port, free_row
from tests.waiting import eventually


@dataclass(slots=True)
class Run:
    """One state directory; it may be started, killed and started again."""

    state: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def start(self, patience: float = 60) -> None:
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
        eventually(self._is_ready, patience)
        self.seconds = time.monotonic() - begun

    @property
    def said(self) -> str:
        """What it wrote to its terminal."""
        return (self.state.parent / "out").read_text()

    def look(self) -> dict[str, Any]:
        """The facts as they are now: children that died were started again."""
        self.facts = json.loads((self.state / "run.json").read_text())
        return self.facts

    def kill_all(self) -> None:
        for pid in self.facts["pids"].values():
            os.kill(pid, signal.SIGKILL)
        self._wait()

    def interrupt(self) -> None:
        """Ctrl-C, twice as the impatient do."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGINT)
        self._wait()

    @contextmanager
    def another(self, name: str) -> Iterator[Path]:
        """One more node, as `make node` starts it; where it writes what it says."""
        said = self.state.parent / name
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "infra.localrun.extra_node"],
                cwd=ROOT,
                env={**os.environ, **self.environ, "NAME": name},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)

    def api(self, node: int = 0) -> Api:
        api = Api(self.facts["nodes"][node]["base_url"])
        return api.login(self.facts["username"], self.facts["password"])

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said
        if not (self.state / "run.json").exists():
            return False
        return bool(self.look().get("pids", {}).get("launcher") == self.process.pid)

    def _wait(self) -> None:
        if self.process is not None:
            self.process.wait(timeout=30)
            self.process = None


@contextmanager
def a_run(folder: Path, *, demo: bool = False) -> Iterator[Run]:
    """A run of two nodes, not started yet; ended with the block."""
    environ = {
        "STATE": str(folder / "state"),
        "PORT": str(free_row(3)),
        "AWS_PORT": str(free_port()),
        "DEMO_PORT": str(free_port()),
        "DEMO": "1" if demo else "0",
        "NODES": "2",
    }
    running = Run(folder / "state", environ)
    try:
        yield running
    finally:
        if running.process is not None:
            running.interrupt()
