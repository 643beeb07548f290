"""What each function may do, and what none may, asked of the policy files themselves."""

from __future__ import annotations

import json
import re

import pytest
from botocore import xform_name
from botocore.session import get_session

from chalicelib.cluster.functions import AGENT, API, FUNCTIONS, WORKERS, Function
from infra import policies
from infra.policies import Attempt, allows, read_policy

ALL = [one.name for one in FUNCTIONS]
IDLE = {"recording"}
"""Functions that no kind of message goes to yet: they read the gate, and hand back."""
DIGEST = "digest"
"""It opens no value: it reads the trail, signs, and writes digests."""
WORKING = [one.name for one in FUNCTIONS if one.name not in IDLE | {DIGEST}]
NEVER = (
    "iam:Create*", "iam:Put*", "iam:Attach*", "iam:Delete*", "iam:Update*",
    "kms:Create*", "kms:Disable*", "kms:Put*", "kms:ReEncrypt*", "kms:Schedule*", "kms:Update*",
    "dynamodb:*Table*", "dynamodb:*Backup*", "dynamodb:Scan", "dynamodb:PartiQL*",
    "dynamodb:*Replica*", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTimeToLive",
    "lambda:Add*", "lambda:*Function", "lambda:Update*Code*", "lambda:PutFunction*",
    "logs:Delete*", "logs:Put*Policy", "logs:FilterLogEvents", "logs:GetLogEvents",
    "s3:*Bucket*", "s3:Delete*", "s3:PutObjectAcl", "s3:BypassGovernanceRetention",
    "secretsmanager:*", "ssm:Delete*", "ssm:Put*", "ssm:SendCommand", "ssm:StartSession",
    "sqs:AddPermission", "sqs:DeleteQueue", "sqs:PurgeQueue",
    "sts:GetFederationToken", "sts:AssumeRoleWith*",
)  # fmt: skip
NAMED_OTHERWISE = {
    "sesv2:SendEmail": "ses:SendEmail",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:CopyObject": "s3:PutObject",  # and s3:GetObject, which is called by itself as well
}
CALLS_AGENTS = {API.name, "background", "background_now"}
BACKS_UP = {"background", "background_now"}
ROTATES = "key_rotation"
WRITES_KEYRING = {AGENT.name, ROTATES}
MAY = {
    "lambda:InvokeFunction": CALLS_AGENTS,
    "dynamodb:Scan": BACKS_UP | {ROTATES},
    "dynamodb:ExportTableToPointInTime": BACKS_UP,
    "s3:ListBucket": BACKS_UP | {DIGEST},
    "s3:DeleteObject": BACKS_UP,  # of backups; the bucket keeps the version that was deleted
    "s3:PutObjectAcl": BACKS_UP,  # DynamoDB's exports ask for it
}

SESSION = get_session()
ROOT = policies.POLICY_FOLDER.parent
HERE = "us-east-1:123456789012"
DATA = f"arn:aws:dynamodb:{HERE}:table/conclave-demo-data"
AUDIT = f"arn:aws:dynamodb:{HERE}:table/conclave-demo-audit"
KEY = f"arn:aws:kms:{HERE}:key/mrk-1"
OUR_KEY = {"kms:ResourceAliases": "alias/conclave-demo"}
WORKER_FUNCTION = f"arn:aws:lambda:{HERE}:function:conclave-node-a-web"
MAPPING = f"arn:aws:lambda:{HERE}:event-source-mapping:1"


def queue(name: str) -> str:
    return f"arn:aws:sqs:{HERE}:conclave-demo-{name}"


def may(function: str, action: str, resource: str, key: str = "", **facts: str) -> bool:
    named = {name.replace("__", ":"): value for name, value in facts.items()}
    return allows(read_policy(function), Attempt(action, resource, key, named))


@pytest.mark.parametrize("function", ALL)
def test_actions_are_named_in_full(function: str) -> None:
    for statement in read_policy(function)["Statement"]:
        for action in policies.as_list(statement["Action"]):
            assert "*" not in action, f"{function}: {action}"


@pytest.mark.parametrize("function", ALL)
def test_no_function_may_what_none_should(function: str) -> None:
    for action in policies.actions(read_policy(function)):
        forbidden = [one for one in NEVER if policies._any_match(one, action)]
        assert not forbidden or function in MAY.get(action, set()), f"{function} may {action}"


@pytest.mark.parametrize("function", ALL)
def test_everything_has_a_resource_unless_aws_knows_none(function: str) -> None:
    listing = {
        "cloudwatch:GetMetricData",
        "lambda:ListEventSourceMappings",
        "scheduler:ListSchedules",
    }
    for statement in policies.statements(read_policy(function)):
        if statement["Resource"] == "*":
            allowed = set(policies.as_list(statement["Action"]))
            assert allowed <= listing or statement["Condition"], f"{function}: {allowed}"


@pytest.mark.parametrize("function", ALL)
def test_every_function_finds_the_cluster_and_logs(function: str) -> None:
    parameter = f"arn:aws:ssm:{HERE}:parameter/conclave/demo/connection"
    assert may(function, "ssm:GetParameter", parameter)
    assert not may(function, "ssm:GetParameter", parameter.replace("demo", "other"))
    assert may(
        function,
        "logs:PutLogEvents",
        f"arn:aws:logs:{HERE}:log-group:/aws/lambda/conclave-node-a-web:log-stream:x",
    )


@pytest.mark.parametrize("function", WORKING)
def test_only_the_agent_and_rotation_write_the_keyring_and_they_put_no_secrets(
    function: str,
) -> None:
    writes = function in WRITES_KEYRING
    assert may(function, "dynamodb:PutItem", DATA, "secret#12") is not writes
    assert may(function, "dynamodb:GetItem", DATA, "keyring")
    assert may(function, "dynamodb:PutItem", DATA, "keyring") is writes
    for action in ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate"):
        assert not may(function, f"dynamodb:{action}", DATA, "keyring")


@pytest.mark.parametrize("function", sorted(IDLE))
def test_a_function_without_work_reads_the_gate_and_no_more(function: str) -> None:
    rows = {one for one in policies.actions(read_policy(function)) if one.startswith("dynamodb:")}
    assert rows == {"dynamodb:GetItem"}
    assert may(function, "dynamodb:GetItem", DATA, "gate")
    assert not may(function, "dynamodb:GetItem", DATA, "keyring")
    assert not may(function, "kms:Decrypt", KEY, **{"kms__ResourceAliases": "alias/conclave-demo"})


@pytest.mark.parametrize("function", WORKING)
def test_the_trail_is_only_added_to(function: str) -> None:
    granted = {
        action
        for action in policies.actions(read_policy(function))
        if action.startswith("dynamodb:") and may(function, action, AUDIT, "audit#2026-01-15#0")
    }
    reads = {"dynamodb:Query"} if function == API.name else set()
    copies = (
        {"dynamodb:Scan", "dynamodb:ExportTableToPointInTime"} if function in BACKS_UP else set()
    )
    assert granted == {"dynamodb:PutItem"} | reads | copies


def test_only_the_digest_function_signs_and_it_opens_nothing() -> None:
    audit_key = {"kms__ResourceAliases": "alias/conclave-demo-audit"}
    for function in ALL:
        assert may(function, "kms:Sign", KEY, **audit_key) is (function == DIGEST)
        assert not may(function, "kms:Sign", KEY, kms__ResourceAliases="alias/conclave-demo")
    assert not may(DIGEST, "kms:Decrypt", KEY, kms__ResourceAliases="alias/conclave-demo")
    for row in ("gate", "keyring", "settings"):
        assert may(DIGEST, "dynamodb:GetItem", DATA, row)
        assert not may(DIGEST, "dynamodb:PutItem", DATA, row)
    assert not may(DIGEST, "dynamodb:GetItem", DATA, "secret#1")


def test_digests_are_added_by_their_function_and_lines_by_the_others() -> None:
    for function in [*WORKING, DIGEST]:
        line = may(function, "dynamodb:PutItem", AUDIT, "audit#2026-01-15#0")
        assert line is (function != DIGEST), function
        assert may(function, "dynamodb:PutItem", AUDIT, "digest") is (function == DIGEST), function
        for action in ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete"):
            assert not may(function, f"dynamodb:{action}", AUDIT, "digest")


def test_objects_of_the_audit_bucket_are_put_by_the_digest_function_and_removed_by_none() -> None:
    bucket = "arn:aws:s3:::conclave-demo-audit-123456789012-us-east-1"
    for function in ALL:
        for action in ("s3:PutObject", "s3:GetObject"):
            assert may(function, action, f"{bucket}/digests/c/2026-01-15T12") is (
                function == DIGEST
            ), function
        for action in ("DeleteObject", "DeleteObjectVersion", "PutObjectRetention"):
            assert not may(function, f"s3:{action}", f"{bucket}/digests/c/2026-01-15T12")
        assert not may(function, "s3:BypassGovernanceRetention", f"{bucket}/digests/c/x")


@pytest.mark.parametrize("function", ALL)
def test_only_those_who_take_backups_touch_them_and_no_version_of_one_is_deleted(
    function: str,
) -> None:
    bucket = "arn:aws:s3:::conclave-demo-123456789012-us-east-1"
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(function, action, f"{bucket}/backups/1/manifest.json") is (function in BACKS_UP)
        assert not may(function, action, f"{bucket}/deployed/node-a.json")
    acl = "s3:PutObjectAcl"
    assert may(function, acl, f"{bucket}/exports/1/x.json.gz") is (function in BACKS_UP)
    assert not may(function, acl, f"{bucket}/backups/1/manifest.json")
    assert not may(function, "s3:DeleteObjectVersion", f"{bucket}/backups/1/manifest.json")


@pytest.mark.parametrize("function", ALL)
def test_the_backups_of_another_cluster_are_read_by_those_who_may_follow_it(function: str) -> None:
    other = "arn:aws:s3:::conclave-other-123456789012-eu-west-1"
    part = f"{other}/backups/1/000001-abc"
    assert may(function, "s3:GetObject", part) is (function in BACKS_UP)
    assert not may(function, "s3:GetObject", f"{other}/deployed/node-a.json")
    assert not may(function, "s3:PutObject", part)
    assert not may(function, "s3:DeleteObject", part)


@pytest.mark.parametrize("function", WORKING)
def test_only_the_clusters_own_key_opens_data_keys(function: str) -> None:
    assert allows(read_policy(function), Attempt("kms:Decrypt", KEY, facts=OUR_KEY))
    other = {"kms:ResourceAliases": "alias/conclave-other"}
    assert not allows(read_policy(function), Attempt("kms:Decrypt", KEY, facts=other))


@pytest.mark.parametrize("function", [one for one in ALL if one != AGENT.name])
def test_only_the_agent_touches_mappings_schedules_and_keys(function: str) -> None:
    granted = policies.actions(read_policy(function))
    assert not {one for one in granted if "EventSourceMapping" in one}
    assert not {one for one in granted if one.startswith("scheduler:")}
    assert not granted & {"iam:PassRole", "sqs:CreateQueue", "sqs:SetQueueAttributes"}
    makes_keys = granted & {"kms:GenerateDataKey", "kms:Encrypt"}
    assert bool(makes_keys) is (function == ROTATES)


def test_rotation_seals_secrets_and_candidates_anew_and_changes_nothing_else() -> None:
    for key in ("secret#12", "change#12"):
        assert may(ROTATES, "dynamodb:UpdateItem", DATA, key)
    for key in ("keyring", "gate", "user#1", "session#1", "key-rotation"):
        assert not may(ROTATES, "dynamodb:UpdateItem", DATA, key)
    for key in ("gate", "user#1", "secret#12", "outbox#1"):
        assert not may(ROTATES, "dynamodb:PutItem", DATA, key)
    assert not may(ROTATES, "dynamodb:Scan", AUDIT)


@pytest.mark.parametrize("function", WORKING)
def test_a_key_that_is_to_replace_the_clusters_opens_data_keys_too(function: str) -> None:
    """`make rekey` gives it the second alias before anything is wrapped by it."""
    facts = {"kms:ResourceAliases": "alias/conclave-demo-next"}
    assert allows(read_policy(function), Attempt("kms:Decrypt", KEY, facts=facts))


def test_the_agent_maps_only_our_functions_and_passes_only_the_schedule_role() -> None:
    passed = "arn:aws:iam::123456789012:role/conclave-demo-schedule"
    scheduler = {"iam:PassedToService": "scheduler.amazonaws.com"}
    policy = read_policy(AGENT.name)
    for function, allowed in (
        (WORKER_FUNCTION, True),
        ("arn:aws:lambda:us-east-1:1:function:x", False),
    ):
        attempt = Attempt(
            "lambda:CreateEventSourceMapping", MAPPING, facts={"lambda:FunctionArn": function}
        )
        assert allows(policy, attempt) is allowed
    assert allows(policy, Attempt("iam:PassRole", passed, facts=scheduler))
    assert not allows(
        policy,
        Attempt("iam:PassRole", passed, facts={"iam:PassedToService": "lambda.amazonaws.com"}),
    )
    assert not allows(
        policy, Attempt("iam:PassRole", passed.replace("schedule", "engine"), facts=scheduler)
    )


def test_few_call_agents_and_only_the_api_lends_the_engine_role() -> None:
    agent = f"arn:aws:lambda:{HERE}:function:conclave-node-b-agent"
    engine = "arn:aws:iam::123456789012:role/conclave-demo-engine"
    for function in ALL:
        assert may(function, "lambda:InvokeFunction", agent) is (function in CALLS_AGENTS)
        assert not may(function, "lambda:InvokeFunction", WORKER_FUNCTION)
        assert may(function, "sts:AssumeRole", engine) is (function == API.name)
    assert not may(API.name, "sts:AssumeRole", engine.replace("engine", "schedule"))


def test_the_policies_allow_what_the_adapters_call_and_nothing_else() -> None:
    """A call that tests/infra/every_function.py does not do is found here.

    DynamoDB apart, which pynamodb calls; taking from a queue is what Lambda does for us.
    """
    granted = {action for name in ALL for action in policies.actions(read_policy(name))}
    own = {one for one in granted if not one.startswith(("dynamodb:", "logs:"))}
    own -= {"s3:AbortMultipartUpload", "s3:PutObjectAcl"}  # DynamoDB's, when it exports for us
    assert own - {"iam:PassRole"} == called_actions() | {"sqs:ReceiveMessage", "sqs:DeleteMessage"}


def called_actions() -> set[str]:
    """The IAM actions of the botocore operations that chalicelib's own code names."""
    found: set[str] = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        text = path.read_text("utf-8")
        named = set(re.findall(r"\.([a-z0-9_]+)\(", text))
        for service in set(re.findall(r'client\("([a-z0-9]+)"\)', text)) - {"dynamodb"}:
            operations = SESSION.get_service_model(service).operation_names
            found |= {f"{service}:{one}" for one in operations if xform_name(one) in named}
    return {NAMED_OTHERWISE.get(action, action.removesuffix("Batch")) for action in found}


@pytest.mark.parametrize("worker", WORKERS, ids=lambda one: one.name)
def test_a_worker_takes_from_its_own_queue_and_hands_back(worker: Function) -> None:
    for other in WORKERS:
        own = other.queue == worker.queue
        assert may(worker.name, "sqs:ReceiveMessage", queue(other.queue)) is own, other.queue
    assert may(worker.name, "sqs:SendMessage", queue(worker.queue))
    assert not may(worker.name, "sqs:ReceiveMessage", queue(worker.queue + "-dead"))


@pytest.mark.parametrize("function", ALL)
def test_another_cluster_is_out_of_reach(function: str) -> None:
    for attempt in (
        Attempt("dynamodb:GetItem", DATA.replace("demo", "other"), "secret#1"),
        Attempt("dynamodb:PutItem", AUDIT.replace("demo", "other")),
        Attempt("sqs:SendMessage", queue("background").replace("demo", "other")),
    ):
        assert not allows(read_policy(function), attempt)


@pytest.mark.parametrize("function", ALL)
def test_a_policy_is_written_for_any_cluster(function: str) -> None:
    text = policies.written_for("other", policies.policy_file(function).read_text("utf-8"))
    assert "demo" not in text
    assert allows(
        json.loads(text), Attempt("dynamodb:GetItem", DATA.replace("demo", "other"), "gate")
    )
    assert len(json.dumps(json.loads(text), separators=(",", ":"))) < 10_240  # IAM's limit
