"""Journey 4: a whole run is started, killed, started again: secrets open, schedules tick on."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.localrun.accounts import Accounts, fresh_password
from infra.localrun.api import Api
from infra.localrun.aws_api import LocalAws
from tests.journeys.cluster import SLOWER
from tests.localrun.whole_run import Run, a_run
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("run")

CHANGE = "PASSWORD CHANGE"
JOINED = 120
"""Seconds from `make node` to a standby that every node lists."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with a_run(tmp_path, demo=True) as running:
        yield running


def test_a_run_survives_kill_9_and_ends_by_ctrl_c(run: Run) -> None:
    run.start()
    first = run.facts
    assert [node["name"] for node in first["nodes"]] == ["node-a", "node-b"]
    assert set(first["pids"]) == {"launcher", "node-a", "node-b", "engine", "demo"}
    assert (run.state / "run.json").stat().st_mode & 0o777 == 0o600
    assert all(node["inCluster"] for node in run.api(1).get("nodes"))
    eventually(lambda: len(_enabled(run)) >= 12, patience=70)  # the agent looks each minute

    _assert_the_demonstration_works(run)
    value, ticked = _password(run), _newest_tick(run.api())

    run.kill_all()
    assert (run.state / "run.json").exists()
    run.start()

    assert run.seconds < 10 * SLOWER
    assert run.facts["password"] == first["password"]
    assert all(node["inCluster"] for node in run.api().get("nodes"))
    assert len(_enabled(run)) >= 12
    assert _password(run) == value
    api = run.api()
    eventually(lambda: _newest_tick(api) > ticked, patience=90)
    _assert_the_other_password_changed_by_itself(run)
    _assert_another_node_may_come_and_go(run)
    _assert_a_dead_child_is_named_and_started_again(run)
    _assert_a_changed_first_password_is_forgotten(run)
    run.interrupt()
    assert run.said.endswith("Everything is stopped and saved.\n")
    assert not (run.state / "run.json").exists()
    assert all(_is_closed(node["base_url"]) for node in first["nodes"])


def _assert_the_demonstration_works(run: Run) -> None:
    api = run.api()
    secret = next(one for one in api.get("secrets")["records"] if one["name"] == "Demo: ada")
    api.post(f"secrets/{secret['id']}/heartbeat", {})

    def status() -> str:
        found = api.get("secrets")["records"]
        return str(next(one for one in found if one["id"] == secret["id"])["lastHeartBeatStatus"])

    eventually(lambda: status() == "Success", patience=60)


def _assert_the_other_password_changed_by_itself(run: Run) -> None:
    """Nobody asked for it: it was too old from the start."""
    api = run.api()
    accounts = Accounts(run.state / "demo" / "accounts.json")

    def is_done() -> bool:
        trail = api.get("secrets/2/audits")["records"]
        return any("now done" in one["notes"] for one in trail if one["action"] == CHANGE)

    eventually(is_done, patience=120)
    assert accounts.opens("grace", api.get("secrets/2/fields/password"))
    assert all(one["action"] != CHANGE for one in api.get("secrets/1/audits")["records"])


def _assert_another_node_may_come_and_go(run: Run) -> None:
    """As a standby: `make node NAME=node-c`."""
    began, expected = time.monotonic(), {"node-a": True, "node-b": True, "node-c": False}

    def shown() -> dict[str, bool]:
        return {node["machineName"]: node["inCluster"] for node in run.api().get("nodes")}

    with run.another("node-c") as said:
        eventually(lambda: "Ctrl-C stops it" in said.read_text(), patience=JOINED * SLOWER)
        eventually(lambda: shown() == expected, patience=JOINED * SLOWER)
        assert time.monotonic() - began < JOINED * SLOWER
    assert said.read_text().endswith("Stopped.\n")


def _assert_a_changed_first_password_is_forgotten(run: Run) -> None:
    first, facts = run.facts["password"], run.state / "run.json"
    asked = {"currentPassword": first, "newPassword": fresh_password()}
    run.api().post("users/change-password", asked)
    eventually(lambda: "password" not in json.loads(facts.read_text()), patience=20)
    assert facts.stat().st_mode & 0o777 == 0o600
    kept = [path for path in run.state.rglob("*.json") if first in path.read_text()]
    assert kept == []


def _password(run: Run) -> str:
    """The value of a secret, revealed by the API."""
    return str(run.api().get("secrets/1/fields/password"))


def _newest_tick(api: Api) -> str:
    """When the newest run of any trigger job was due; "" before the first."""
    ran = [job["lastRun"]["at"] for job in api.get("jobs") if job["lastRun"]]
    return str(max(ran, default=""))


def _assert_a_dead_child_is_named_and_started_again(run: Run) -> None:
    dead = run.facts["pids"]["node-b"]
    os.kill(dead, signal.SIGKILL)
    facts = run.state / "run.json"
    eventually(lambda: json.loads(facts.read_text())["pids"]["node-b"] != dead)
    assert f"node-b (process {dead}) ended with signal 9 and is started again" in run.said
    eventually(lambda: not _is_closed(run.facts["nodes"][1]["base_url"]), patience=20)


def _enabled(run: Run) -> list[str]:
    lambdas = LocalAws(run.facts["aws_endpoint_url"]).lambdas
    mappings = lambdas.list_event_source_mappings()["EventSourceMappings"]
    return [one["FunctionArn"] for one in mappings if one["State"] == "Enabled"]


def _is_closed(base_url: str) -> bool:
    port = int(base_url.split(":")[2].split("/", maxsplit=1)[0])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
