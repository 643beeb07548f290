"""The README's session with curl, run as it stands there: each answer makes sense."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from click.testing import CliRunner
from conclave_client import Client
from conclave_client.cli import main as conclave

from chalicelib.catalogue import OPERATIONS
from infra.localrun.accounts import Accounts
from infra.localrun.settings import ROOT
from tests.canary import canary
from tests.contract_schemas import check_answer
from tests.journeys.cluster import Cluster, within
from tests.journeys.keeping import heartbeat, progress

pytestmark = pytest.mark.xdist_group("stories of one cluster")

COMMAND = re.compile(r"^api (?:-X (\w+) )?\"?\$ROOT(/api/[^\s\"?]+)", re.MULTILINE)


def test_the_session_with_curl_does_what_it_says(cluster: Cluster) -> None:
    script = session()
    accounts = Accounts(cluster.run.state / "demo" / "accounts.json")
    secrets, password, beating, changing, trail, nodes, jobs = answers(cluster, script)

    assert {one["name"] for one in secrets["records"]} == {"Demo: ada", "Demo: grace"}
    assert beating["lastHeartBeatStatus"] in ("Pending", "Processing")
    assert changing["name"] == "Demo: ada"
    assert {"VIEW", "HEARTBEAT", "PASSWORD CHANGE"} <= {one["action"] for one in trail["records"]}
    assert [one["machineName"] for one in nodes if one["inCluster"]] == ["node-a", "node-b"]
    assert [one["name"] for one in jobs] == [one.name for one in OPERATIONS]

    # The change waits for the heartbeat's end, then for a tick. It happens on the machine itself.
    within(30, lambda: heartbeat(cluster.admin(), 1) == "Success", "ada's heartbeat")
    cluster.run_now("expired-secret-password-change")

    def changed() -> bool:
        now = cluster.admin().get("/api/v1/secrets/1/fields/password").json
        return bool(now != password and accounts.opens("ada", now))

    within(90, changed, "ada's new password", instead=lambda: unchanged(cluster))
    assert not accounts.opens("ada", password)


def test_the_command_line_reads_what_the_demonstration_keeps(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    facts, there = cluster.run.facts, cluster.base_url("node-a")
    words = ["login", "--url", there, "-u", facts["username"], "--password-stdin"]
    assert CliRunner().invoke(conclave, words, input=facts["password"]).exit_code == 0
    assert "Demo: grace" in CliRunner().invoke(conclave, ["find", "demo"]).stdout
    accounts = Accounts(cluster.run.state / "demo" / "accounts.json")

    def opens() -> bool:  # grace's password changes by itself in between
        value = CliRunner().invoke(conclave, ["get", "2"]).stdout
        return accounts.opens("grace", value)

    within(60, opens, "a value that opens grace's account")


def test_the_command_line_and_the_package_change_what_they_may(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    """A new value, a program that gets it, a key in a real ssh-agent, a file; at either node."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    facts, value, later = cluster.run.facts, canary(), canary()
    with Client.log_in(cluster.base_url("node-b"), facts["username"], facts["password"]) as client:
        site = {"url": "https://web.example", "username": "root", "password": value}
        web = client.create("story-web", "Web Password", site)
        key = client.create("story-key", "SSH Key", {})
        pair = asyncssh.generate_private_key("ssh-ed25519")
        content = pair.export_private_key()
        client.put_file(key, "private-key", "id_ed25519", content)
        assert client.file(key, "private-key") == content
        assert {one.id for one in client.find("story-")} == {web, key}
        assert client.secret(web).fields["password"] == value

        words = ["login", "--url", cluster.base_url("node-a"), "-u", facts["username"]]
        told([*words, "--password-stdin"], facts["password"])
        told(["put", str(web)], f"{later}\n")
        assert (client.field(web), told(["get", str(web)])) == (later, later)
        assert told(["get", str(key), "--field", "private-key"]).encode() == content
        assert program(f"WEB={web}/password", "import os; print(os.environ['WEB'])") == f"{later}\n"
        told(["ssh-add", str(key), "-t", "60"])
        listed = subprocess.run(["ssh-add", "-l"], capture_output=True, text=True, check=True)
        assert pair.get_fingerprint() in listed.stdout
        told(["logout"])
        assert CliRunner().invoke(conclave, ["get", str(web)]).exit_code == 1
    for id in (web, key):
        assert cluster.admin().delete(f"/api/v1/secrets/{id}").status == 200


def told(words: list[str], given: str = "") -> str:
    """What `conclave` writes to standard output; it must succeed."""
    done = CliRunner().invoke(conclave, words, input=given)
    assert done.exit_code == 0, done.output
    return done.stdout


def program(pair: str, script: str) -> str:
    """What a Python program says that `conclave run` starts with a value in its environment."""
    command = [sys.executable, "-c", "from conclave_client.cli import main; main()", "run"]
    words = [*command, "-e", pair, "--", sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python")}
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def agent() -> Iterator[str]:
    """A running ssh-agent; its socket."""
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True)
    socket, pid = re.findall(r"(?:SOCK|PID)=([^;]+);", started.stdout)
    yield socket
    os.kill(int(pid), signal.SIGTERM)


def unchanged(cluster: Cluster) -> str:
    """Why ada's password may still be the old one."""
    lines = cluster.log("engine").splitlines()[-15:]
    return "\n".join([progress(cluster.admin(), 1), "the engine's log ends:", *lines])


def session() -> str:
    """The block of shell commands under the README's heading."""
    _, _, rest = (ROOT / "README.md").read_text().partition("## A session with curl")
    return rest.partition("```sh\n")[2].partition("```")[0]


def answers(cluster: Cluster, script: str) -> list[Any]:
    """What the session's calls answered, each checked against the contract."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "ROOT": cluster.base_url("node-a"),
            "PASSWORD": cluster.run.facts["password"],
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    commands = COMMAND.findall(script)
    assert len(commands) == len(found)
    for (method, path), answer in zip(commands, found, strict=True):
        assert "errorCode" not in answer, f"{path}: {answer}"
        assert check_answer(method or "GET", path, 200, answer) == []
    return found
