"""config.json, cluster.yaml and the table of functions agree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.cluster.functions import (
    API,
    FUNCTIONS,
    SITE_NOW_VISIBILITY,
    SITE_VISIBILITY,
    VISIBILITY_FACTOR,
    WORKERS,
    Function,
)
from infra.policies import POLICY_FOLDER, policy_file
from infra.template import CLUSTER_TEMPLATE, NODE_TEMPLATE, resources

CONFIG: dict[str, Any] = json.loads((POLICY_FOLDER / "config.json").read_text("utf-8"))


def queues(path: Any = CLUSTER_TEMPLATE) -> dict[str, dict[str, Any]]:
    """The template's queues by short name."""
    found = resources(path, "AWS::SQS::Queue").values()
    return {one["QueueName"]["Fn::Sub"].rsplit("}-", 1)[1]: one for one in found}


def test_config_has_exactly_the_functions_of_the_table() -> None:
    assert list(CONFIG["lambda_functions"]) == [one.name for one in FUNCTIONS]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
def test_each_function_has_its_policy_and_time(function: Function) -> None:
    configured = CONFIG["lambda_functions"][function.name]
    assert configured["lambda_timeout"] == function.timeout.total_seconds()
    assert configured["iam_policy_file"] == policy_file(function.name).name
    assert policy_file(function.name).exists()
    assert configured["lambda_memory_size"] >= 512  # less memory is less CPU: argon2, AES, imports


def test_no_policy_is_left_over() -> None:
    files = {path.name for path in POLICY_FOLDER.glob("policy-*.json")}
    assert files == {policy_file(one.name).name for one in FUNCTIONS}


@pytest.mark.parametrize("worker", WORKERS, ids=lambda one: one.name)
def test_a_queue_hides_a_message_for_six_time_outs(worker: Function) -> None:
    hidden = queues()[worker.queue]["VisibilityTimeout"]
    timeout = CONFIG["lambda_functions"][worker.name]["lambda_timeout"]
    assert hidden >= VISIBILITY_FACTOR * timeout
    assert hidden == worker.visibility.total_seconds()


def test_internal_queues_are_like_the_shared_ones() -> None:
    shared, internal = queues(), queues(NODE_TEMPLATE)
    assert set(internal) < set(shared)
    for name, queue in internal.items():
        assert queue.get("VisibilityTimeout") == shared[name].get("VisibilityTimeout"), name
        assert queue["MessageRetentionPeriod"] == shared[name]["MessageRetentionPeriod"], name


def test_queues_of_other_sites_are_like_those_of_site_1() -> None:
    assert queues()["site-1"]["VisibilityTimeout"] == SITE_VISIBILITY.total_seconds()
    assert queues()["site-1-now"]["VisibilityTimeout"] == SITE_NOW_VISIBILITY.total_seconds()


def test_every_queue_has_a_dead_letter_queue_and_is_encrypted() -> None:
    found = queues()
    for name, queue in found.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        if not name.endswith("-dead"):
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5, name
            assert f"{name}-dead" in found


def test_every_stage_knows_its_node_and_cluster() -> None:
    assert {"node-a", "node-b"} <= set(CONFIG["stages"])
    for name, stage in CONFIG["stages"].items():
        assert stage["environment_variables"]["NODE"] == name
        assert set(stage["environment_variables"]) == {"NODE", "CLUSTER"}
        assert stage["api_gateway_stage"] == "SecretServer"


def test_policies_are_never_generated() -> None:
    assert CONFIG["autogen_policy"] is False
    assert CONFIG["app_name"] == "conclave"


def test_no_log_grows_for_ever() -> None:
    """Chalice gets the name of the API's log wrong, so node.yaml makes that one."""
    kept = {
        name: one.get("log_retention_in_days") for name, one in CONFIG["lambda_functions"].items()
    }
    (log,) = resources(NODE_TEMPLATE, "AWS::Logs::LogGroup").values()
    assert log["LogGroupName"] == {"Fn::Sub": "/aws/lambda/conclave-${Node}"}
    assert kept.pop(API.name) is None
    assert set(kept.values()) == {log["RetentionInDays"]}
