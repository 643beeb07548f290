"""Children that die: each death is one line that says why, and a loop of them has an end."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.localrun.children import Child, Children
from infra.localrun.settings import ROOT
from tests.waiting import eventually


@pytest.fixture
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.stop()


def test_a_child_that_keeps_dying_gets_a_line_each_time_and_is_then_left_alone(
    children: Children, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    children.start(_child("broken", "no_such_module_at_all", tmp_path))
    for _ in range(5):
        eventually(children.died, patience=30)
        assert children.look() is True
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("broken (process ") for line in lines)
    assert all("ended with exit code 1 " in line for line in lines)
    assert all("No module named no_such_module_at_all" in line for line in lines)
    assert "is started again as process" in lines[0]
    assert "is left alone" in lines[-1]
    assert children.look() is False
    assert children.pids == {}


def test_a_killed_child_is_named_with_its_signal(
    children: Children, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = _child("sleeper", "asyncio", tmp_path)  # any module that waits for its input
    child.log.write_bytes(b"first\n\x1b[31mlast \xff word\n\n")
    children.start(child)
    dead = children.pids["sleeper"]
    os.kill(dead, signal.SIGKILL)
    eventually(children.died)
    children.look()
    said = capsys.readouterr().out
    assert said.startswith(f"sleeper (process {dead}) ended with signal 9 and is started again")
    assert "\x1b" not in said
    assert "last" in said


def test_stopping_waits_for_all_and_then_insists(children: Children, tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\ntime.sleep(600)\n"
    )
    child = _child("stubborn", "stubborn", tmp_path)
    children.start(child)
    eventually(lambda: "ready" in child.log.read_text(), patience=30)
    begun = time.monotonic()
    children.stop(patience=0.5)
    assert time.monotonic() - begun < 10
    assert child.exit_code == -signal.SIGKILL


def _child(name: str, module: str, folder: Path) -> Child:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{folder}"}
    return Child(name, [module], environ, folder / f"{name}.log")
