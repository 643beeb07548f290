"""`make run` refuses in one sentence, with exit code 2."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.localrun.preflight import check_ports, claim
from infra.localrun.settings import ROOT, RefusedError, settings
from tests.ports import free_port

LOCAL = ROOT / "infra" / "local.py"


def test_an_old_python_gets_a_sentence() -> None:
    pretend = f"import sys; sys.version_info = (3, 9, 2); exec(open({str(LOCAL)!r}).read())"
    ended = subprocess.run([sys.executable, "-c", pretend], capture_output=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == b"make run: needs Python 3.11 or newer; this is 3.9.\n"


def test_a_taken_port_gets_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = _refusal(STATE=str(tmp_path / "state"), PORT=str(port))
    assert text.startswith(f"make run: Port {port} on 127.0.0.1, wanted for node-a, is taken")


def test_a_state_directory_that_cannot_be_written_gets_a_sentence() -> None:
    text = _refusal(STATE="/proc/conclave", PORT=str(free_port()))
    assert text.startswith("make run: The state directory /proc/conclave cannot be written")


def test_a_state_directory_in_use_gets_a_sentence(tmp_path: Path) -> None:
    held = claim(tmp_path / "state")
    text = _refusal(STATE=str(tmp_path / "state"), PORT=str(free_port()))
    held.release()
    assert text.endswith(f"is in use by the run with process id {os.getpid()}.\n")


def test_a_wrong_number_gets_a_sentence(tmp_path: Path) -> None:
    assert "NODES=many is not a number" in _refusal(STATE=str(tmp_path), NODES="many")


def test_a_released_state_directory_may_be_claimed_again(tmp_path: Path) -> None:
    claim(tmp_path / "state").release()
    claim(tmp_path / "state").release()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_every_port_of_the_run_is_checked() -> None:
    wanted = settings({"NODES": "3", "PORT": "9000"})
    assert [wanted.ports[port] for port in (9000, 9001, 9002)] == ["node-a", "node-b", "node-c"]
    assert wanted.base_url("node-b") == "http://127.0.0.1:9001/SecretServer"
    assert wanted.aws_port in wanted.ports
    assert wanted.demo_port in wanted.ports
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environ = {"PORT": str(free_port()), "AWS_PORT": str(taken.getsockname()[1]), "NODES": "1"}
        with pytest.raises(RefusedError, match="the AWS emulator"):
            check_ports(settings(environ))


def _refusal(**environ: str) -> str:
    """A refusal is one line on the standard error, and exit code 2."""
    ended = subprocess.run(
        [sys.executable, str(LOCAL)],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    return ended.stderr
