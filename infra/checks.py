"""Compares a cluster with cluster.yaml: tables, key, queues, bucket, roles, connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from infra.aws import client
from infra.checks_bucket import check_bucket
from infra.checks_mirror import check_mirror, parameters
from infra.finding import Finding, MissingError, missing_is_known
from infra.template import CLUSTER_TEMPLATE, described

Properties: TypeAlias = Mapping[str, Any]


def check_cluster(cluster: str) -> Iterator[Finding]:
    """Everything that cluster.yaml asks for and that is missing or otherwise."""
    connection = read_connection(cluster)
    wanted = described(CLUSTER_TEMPLATE, {"Cluster": cluster, **parameters(connection)})
    yield from _check_connection(cluster, connection)
    for table in wanted.get("AWS::DynamoDB::GlobalTable", ()):
        # A restore makes tables of another name, and the connection then names those.
        named = connection.get(f"{table['TableName'].rsplit('-', 1)[1]}_table")
        yield from _found(check_table, {**table, "TableName": named or table["TableName"]})
    for kind, check in _CHECKS.items():
        for properties in wanted.get(kind, ()):
            yield from _found(check, properties)
    yield from check_mirror(cluster, connection)


def read_connection(cluster: str, where: str = "") -> dict[str, Any]:
    """The connection parameter, of this region or another; empty without one, or when no JSON."""
    name = f"/conclave/{cluster}/connection"
    try:
        with missing_is_known():
            value = client("ssm", where).get_parameter(Name=name)["Parameter"]["Value"]
        found: dict[str, Any] = json.loads(value)
    except (MissingError, ValueError):
        return {}
    return found


def check_table(table: Properties) -> Iterator[Finding]:
    name, dynamodb = table["TableName"], client("dynamodb")
    actual = dynamodb.describe_table(TableName=name)["Table"]
    indexes = {one["IndexName"]: one for one in actual.get("GlobalSecondaryIndexes", [])}
    for index in table["GlobalSecondaryIndexes"]:
        yield from _check_index(name, index, indexes.get(index["IndexName"]))
    stream = actual.get("StreamSpecification", {}).get("StreamViewType")
    if stream != table["StreamSpecification"]["StreamViewType"]:
        yield Finding(name, "its stream does not carry new and old images")
    if not actual.get("DeletionProtectionEnabled"):
        cure = partial(dynamodb.update_table, TableName=name, DeletionProtectionEnabled=True)
        yield Finding(name, "it is not protected from deletion", cure)
    yield from _check_recovery(name)
    yield from _check_expiry(name, table.get("TimeToLiveSpecification"))


def check_alias(alias: Properties) -> Iterator[Finding]:
    name, kms = alias["AliasName"], client("kms")
    key = kms.describe_key(KeyId=name)["KeyMetadata"]
    if key["KeyState"] != "Enabled":
        yield Finding(name, f"its key is {key['KeyState']}: {_without(key)}")
    if not key.get("MultiRegion"):
        yield Finding(name, "its key is not multi-region, and cannot be made so later")
    if key.get("KeyUsage") == "SIGN_VERIFY":
        return  # KMS rotates no signing keys
    turning = kms.get_key_rotation_status(KeyId=key["KeyId"])
    if not turning["KeyRotationEnabled"]:
        cure = partial(kms.enable_key_rotation, KeyId=key["KeyId"])
        yield Finding(name, "its key is not rotated every year", cure)


def _without(key: Properties) -> str:
    signs = key.get("KeyUsage") == "SIGN_VERIFY"
    return "no digest can be signed" if signs else "nothing sealed can be opened"


def check_queue(queue: Properties) -> Iterator[Finding]:
    name, sqs = queue["QueueName"], client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    actual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for attribute, wanted in queue.items():
        if attribute != "QueueName" and not _same(actual.get(attribute), wanted):
            text = _as_attribute(wanted)
            cure = partial(sqs.set_queue_attributes, QueueUrl=url, Attributes={attribute: text})
            says = f"{attribute} is {actual.get(attribute, 'not set')} and should be {text}"
            yield Finding(name, says, cure)


def check_role(role: Properties) -> Iterator[Finding]:
    name, iam = role["RoleName"], client("iam")
    actual = _document(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
    if actual != role["AssumeRolePolicyDocument"]:
        yield Finding(name, "others may assume it than cluster.yaml says")
    for policy in role["Policies"]:
        named = {"RoleName": name, "PolicyName": policy["PolicyName"]}
        if policy["PolicyName"] not in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            yield Finding(name, f"its policy {policy['PolicyName']} is missing")
        elif _actions(_document(iam.get_role_policy(**named)["PolicyDocument"])) != _actions(
            policy["PolicyDocument"]
        ):
            yield Finding(name, f"its policy {policy['PolicyName']} allows something else")


_CHECKS: Mapping[str, Callable[[Properties], Iterator[Finding]]] = {
    "AWS::KMS::Alias": check_alias,
    "AWS::SQS::Queue": check_queue,
    "AWS::S3::Bucket": check_bucket,
    "AWS::IAM::Role": check_role,
}
_NAMES = ("TableName", "AliasName", "QueueName", "BucketName", "RoleName")


def _found(
    check: Callable[[Properties], Iterator[Finding]], properties: Properties
) -> Iterator[Finding]:
    """What a check finds; a resource that does not exist is one finding."""
    try:
        with missing_is_known():
            yield from list(check(properties))
    except MissingError:
        name = next(properties[one] for one in _NAMES if one in properties)
        yield Finding(name, "it does not exist")


def _check_connection(cluster: str, connection: Properties) -> Iterator[Finding]:
    name = f"/conclave/{cluster}/connection"
    wanted = {"cluster", "data_table", "audit_table", "key_arn", "bucket", "queues"} | {
        "schedule_role_arn",
        "engine_role_arn",
        "audit_key_arn",
        "audit_bucket",
    }
    if not connection:
        yield Finding(name, "the cluster has no connection parameter")
    elif absent := sorted(wanted - set(connection)):
        yield Finding(name, f"the connection does not name {', '.join(absent)}")
    elif connection["cluster"] != cluster:
        yield Finding(name, f"the connection leads to cluster {connection['cluster']}")


def _check_index(table: str, wanted: Properties, actual: Properties | None) -> Iterator[Finding]:
    name = wanted["IndexName"]
    if actual is None:
        yield Finding(table, f"{name} is missing")
    elif actual["KeySchema"] != wanted["KeySchema"]:
        yield Finding(table, f"{name} has other keys than {wanted['KeySchema']}")
    elif actual["Projection"]["ProjectionType"] != wanted["Projection"]["ProjectionType"]:
        yield Finding(table, f"{name} does not hold keys only")


def _check_recovery(name: str) -> Iterator[Finding]:
    dynamodb = client("dynamodb")
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        on = {"PointInTimeRecoveryEnabled": True}
        cure = partial(
            dynamodb.update_continuous_backups,
            TableName=name,
            PointInTimeRecoverySpecification=on,
        )
        yield Finding(name, "it has no point-in-time recovery", cure)


def _check_expiry(name: str, wanted: Properties | None) -> Iterator[Finding]:
    dynamodb = client("dynamodb")
    actual = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    is_on = actual.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    if wanted is None and is_on:
        yield Finding(name, "its rows expire, and none may")
    elif wanted and (not is_on or actual.get("AttributeName") != wanted["AttributeName"]):
        cure = partial(
            dynamodb.update_time_to_live, TableName=name, TimeToLiveSpecification=dict(wanted)
        )
        yield Finding(name, f"rows do not expire by {wanted['AttributeName']}", cure)


def _same(actual: str | None, wanted: object) -> bool:
    if isinstance(wanted, dict):
        held = json.loads(actual or "{}")
        return all(str(held.get(name)) == str(value) for name, value in wanted.items())
    return (actual or "").lower() == str(wanted).lower()


def _as_attribute(wanted: object) -> str:
    return json.dumps(wanted) if isinstance(wanted, dict) else str(wanted).lower()


def _document(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def _actions(document: Properties) -> set[tuple[str, str]]:
    listed = [
        (one["Effect"], action)
        for one in document["Statement"]
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    ]
    return set(listed)
