"""However a run is asked to end, and whoever still listens to it, it ends cleanly."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.localrun.preflight import claim
from infra.localrun.settings import ROOT
from tests.ports import free_port
from tests.waiting import eventually


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_asked_to_end_while_it_sets_up_stops_and_saves(
    tmp_path: Path, how: signal.Signals
) -> None:
    """Nobody reads what it writes, and it is asked twice."""
    state = tmp_path / "state"
    run = _started(state)
    assert run.stdout is not None
    eventually((state / "aws" / "current").exists, patience=60)
    run.stdout.close()
    run.send_signal(how)
    run.send_signal(how)
    assert run.wait(timeout=60) == 0
    assert not (state / "run.json").exists()
    claim(state).release()
    assert "Traceback" not in (state / "log" / "launcher.log").read_text()


SWALLOWED = """
import os, signal, time
from infra.localrun.launcher import StoppedError, ignore_ends, stop_at_ends

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

stop_at_ends()
dying = Dying()
del dying
try:
    time.sleep(30)
except StoppedError:
    ignore_ends()
    print("heard")
"""


def test_a_stop_that_a_destructor_swallows_is_raised_again() -> None:
    words = [sys.executable, "-c", SWALLOWED]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert "Exception ignored" in done.stderr
    assert done.stdout == "heard\n"


def _started(state: Path) -> "subprocess.Popen[bytes]":
    environ = {
        "STATE": str(state),
        "PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
        "NODES": "1",
        "DEMO": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "infra.localrun.launcher"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
