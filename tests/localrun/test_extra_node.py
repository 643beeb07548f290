"""`make node`: what it refuses, and where the new node goes. That it serves is in test_run."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.localrun.extra_node import ExtraNode
from infra.localrun.settings import ROOT, RefusedError

PORT = 9000


@pytest.fixture
def state(tmp_path: Path) -> Path:
    _runs(tmp_path, os.getpid())
    return tmp_path


def test_the_new_node_takes_the_port_that_it_has_when_started_with_the_others(state: Path) -> None:
    extra = ExtraNode.asked({"STATE": str(state), "NAME": "node-d"})
    assert extra.run.base_url("node-d") == f"http://127.0.0.1:{PORT + 3}/SecretServer"
    assert extra.run.aws_url == "http://127.0.0.1:9099"
    assert extra.launcher == os.getpid()


@pytest.mark.parametrize("name", ["", "node-a", "node-1", "other", "node-c/../x"])
def test_a_name_that_will_not_do_gets_a_sentence(state: Path, name: str) -> None:
    with pytest.raises(RefusedError, match=r"is no new node's: node-c is the next\.$"):
        ExtraNode.asked({"STATE": str(state), "NAME": name})


def test_a_taken_port_gets_a_sentence(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        _runs(state, os.getpid(), port=taken.getsockname()[1] - 2)
        with pytest.raises(RefusedError, match="which is node-c's, is taken"):
            ExtraNode.asked({"STATE": str(state), "NAME": "node-c"}).check_port()


def test_no_run_gets_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    _assert_refused(tmp_path)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    _runs(tmp_path, ended.pid)  # a stale file, of a run that was killed
    _assert_refused(tmp_path)


def _assert_refused(state: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "infra.localrun.extra_node"],
        cwd=ROOT,
        env={**os.environ, "STATE": str(state), "NAME": "node-c"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert asked.returncode == 2
    text = f"make node: No local run uses {state}: start one with `make run`.\n"
    assert asked.stderr == text


def _runs(state: Path, launcher: int, port: int = PORT) -> None:
    nodes = [
        {"name": name, "base_url": f"http://127.0.0.1:{port + place}/SecretServer"}
        for place, name in enumerate(("node-a", "node-b"))
    ]
    facts = {
        "nodes": nodes,
        "aws_endpoint_url": "http://127.0.0.1:9099",
        "pids": {"launcher": launcher},
    }
    (state / "run.json").write_text(json.dumps(facts))
