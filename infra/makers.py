"""Makes one resource of each type in cluster.yaml by its API, for emulators without CloudFormation.

Settings that no emulator acts on (PITR, rotation, TLS-only policies) are left to CloudFormation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from infra.aws import account, client

Properties: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A resource: what `Ref` and `Fn::GetAtt` of it give."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def make_table(properties: Properties) -> Made:
    """A global table with one replica is an ordinary table where global ones are not known."""
    name = properties["TableName"]
    asked = {
        "TableName": name,
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "BillingMode": properties["BillingMode"],
        "GlobalSecondaryIndexes": properties["GlobalSecondaryIndexes"],
        "StreamSpecification": {"StreamEnabled": True, **properties["StreamSpecification"]},
        "SSESpecification": {"Enabled": properties["SSESpecification"]["SSEEnabled"]},
    }
    table = client("dynamodb").create_table(**asked)["TableDescription"]
    if ttl := properties.get("TimeToLiveSpecification"):
        client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    return Made(name, {"Arn": table["TableArn"]})


def make_key(properties: Properties) -> Made:
    usage = {name: properties[name] for name in ("KeySpec", "KeyUsage") if name in properties}
    made = client("kms").create_key(
        Description=properties["Description"],
        **usage,
        MultiRegion=properties["MultiRegion"],
        Policy=json.dumps(properties["KeyPolicy"]),
    )["KeyMetadata"]
    return Made(made["KeyId"], {"Arn": made["Arn"]})


def make_replica_key(properties: Properties) -> Made:
    """A key of the same material and id in this region, as its home makes it."""
    here, primary = account()["AWS::Region"], properties["PrimaryKeyArn"]
    made = client("kms", primary.split(":")[3]).replicate_key(
        KeyId=primary.rpartition("/")[2], ReplicaRegion=here
    )
    return Made(made["ReplicaKeyMetadata"]["KeyId"], {"Arn": made["ReplicaKeyMetadata"]["Arn"]})


def make_alias(properties: Properties) -> Made:
    kms = client("kms")
    with suppress(kms.exceptions.AlreadyExistsException):  # moto's replicas bring it along
        kms.create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return Made(properties["AliasName"])


def make_bucket(properties: Properties) -> Made:
    name, region = properties["BucketName"], account()["AWS::Region"]
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    asked = {} if region == "us-east-1" else elsewhere
    lock = properties.get("ObjectLockConfiguration")
    client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(lock), **asked)
    client("s3").put_bucket_versioning(
        Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"]
    )
    if lock:
        client("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    return Made(name, {"Arn": f"arn:aws:s3:::{name}"})


def make_queue(properties: Properties) -> Made:
    """Attributes travel as text; the redrive policy as JSON."""
    name = properties["QueueName"]
    attributes = {key: _text(value) for key, value in properties.items() if key != "QueueName"}
    url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    here = account()
    arn = f"arn:aws:sqs:{here['AWS::Region']}:{here['AWS::AccountId']}:{name}"
    return Made(url, {"Arn": arn, "QueueName": name})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | int) else json.dumps(value)


def make_role(properties: Properties) -> Made:
    name = properties["RoleName"]
    role = client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
    )["Role"]
    for policy in properties["Policies"]:
        client("iam").put_role_policy(
            RoleName=name,
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )
    return Made(name, {"Arn": role["Arn"]})


def make_parameter(properties: Properties) -> Made:
    client("ssm").put_parameter(
        Name=properties["Name"], Type=properties["Type"], Value=properties["Value"]
    )
    return Made(properties["Name"])


def make_nothing(properties: Properties) -> Made:
    """Resource policies: emulators do not enforce them."""
    return Made("")


MAKERS: Mapping[str, Callable[[Properties], Made]] = {
    "AWS::DynamoDB::GlobalTable": make_table,
    "AWS::KMS::Key": make_key,
    "AWS::KMS::ReplicaKey": make_replica_key,
    "AWS::KMS::Alias": make_alias,
    "AWS::S3::Bucket": make_bucket,
    "AWS::S3::BucketPolicy": make_nothing,
    "AWS::SQS::Queue": make_queue,
    "AWS::SQS::QueuePolicy": make_nothing,
    "AWS::IAM::Role": make_role,
    "AWS::SSM::Parameter": make_parameter,
}
