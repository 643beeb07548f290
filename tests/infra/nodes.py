"""A node on moto as a deploy and its agent would have left it, without any code in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable

import boto3

from chalicelib.catalogue import OPERATIONS
from chalicelib.cluster.functions import FUNCTIONS, Function

ACCOUNT = "123456789012"
GROUP = "conclave-test-{node}"


def deployed(node: str, code: bytes = b"pass", cluster: str = "test") -> None:
    """Functions, mappings (on) and schedules (on)."""
    for function in FUNCTIONS:
        make_function(node, function, code, cluster)
        if function.queue:
            make_mapping(function.lambda_name(node), f"conclave-{cluster}-{function.queue}")
    make_schedules(f"conclave-{cluster}-{node}", (one.slug for one in OPERATIONS))


def make_function(node: str, function: Function, code: bytes, cluster: str = "test") -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    boto3.client("lambda").create_function(
        FunctionName=function.lambda_name(node),
        Runtime="python3.11",
        Role=role(),
        Handler="app.app",
        Code={"ZipFile": packed.getvalue()},
        Timeout=int(function.timeout.total_seconds()),
        Environment={"Variables": {"NODE": node, "CLUSTER": cluster}},
    )


def make_mapping(function: str, queue: str, partial: bool = True) -> str:
    made = boto3.client("lambda").create_event_source_mapping(
        FunctionName=function,
        EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}",
        Enabled=True,
        FunctionResponseTypes=["ReportBatchItemFailures"] if partial else [],
    )
    return str(made["UUID"])


def make_schedules(group: str, names: Iterable[str], state: str = "ENABLED") -> None:
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name=group)
    for name in names:
        scheduler.create_schedule(
            GroupName=group,
            Name=name,
            ScheduleExpression="cron(* * * * ? *)",
            FlexibleTimeWindow={"Mode": "OFF"},
            State=state,  # type: ignore[arg-type]
            Target={
                "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:conclave-test-background",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/conclave-test-schedule",
            },
        )


def role() -> str:
    """A role that Lambda accepts, made once."""
    iam, name = boto3.client("iam"), "a-function"
    if name not in {one["RoleName"] for one in iam.list_roles()["Roles"]}:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    return str(iam.get_role(RoleName=name)["Role"]["Arn"])
