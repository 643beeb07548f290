"""The operator's command: what it asks and deploys, how it goes on, and what it leaves alone."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chalicelib import SCHEMA, VERSION
from chalicelib.cluster.gate import OWN, Code
from chalicelib.cluster.routes.upgrade_models import model
from chalicelib.cluster.upgrade import Step
from chalicelib.core.errors import ConclaveError
from chalicelib.web.shapes import Struct
from infra import upgrade, upgrade_places
from infra.aws import region
from infra.finding import Finding
from infra.localrun.api import ApiError
from infra.localrun.code import checkout_of, wish
from infra.localrun.settings import ROOT
from infra.node import Node
from infra.upgrade import UNTIL, Operator, StoppedError
from infra.upgrade_places import Aws, Door
from tests.cluster.upgrade_world import ADA, OLD, World


@dataclass
class Simulated(Door):
    """Stands for the API over a world in memory, and for the place that is deployed to."""

    urls: Sequence[str] = ()
    token: Any = None
    world: World = field(default_factory=World.in_memory)
    deployed: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        assert path == "upgrade"
        return self._shown()

    def post(self, path: str, body: Any) -> Any:
        service, now = self.world.service(), self.world.now
        try:
            if path == "upgrade/begin":
                target = Code(body["version"], body["schema"])
                check = body.get("checkOnly", False)
                found = service.begin(ADA, target, body["firstNode"], now, check=check)
                return {"begun": not check, "problems": found}
            if path == "upgrade/abort":
                service.abort(ADA, now)
            else:
                self.world.minute()
                service.advance(ADA, self.world.now, retry=body["retry"])
        except ConclaveError as error:
            raise ApiError(409, str(error)) from error
        return self._shown()

    def deploy(self, name: str, region: str) -> None:
        assert not region  # it has no mirror
        self.deployed.append(name)
        self.world.deploy(OWN, name)

    def _shown(self) -> Any:
        shown = model(self.world.service().look(self.world.now), self.world.now)
        return as_json(shown)


def as_json(shown: Struct) -> Any:
    import msgspec

    return json.loads(msgspec.json.encode(shown))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    monkeypatch.setattr(upgrade, "LOOK_SECONDS", 0)
    simulated = Simulated()
    simulated.world.rows = [SCHEMA - 1] * 5
    return simulated


def operator(cluster: Simulated) -> Operator:
    return Operator(cluster, cluster, "node-a")  # type: ignore[arg-type]


def test_one_call_does_all_and_deploys_each_node_once(cluster: Simulated) -> None:
    operator(cluster).upgrade(Step.FINISH)
    assert cluster.deployed == ["node-a", "node-b"]
    assert cluster.get("upgrade")["status"] == "finished"
    assert cluster.world.unserved == []


def test_a_node_elsewhere_gets_the_code_in_its_own_region(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, str]] = []

    def deploy(node: Node) -> list[Finding]:
        seen.append((node.stage, region(), os.environ["AWS_DEFAULT_REGION"]))
        return []

    monkeypatch.setattr(upgrade_places, "refuse_foreign", lambda _: None)
    monkeypatch.setattr(upgrade_places, "deploy", deploy)
    place, here = Aws("test"), region()
    place.deploy("node-west", "eu-west-1")
    place.deploy("node-a", "")
    assert seen[0] == ("node-west", "eu-west-1", "eu-west-1")
    assert (seen[1][1], region()) == (here, here)


def test_one_call_a_step_goes_through_the_same(cluster: Simulated) -> None:
    for step in list(UNTIL.values())[1:]:
        operator(cluster).upgrade(step)
    assert cluster.deployed == ["node-a", "node-b"]
    assert cluster.get("upgrade")["status"] == "finished"


def test_a_call_that_died_is_called_again(cluster: Simulated) -> None:
    for number in range(1, 40):
        calls = cluster.world.memory
        calls.dies_at = calls.calls + 7 * number
        with suppress(BaseException):
            operator(cluster).upgrade(Step.FINISH)
        calls.dies_at = 0
        if cluster.get("upgrade")["status"] == "finished":
            break
    assert cluster.get("upgrade")["status"] == "finished"
    assert cluster.world.unserved == []


def test_a_check_changes_nothing_and_says_what_is_in_the_way(cluster: Simulated) -> None:
    assert operator(cluster).check() == []
    cluster.world.taken.clear()
    assert "no good backup" in operator(cluster).check()[0]
    with pytest.raises(StoppedError, match="no good backup"):
        operator(cluster).upgrade(Step.FINISH)
    assert cluster.get("upgrade")["status"] == "none"


def test_an_upgrade_to_another_version_than_this_checkouts_is_not_gone_on_with(
    cluster: Simulated,
) -> None:
    cluster.world.begin(target=Code("98.0.0", SCHEMA))
    with pytest.raises(StoppedError, match="goes to 98"):
        operator(cluster).upgrade(Step.FINISH)


def test_going_back_is_left_to_a_checkout_of_the_version_before(cluster: Simulated) -> None:
    operator(cluster).upgrade(Step.DEPLOY)
    with pytest.raises(StoppedError, match="deploy the version before"):
        operator(cluster).abort()
    cluster.world.deploy(OLD, "node-a")
    cluster.post("upgrade/advance", {"retry": False})
    assert cluster.get("upgrade")["status"] == "aborted"


def test_a_migration_that_failed_stops_the_call_and_the_next_retries(cluster: Simulated) -> None:
    cluster.world.breaks = [ValueError("x")]
    with pytest.raises(StoppedError, match="ValueError"):
        operator(cluster).upgrade(Step.FINISH)
    operator(cluster).upgrade(Step.FINISH)
    assert cluster.get("upgrade")["status"] == "finished"


def test_the_command_writes_no_row_and_no_key_itself() -> None:
    """The keyring is never overwritten: what upgrades has no way to write into the tables."""
    for name in ("upgrade.py", "upgrade_places.py", "localrun/code.py", "stage.py", "record.py"):
        tree = ast.parse((ROOT / "infra" / name).read_text("utf-8"))
        called = {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}
        assert not called & {"put_item", "update_item", "delete_item", "batch_write_item"}
        asked = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)]
        assert "dynamodb" not in asked
        assert "kms" not in asked


def test_no_token_and_no_password_is_an_argument() -> None:
    names = [one.dest for one in upgrade._parser()._actions]
    assert not {"token", "password", "user"} & set(names)


def test_a_local_runs_node_runs_the_checkout_that_was_wished_for(tmp_path: Path) -> None:
    assert checkout_of(tmp_path, "node-a") == ROOT
    other = tmp_path / "other"
    other.mkdir()
    wish(tmp_path, "node-a", other)
    assert checkout_of(tmp_path, "node-a") == ROOT  # there is no Conclave in it
    (other / "app.py").touch()
    assert checkout_of(tmp_path, "node-a") == other
    assert checkout_of(tmp_path, "node-b") == ROOT
    assert VERSION
