"""The loader makes on moto what cluster.yaml says."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from infra.template import CLUSTER_TEMPLATE, NODE_TEMPLATE, Loading, described, load, read
from tests.calls import Calls

pytestmark = pytest.mark.usefixtures("aws")


def connection() -> dict[str, Any]:
    answer = boto3.client("ssm").get_parameter(Name="/conclave/test/connection")
    found: dict[str, Any] = json.loads(answer["Parameter"]["Value"])
    return found


def test_the_connection_names_what_exists() -> None:
    found = connection()
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    assert found["cluster"] == "test"
    for table in (found["data_table"], found["audit_table"]):
        assert dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"
    for name, url in found["queues"].items():
        assert url.endswith(f"/conclave-test-{name}")
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    key = boto3.client("kms").describe_key(KeyId="alias/conclave-test")["KeyMetadata"]
    assert key["Arn"] == found["key_arn"]
    assert key["MultiRegion"] is True
    boto3.client("s3").head_bucket(Bucket=found["bucket"])
    for role in ("schedule", "engine"):
        made = boto3.client("iam").get_role(RoleName=f"conclave-test-{role}")["Role"]
        assert made["Arn"] == found[f"{role}_role_arn"]


def test_tables_have_three_indexes_of_keys_and_only_data_expires() -> None:
    dynamodb, found = boto3.client("dynamodb"), connection()
    for table in (found["data_table"], found["audit_table"]):
        described = dynamodb.describe_table(TableName=table)["Table"]
        indexes = {one["IndexName"]: one for one in described["GlobalSecondaryIndexes"]}
        assert sorted(indexes) == ["index1", "index2", "index3"]
        assert {one["Projection"]["ProjectionType"] for one in indexes.values()} == {"KEYS_ONLY"}
        assert described["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    kept = {
        table: dynamodb.describe_time_to_live(TableName=found[table])["TimeToLiveDescription"]
        for table in ("data_table", "audit_table")
    }
    assert kept["data_table"]["TimeToLiveStatus"] == "ENABLED"
    assert kept["audit_table"]["TimeToLiveStatus"] == "DISABLED"


def test_every_queue_gives_up_after_five_receives() -> None:
    sqs = boto3.client("sqs")
    for url in connection()["queues"].values():
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(attributes["RedrivePolicy"])
        assert int(redrive["maxReceiveCount"]) == 5
        assert redrive["deadLetterTargetArn"] == attributes["QueueArn"] + "-dead"
        assert attributes["SqsManagedSseEnabled"] == "true"


def test_two_clusters_share_an_account() -> None:
    load("other")
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert {"conclave-test-data", "conclave-other-data"} <= set(tables)


def test_loading_takes_few_calls(calls: Calls) -> None:
    load("second")
    assert calls.count() <= 36  # it runs before each test that needs AWS


def test_what_must_survive_the_stack_is_retained() -> None:
    kept = ("AWS::DynamoDB::GlobalTable", "AWS::KMS::Key", "AWS::S3::Bucket")
    for name, page in read(CLUSTER_TEMPLATE)["Resources"].items():
        if page["Type"] in kept:
            assert page["DeletionPolicy"] == page["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("mirror", ["", "eu-west-1"])
def test_every_replica_of_a_table_is_protected_and_can_be_recovered(mirror: str) -> None:
    wanted = described(CLUSTER_TEMPLATE, {"Cluster": "test", "MirrorRegion": mirror})
    for table in wanted["AWS::DynamoDB::GlobalTable"]:
        regions = [one["Region"] for one in table["Replicas"]]
        assert regions == list(filter(None, ["us-east-1", mirror]))
        for one in table["Replicas"]:
            assert one["DeletionProtectionEnabled"] is True
            assert one["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_the_mirrors_region_has_its_own_of_what_does_not_replicate() -> None:
    home = described(CLUSTER_TEMPLATE, {"Cluster": "test", "MirrorRegion": "eu-west-1"})
    given = {"Cluster": "test", "HomeRegion": "us-east-1", "HomeKey": "arn:aws:kms:us-east-1:1:k"}
    there = described(CLUSTER_TEMPLATE, given)
    only_at_home = {"AWS::DynamoDB::GlobalTable", "AWS::KMS::Key", "AWS::IAM::Role"}
    assert set(home) - set(there) == only_at_home
    assert set(there) - set(home) == {"AWS::KMS::ReplicaKey"}
    assert len(there["AWS::SQS::Queue"]) == len(home["AWS::SQS::Queue"])


def test_a_cluster_without_a_mirror_is_as_it_always_was() -> None:
    wanted = described(CLUSTER_TEMPLATE, {"Cluster": "test"})
    assert "eu-west-1" not in json.dumps(wanted)
    engine = next(r for r in wanted["AWS::IAM::Role"] if r["RoleName"].endswith("engine"))
    policy = engine["Policies"][0]["PolicyDocument"]["Statement"]
    assert [len(one["Resource"]) for one in policy] == [1, 1, 3]
    assert connection()["home"] == ""


def test_the_node_has_a_schedule_group_and_a_log_and_its_agent_makes_the_rest() -> None:
    kinds = [page["Type"] for page in read(NODE_TEMPLATE)["Resources"].values()]
    assert kinds == ["AWS::Scheduler::ScheduleGroup", "AWS::Logs::LogGroup"]


def test_a_name_that_stands_for_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Loading({}).resolve({"Ref": "Nowhere"})
