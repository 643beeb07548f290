"""The engine as its own process, with a real sshd to work on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalicelib.changers.target import Login, Outcome, Target
from chalicelib.changers.work import ChangeStatus, Work, WorkKind
from chalicelib.core.plain import Plain
from tests.canary import canary, is_in
from tests.changers.ssh_host import asking, scripted, silence
from tests.contracts.changers.stages import SshStage
from tests.targets.sshd import running_sshd

from .conftest import eventually, serving
from .standin import Cluster, Item


@contextmanager
def process(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An engine; its log is in the folder."""
    command = [sys.executable, "-m", "chalicelib.engine", "--url", url, "--poll", "1"]
    environment = {"PATH": os.environ["PATH"], "CONCLAVE_ENGINE_STATE": str(folder / "state")}
    with (folder / "log").open("ab") as log:
        made = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
    try:
        yield made
    finally:
        if made.poll() is None:
            made.kill()
        made.wait(20)


def test_help_says_how_to_start_and_stop_it() -> None:
    command = [sys.executable, "-m", "chalicelib.engine", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for word in ("--url", "--name", "--state", "CONCLAVE_URL", "SIGTERM"):
        assert word in text


def test_an_address_without_tls_is_one_clear_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chalicelib.engine", "--url", "http://vault.example"]
    done = subprocess.run(
        [*command, "--state", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "the engine cannot start: http is for loopback only: give an https address\n"
    )


def test_an_engine_changes_a_password_on_a_real_sshd_and_stops(
    cluster: Cluster, tmp_path: Path
) -> None:
    with running_sshd() as server, serving(cluster) as url, process(url, tmp_path) as engine:
        stage = SshStage(server)
        old, new = Plain(canary()), Plain(canary())
        login, target = Login(stage.account(old), old), Target("127.0.0.1", server.port)
        eventually(lambda: cluster.engines, 30)
        cluster.approve()
        first = cluster.offer(Item(Work(WorkKind.HEARTBEAT, "unix_ssh", target, login)))
        eventually(lambda: cluster.left("answers") == 1, 30)
        second = cluster.offer(Item(Work(WorkKind.CHANGE, "unix_ssh", target, login, new)), "now")
        eventually(lambda: cluster.left("answers") == 2, 30)
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(20) == 0
        found = cluster.answers()
        assert found[first].status == Outcome.SUCCESS
        assert found[second].status == ChangeStatus.CHANGED
        assert stage.opens(login.username, new)
    log = (tmp_path / "log").read_text()
    assert "at work in site Demo" in log
    assert "stopped" in log
    assert not is_in(log)


def test_a_killed_engine_s_claim_is_nobody_s_again(cluster: Cluster, tmp_path: Path) -> None:
    old = Plain(canary())
    prompts = ("Current password: ", "New password: ", "Retype new password: ")
    with scripted(old, asking(*prompts, then=silence)) as host, serving(cluster) as url:
        target, login = Target("127.0.0.1", host.port), Login("ada", old)
        with process(url, tmp_path) as engine:
            eventually(lambda: cluster.engines, 30)
            cluster.approve()
            work = Work(WorkKind.CHANGE, "unix_ssh", target, login, Plain(canary()))
            item = cluster.offer(Item(work))
            eventually(lambda: host.commands, 30)
            engine.kill()
        with process(url, tmp_path):
            eventually(lambda: cluster.items[item].claims == 2, 30)
            eventually(lambda: cluster.left("work") == 0, 30)
    assert len(cluster.engines) == 1
    assert cluster.answers() == {}
    assert host.tries == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_engine_without_a_cluster_stops_at_once(number: signal.Signals, tmp_path: Path) -> None:
    with process("http://127.0.0.1:1", tmp_path) as engine:
        eventually(lambda: "not registered yet" in (tmp_path / "log").read_text(), 30)
        engine.send_signal(number)
        assert engine.wait(10) == 0
