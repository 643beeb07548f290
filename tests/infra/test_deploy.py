"""The parts of a deployment: names, stages, the record, the set-up code, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.access.store.rows import SetupRow
from chalicelib.aws.table import fetch
from chalicelib.cluster.functions import FUNCTIONS
from chalicelib.core.clock import parse_stamp
from infra import deploy, setup_code, stage, undeploy
from infra.node import Node, RefusedError, refuse_foreign
from infra.policies import POLICY_FOLDER
from infra.record import Record
from tests.infra import nodes

NOW = datetime(2026, 1, 15, 10, 7, 30, tzinfo=UTC)
TABLE = "conclave-test-data"
BUCKET = f"conclave-test-{nodes.ACCOUNT}-us-east-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of .chalice."""
    shutil.copytree(POLICY_FOLDER, tmp_path / ".chalice")
    return tmp_path / ".chalice"


@pytest.mark.parametrize(
    ("node", "cluster"),
    [("Node", "demo"), ("node_a", "demo"), ("a" * 21, "demo"), ("node-a", "de-mo"), ("", "demo")],
)
def test_names_that_resources_could_not_carry_are_refused(node: str, cluster: str) -> None:
    with pytest.raises(stage.BadNameError):
        stage.check_names(node, cluster)


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1f0e"
DOMAIN = {"domain_name": "vault.example.com", "certificate_arn": CERTIFICATE}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"certificate_arn": ""}, "has no certificate: plain HTTP is not offered"),
        ({"certificate_arn": "arn:aws:iam::1:server-certificate/x"}, "has no certificate"),
        ({"domain_name": "http://vault.example.com"}, "is no host name"),
        ({"domain_name": "https://vault.example.com"}, "without scheme, port and path"),
        ({"domain_name": "vault.example.com:80"}, "is no host name"),
        ({"tls_version": "TLS_1_0"}, "would take TLS_1_0"),
    ],
)
def test_a_custom_domain_without_tls_is_refused_and_nothing_is_deployed(
    changed: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for own in (True, False):  # of the stage, or of all
        config = stage.read_config()
        place = config["stages"]["node-a"] if own else config
        place["api_gateway_custom_domain"] = {**DOMAIN, **changed}
        with monkeypatch.context() as patch:
            patch.setattr(stage, "read_config", lambda kept=config: kept)
            assert deploy.main(["--stage", "node-a"]) == 2
        assert told in capsys.readouterr().err


def test_a_custom_domain_with_its_certificate_is_deployed() -> None:
    config = stage.read_config()
    stage.check_domain(config, "node-a")
    for version in ({}, {"tls_version": "TLS_1_2"}):
        stage.check_domain({**config, "api_gateway_custom_domain": DOMAIN | version}, "node-a")


def test_a_new_node_of_the_committed_cluster_needs_three_lines(folder: Path) -> None:
    assert stage.write_stage("node-c", "demo", folder)
    assert stage.read_config(folder)["stages"]["node-c"] == {
        "api_gateway_stage": "SecretServer",
        "environment_variables": {"CLUSTER": "demo", "NODE": "node-c"},
    }
    assert not stage.write_stage("node-c", "demo", folder)  # the second time changes nothing


def test_a_node_of_another_cluster_gets_policies_of_that_cluster(folder: Path) -> None:
    assert stage.write_stage("node-x", "main", folder)
    config = stage.read_config(folder)
    assert stage.cluster_of(config, "node-x") == "main"
    for function in FUNCTIONS:
        settings = config["stages"]["node-x"]["lambda_functions"][function.name]
        policy = (folder / settings["iam_policy_file"]).read_text("utf-8")
        assert "conclave-main-" in policy
        assert "demo" not in policy


def test_settings_that_an_operator_added_to_a_stage_are_kept(folder: Path) -> None:
    config = stage.read_config(folder)
    config["stages"]["node-a"]["lambda_functions"] = {"local": {"subnet_ids": ["subnet-1"]}}
    config["stages"]["node-a"]["api_gateway_endpoint_type"] = "PRIVATE"
    changed = stage.with_stage(config, "node-a", "main")["stages"]["node-a"]
    assert changed["api_gateway_endpoint_type"] == "PRIVATE"
    assert changed["lambda_functions"]["local"]["subnet_ids"] == ["subnet-1"]
    back = stage.with_stage({"stages": {"node-a": changed}}, "node-a", "demo")
    assert back["stages"]["node-a"]["lambda_functions"] == {"local": {"subnet_ids": ["subnet-1"]}}


def test_the_committed_stages_are_as_deploy_would_write_them(folder: Path) -> None:
    for node in ("node-a", "node-b"):
        assert not stage.write_stage(node, "demo", folder)


@pytest.mark.usefixtures("aws")
def test_the_record_travels_through_the_bucket(tmp_path: Path) -> None:
    here, there = Record(BUCKET, "node-a", tmp_path / "a"), Record(BUCKET, "node-a", tmp_path / "b")
    assert not here.fetch()
    assert here.url() == ""
    here.file.parent.mkdir(parents=True)
    here.file.write_text(json.dumps({"resources": [{"rest_api_url": "https://x/"}]}))
    here.keep()
    assert there.fetch()
    assert there.url() == "https://x/"
    there.forget()
    there.forget()
    assert not there.file.exists()
    assert not here.fetch()


@pytest.mark.usefixtures("aws")
def test_the_set_up_code_is_kept_as_the_vault_reads_it() -> None:
    code = setup_code.offer(TABLE, NOW)
    row = fetch(SetupRow, "setup", "setup")
    assert row is not None
    assert row.code_hash == hashlib.sha256(code.encode()).hexdigest()
    assert parse_stamp(row.expires_at) == NOW + timedelta(hours=24)
    assert len(code.replace("-", "")) * 4 == 128  # bits


@pytest.mark.usefixtures("aws")
def test_a_new_code_ends_the_old_and_none_is_made_for_a_cluster_with_an_administrator() -> None:
    first, second = setup_code.offer(TABLE, NOW), setup_code.offer(TABLE, NOW)
    assert first != second
    row = fetch(SetupRow, "setup", "setup")
    assert row is not None
    assert row.code_hash == hashlib.sha256(second.encode()).hexdigest()
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=dict(setup_code.ADMINISTRATORS))
    assert setup_code.offer(TABLE, NOW) == ""


def test_a_code_without_a_terminal_goes_to_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "setup-code-test").write_text("old")  # readable by others
    file = setup_code.hand_over("a-code", folder, "test")
    assert file.read_text() == "a-code\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("aws")
def test_a_stage_of_another_cluster_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    nodes.make_function("node-z", FUNCTIONS[0], b"pass", "other")
    with pytest.raises(RefusedError, match="node-z is a node of cluster other"):
        refuse_foreign(Node("node-z", "test"))
    refuse_foreign(Node("node-z", "other"))
    refuse_foreign(Node("node-y", "test"))
    assert deploy.main(["--stage", "node-z", "--cluster", "test"]) == 2
    assert deploy.main(["--stage", "node-z", "--cluster", "test", "--undeploy"]) == 2
    assert "choose another name" in capsys.readouterr().err


def test_a_dry_run_of_a_deployment_is_refused_rather_than_done() -> None:
    with pytest.raises(SystemExit) as ended:
        deploy.main(["--stage", "node-a", "--dry-run"])
    assert ended.value.code == 2


@pytest.mark.usefixtures("aws")
def test_a_dry_run_of_an_undeployment_names_everything_and_removes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nodes.deployed("node-a")
    before = undeploy.belongings(Node("node-a", "test"))
    assert deploy.main(["--stage", "node-a", "--cluster", "test", "--undeploy", "--dry-run"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(list(before)) > len(FUNCTIONS)
    assert all(line.startswith("would remove ") for line in told)
    assert undeploy.belongings(Node("node-a", "test")) == before


@pytest.mark.usefixtures("aws")
def test_what_the_agent_made_is_removed() -> None:
    node = Node("node-a", "test")
    nodes.deployed("node-a")
    for function in FUNCTIONS:  # as `chalice delete` would
        boto3.client("lambda").delete_function(FunctionName=function.lambda_name("node-a"))
    undeploy.remove(node, undeploy.belongings(node))
    undeploy.remove(node, undeploy.belongings(node))
    left = undeploy.belongings(node)
    assert list(left) == []


@pytest.mark.usefixtures("aws")
def test_a_connection_to_restored_tables_survives_an_update() -> None:
    ssm, name = boto3.client("ssm"), "/conclave/test/connection"

    def held() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        return found

    before = held()
    template = {**before, "queues": {**before["queues"], "new": "a-url"}}
    ssm.put_parameter(
        Name=name, Value=json.dumps({**before, "data_table": "restored"}), Overwrite=True
    )

    def update() -> None:  # CloudFormation writes what the template says
        ssm.put_parameter(Name=name, Value=json.dumps(template), Overwrite=True)

    deploy.keep_tables("test", update)
    assert held() == {**template, "data_table": "restored"}
