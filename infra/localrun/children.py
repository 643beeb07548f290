"""The launcher's child processes: started, watched, named when they die, stopped by their ids."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.localrun.settings import ROOT
from infra.progress import say

log = logging.getLogger(__name__)
_MOST_DEATHS = 5
_WITHIN = 60.0
_TAIL, _LONGEST = 4096, 200


@dataclass(slots=True)
class Child:
    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    folder: Path = ROOT
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """In a session of its own, so that Ctrl-C reaches only the launcher, which stops it."""
        runner = [sys.executable, "-m", "infra.localrun.child", str(os.getpid())]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*runner, *self.command],
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None

    @property
    def exit_code(self) -> int | None:
        return self.process.poll() if self.process is not None else None

    @property
    def is_given_up(self) -> bool:
        return len(self.deaths) >= _MOST_DEATHS


class Children:
    def __init__(self) -> None:
        self._all: dict[str, Child] = {}

    def start(self, child: Child) -> None:
        self._all[child.name] = child
        child.start()

    def replace(self, child: Child, patience: float = 15.0) -> None:
        """Ask the one of that name to end, wait until it has, and start this in its place."""
        before = self._all.get(child.name)
        if before is not None and before.process is not None:
            _end([before.process], patience)
        self.start(child)

    def folder(self, name: str) -> Path | None:
        return self._all[name].folder if name in self._all else None

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._all.items() if child.pid is not None}

    def died(self) -> list[Child]:
        """Those that ended though nobody asked them to."""
        return [child for child in self._all.values() if child.exit_code is not None]

    def look(self) -> bool:
        """Restart whoever died, with a line for each; whether anything changed."""
        dead = self.died()
        for child in dead:
            ended = f"{child.name} (process {child.pid}) ended with {_words(child.exit_code)}"
            last = _last_line(child.log)
            now = time.monotonic()
            child.deaths = [at for at in child.deaths if now - at < _WITHIN] + [now]
            child.process = None
            if child.is_given_up:
                what = f"for the {len(child.deaths)}th time in a minute, and is left alone"
            else:
                child.start()
                what = f"and is started again as process {child.pid}"
            say(f"{ended} {what}; {child.log} ends: {last}")
        return bool(dead)

    def stop(self, patience: float = 15.0) -> None:
        """Ask all to end, wait, then end those that do not. Those that offer work end last."""
        _end([one.process for one in self._all.values() if one.process is not None], patience)
        self._all.clear()


def _end(running: Sequence[subprocess.Popen[bytes]], patience: float) -> None:
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_line(log: Path) -> str:
    """What a terminal can show of it; a log may end with anything."""
    with log.open("rb") as lines:
        lines.seek(max(0, lines.seek(0, os.SEEK_END) - _TAIL))
        text = lines.read().decode("utf-8", "replace").strip()
    last = text.rpartition("\n")[2]
    return "".join(one for one in last if one.isprintable())[:_LONGEST] or "(nothing)"


def _words(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
