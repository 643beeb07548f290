"""Each thing that can be missing or disagree is found, in words; what is curable is cured."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3
import pytest

from chalicelib.cluster.functions import FUNCTIONS
from infra import doctor
from tests.infra import nodes

QUEUE_ARN = f"arn:aws:sqs:us-east-1:{nodes.ACCOUNT}:conclave-test-"
TOO_PATIENT = {"maxReceiveCount": 99, "deadLetterTargetArn": f"{QUEUE_ARN}recording-dead"}
ANYONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
BUCKET = f"conclave-test-{nodes.ACCOUNT}-us-east-1"


@pytest.fixture
def healthy(aws: None) -> None:
    """A cluster with the settings that the loader leaves out, and one node."""
    doctor.fix("test")
    nodes.deployed("node-a")


def found() -> list[str]:
    return [str(one) for one in doctor.examine("test", ["node-a"])]


def url(queue: str) -> str:
    return boto3.client("sqs").get_queue_url(QueueName=f"conclave-test-{queue}")["QueueUrl"]


def one_schedule(change: str) -> None:
    group, scheduler = "conclave-test-node-a", boto3.client("scheduler")
    name = scheduler.list_schedules(GroupName=group)["Schedules"][0]["Name"]
    scheduler.delete_schedule(GroupName=group, Name=name)
    if change:
        boto3.client("scheduler").create_schedule(
            GroupName=group,
            Name=change,
            ScheduleExpression="cron(* * * * ? *)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:us-east-1:1:x", "RoleArn": "arn:aws:iam::1:role/x"},
        )


def mapping_of(function: str) -> str:
    listed = boto3.client("lambda").list_event_source_mappings(FunctionName=function)
    return listed["EventSourceMappings"][0]["UUID"]


@pytest.mark.usefixtures("healthy")
def test_a_healthy_cluster_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert found() == []
    assert doctor.main(["--cluster", "test", "--node", "node-a"]) == 0
    assert "nothing is missing" in capsys.readouterr().out


WOUNDS: dict[str, tuple[Callable[[], object], str]] = {
    "no expiry": (
        lambda: boto3.client("dynamodb").update_time_to_live(
            TableName="conclave-test-data",
            TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": False},
        ),
        "conclave-test-data: rows do not expire by ttl",
    ),
    "an expiring trail": (
        lambda: boto3.client("dynamodb").update_time_to_live(
            TableName="conclave-test-audit",
            TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
        ),
        "conclave-test-audit: its rows expire, and none may",
    ),
    "no recovery": (
        lambda: boto3.client("dynamodb").update_continuous_backups(
            TableName="conclave-test-audit",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
        ),
        "conclave-test-audit: it has no point-in-time recovery",
    ),
    "an unprotected table": (
        lambda: boto3.client("dynamodb").update_table(
            TableName="conclave-test-data", DeletionProtectionEnabled=False
        ),
        "conclave-test-data: it is not protected from deletion",
    ),
    "a missing index": (
        lambda: boto3.client("dynamodb").update_table(
            TableName="conclave-test-data",
            GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "index3"}}],
        ),
        "conclave-test-data: index3 is missing",
    ),
    "short visibility": (
        lambda: boto3.client("sqs").set_queue_attributes(
            QueueUrl=url("web"), Attributes={"VisibilityTimeout": "30"}
        ),
        "conclave-test-web: VisibilityTimeout is 30 and should be 360",
    ),
    "no redrive": (
        lambda: boto3.client("sqs").set_queue_attributes(
            QueueUrl=url("recording"),
            Attributes={"RedrivePolicy": json.dumps(TOO_PATIENT)},
        ),
        "conclave-test-recording: RedrivePolicy is",
    ),
    "no queue": (
        lambda: boto3.client("sqs").delete_queue(QueueUrl=url("site-1-dead")),
        "conclave-test-site-1-dead: it does not exist",
    ),
    "a key about to go": (
        lambda: boto3.client("kms").schedule_key_deletion(
            KeyId=boto3.client("kms").describe_key(KeyId="alias/conclave-test")["KeyMetadata"][
                "KeyId"
            ]
        ),
        "alias/conclave-test: its key is PendingDeletion: nothing sealed can be opened",
    ),
    "a signing key about to go": (
        lambda: boto3.client("kms").schedule_key_deletion(
            KeyId=boto3.client("kms").describe_key(KeyId="alias/conclave-test-audit")[
                "KeyMetadata"
            ]["KeyId"]
        ),
        "alias/conclave-test-audit: its key is PendingDeletion: no digest can be signed",
    ),
    "a public bucket": (
        lambda: boto3.client("s3").delete_public_access_block(Bucket=BUCKET),
        f"{BUCKET}: public access to it is not blocked",
    ),
    "another's connection": (
        lambda: boto3.client("ssm").put_parameter(
            Name="/conclave/test/connection", Value='{"cluster": "test"}', Overwrite=True
        ),
        "/conclave/test/connection: the connection does not name audit_bucket, audit_key_arn,",
    ),
    "a role that lost its policy": (
        lambda: boto3.client("iam").delete_role_policy(
            RoleName="conclave-test-schedule", PolicyName="offer-work"
        ),
        "conclave-test-schedule: its policy offer-work is missing",
    ),
    "a role that anyone assumes": (
        lambda: boto3.client("iam").update_assume_role_policy(
            RoleName="conclave-test-engine", PolicyDocument=json.dumps(ANYONE)
        ),
        "conclave-test-engine: others may assume it than cluster.yaml says",
    ),
    "no function": (
        lambda: boto3.client("lambda").delete_function(FunctionName="conclave-node-a-web"),
        "conclave-node-a-web: the function does not exist",
    ),
    "a slow function": (
        lambda: boto3.client("lambda").update_function_configuration(
            FunctionName="conclave-node-a-local", Timeout=300
        ),
        "conclave-test-site-1: hides messages 360 s; conclave-node-a-local needs 1800 s",
    ),
    "a function of another cluster": (
        lambda: boto3.client("lambda").update_function_configuration(
            FunctionName="conclave-node-a",
            Environment={"Variables": {"NODE": "node-a", "CLUSTER": "other"}},
        ),
        "conclave-node-a: it belongs to cluster other",
    ),
    "a mapping that loses messages": (
        lambda: boto3.client("lambda").update_event_source_mapping(
            UUID=mapping_of("conclave-node-a-background"), FunctionResponseTypes=[]
        ),
        "conclave-node-a-background: its mapping from conclave-test-background loses messages",
    ),
    "no mapping": (
        lambda: boto3.client("lambda").delete_event_source_mapping(
            UUID=mapping_of("conclave-node-a-engine_response")
        ),
        "conclave-node-a-engine_response: nothing maps engine-response to it",
    ),
    "a missing schedule": (lambda: one_schedule(""), "conclave-test-node-a: no schedule for"),
    "a schedule of no job": (
        lambda: one_schedule("nothing-known"),
        "conclave-test-node-a: schedules of no known job: nothing-known",
    ),
    "schedules without a worker": (
        lambda: boto3.client("lambda").update_event_source_mapping(
            UUID=mapping_of("conclave-node-a-background"), Enabled=False
        ),
        "conclave-test-node-a: its schedules are on while its background worker is off",
    ),
}


@pytest.mark.usefixtures("healthy")
def test_every_wound_is_named_once_and_the_curable_ones_heal() -> None:
    for inflict, _ in WOUNDS.values():
        inflict()
    findings = doctor.examine("test", ["node-a"])
    for wound, (_, words) in WOUNDS.items():
        assert len([one for one in findings if str(one).startswith(words)]) == 1, wound
    named = tuple(words for _, words in WOUNDS.values())
    others = [str(one) for one in findings if not str(one).startswith(named)]
    assert others == ["conclave-node-a-local: it may run 300 s and should 60 s"]
    incurable = sorted(str(one) for one in findings if one.cure is None)
    assert sorted(str(one) for one in doctor.fix("test", ["node-a"])) == incurable


@pytest.mark.usefixtures("healthy")
def test_nodes_that_run_different_code_are_named() -> None:
    nodes.deployed("node-b", code=b"other")
    findings = [str(one) for one in doctor.examine("test", ["node-a", "node-b"])]
    assert findings == ["node-a, node-b: these nodes run different code: deploy them all"]


@pytest.mark.usefixtures("aws")
def test_a_cluster_that_does_not_exist_is_described_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert doctor.main(["--cluster", "nowhere", "--node", "node-a"]) == 1
    told = capsys.readouterr().out
    assert "/conclave/nowhere/connection: the cluster has no connection parameter" in told
    for function in FUNCTIONS:
        assert f"{function.lambda_name('node-a')}: the function does not exist" in told
    assert "conclave-nowhere-node-a: the schedule group does not exist" in told


@pytest.mark.usefixtures("healthy")
def test_restored_tables_are_examined_by_the_names_in_the_connection() -> None:
    ssm = boto3.client("ssm")
    held = json.loads(ssm.get_parameter(Name="/conclave/test/connection")["Parameter"]["Value"])
    held["data_table"] = "conclave-test-restored-data"
    ssm.put_parameter(Name="/conclave/test/connection", Value=json.dumps(held), Overwrite=True)
    assert found() == ["conclave-test-restored-data: it does not exist"]
