"""What IAM asks of whoever makes an AWS call: actions, on resources, on rows of which keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from infra.policies import Attempt
from tests.calls import AwsCall

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
SCHEDULER = {"iam:PassedToService": "scheduler.amazonaws.com"}
SCHEDULED = ("CreateSchedule", "UpdateSchedule")
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_WRITES_EXPORTS = ("AbortMultipartUpload", "PutObject", "PutObjectAcl")  # DynamoDB, in our name
_OBJECTS = {"HeadObject": "GetObject", "CopyObject": "PutObject", "UploadPart": "PutObject"}
_OF_THE_AUDIT_KEY = ("Sign", "GetPublicKey")
_FIRST_VALUE = re.compile(r"=\s*(:\w+)")

Parameters: TypeAlias = Mapping[str, Any]


def needed(call: AwsCall, said: Parameters, cluster: str) -> Iterator[Attempt]:
    """The permissions that a call with those parameters needs; at least one.

    Of a service that is not known here: its operation as the action, on anything.
    """
    by_service = _BY_SERVICE.get(call.service)
    if call.service == "kms":
        key = "-audit" if call.operation in _OF_THE_AUDIT_KEY else ""
        alias = {"kms:ResourceAliases": f"alias/conclave-{cluster}{key}"}
        yield Attempt(f"kms:{call.operation}", said["KeyId"], facts=alias)
    elif by_service is not None:
        yield from by_service(call.operation, said)
    else:
        yield Attempt(f"{call.service}:{call.operation}", "*")


def rows(operation: str, said: Parameters) -> Iterator[Attempt]:
    """Of a call to DynamoDB: one for each row, since a policy may depend on its key."""
    if operation == "TransactWriteItems":
        for item in said["TransactItems"]:
            ((kind, one),) = item.items()
            yield _row(_WRITES.get(kind, "ConditionCheckItem"), one)
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table, asked in said["RequestItems"].items():
            for key in _keys(asked):
                yield Attempt(f"dynamodb:{operation}", _table(table), key["pk"]["S"])
    elif "Export" in operation:
        yield from _exports(operation, said)
    else:
        yield _row(operation, said)


def queues(operation: str, said: Parameters) -> Iterator[Attempt]:
    name = said.get("QueueName") or said["QueueUrl"].rsplit("/", 1)[1]
    yield Attempt(f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{HERE}:{name}")


def _exports(operation: str, said: Parameters) -> Iterator[Attempt]:
    yield Attempt(f"dynamodb:{operation}", said.get("TableArn") or said["ExportArn"])
    if "S3Bucket" in said:
        for own in _WRITES_EXPORTS:
            yield Attempt(f"s3:{own}", f"arn:aws:s3:::{said['S3Bucket']}/{said['S3Prefix']}/x")


def _keys(asked: Any) -> Iterator[Parameters]:
    if isinstance(asked, Mapping):
        yield from asked["Keys"]
        return
    for one in asked:
        yield one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]


def _row(operation: str, one: Parameters) -> Attempt:
    table = _table(one["TableName"])
    place = f"{table}/index/{one['IndexName']}" if "IndexName" in one else table
    return Attempt(f"dynamodb:{operation}", place, _leading(one))


def _leading(one: Parameters) -> str:
    """The partition key that a call names; of a query, the value it compares first."""
    key = one.get("Key") or one.get("Item")
    if key:
        return str(key["pk"]["S"])
    first = _FIRST_VALUE.search(one.get("KeyConditionExpression", ""))
    return str(one["ExpressionAttributeValues"][first[1]]["S"]) if first else ""


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{HERE}:table/{name}"


def _functions(operation: str, said: Parameters) -> Iterator[Attempt]:
    """Who changes a mapping by its id is asked about the function it belongs to: one of ours."""
    function = f"arn:aws:lambda:{HERE}:function:{said.get('FunctionName', 'conclave-node-a-web')}"
    if operation == "Invoke":
        yield Attempt("lambda:InvokeFunction", function)
    elif operation == "ListEventSourceMappings":
        yield Attempt(f"lambda:{operation}", "*")
    else:
        mapping = f"arn:aws:lambda:{HERE}:event-source-mapping:{said.get('UUID', 'x')}"
        yield Attempt(f"lambda:{operation}", mapping, facts={"lambda:FunctionArn": function})


def _schedules(operation: str, said: Parameters) -> Iterator[Attempt]:
    named = f"arn:aws:scheduler:{HERE}:schedule/{said.get('GroupName')}/{said.get('Name')}"
    yield Attempt(f"scheduler:{operation}", named if "Name" in said else "*")
    if operation in SCHEDULED:
        yield Attempt("iam:PassRole", said["Target"]["RoleArn"], facts=SCHEDULER)


def _objects(operation: str, said: Parameters) -> Iterator[Attempt]:
    bucket = f"arn:aws:s3:::{said['Bucket']}"
    of_secrets = said.get("Key", "").startswith("files/")  # denied and absent are one there
    if operation == "GetObject" and not of_secrets:  # else S3 denies what is not there
        yield Attempt("s3:ListBucket", bucket)
    if operation == "CopyObject":
        source = said["CopySource"]
        yield Attempt("s3:GetObject", f"arn:aws:s3:::{source['Bucket']}/{source['Key']}")
    if "Key" in said:
        yield Attempt(f"s3:{_OBJECTS.get(operation, operation)}", f"{bucket}/{said['Key']}")
    else:
        yield Attempt(
            "s3:ListBucket" if operation.startswith("List") else f"s3:{operation}", bucket
        )


def _parameters(operation: str, said: Parameters) -> Iterator[Attempt]:
    yield Attempt(f"ssm:{operation}", f"arn:aws:ssm:{HERE}:parameter{said['Name']}")


def _roles(operation: str, said: Parameters) -> Iterator[Attempt]:
    yield Attempt(f"sts:{operation}", said.get("RoleArn", "*"))


def _mails(operation: str, said: Parameters) -> Iterator[Attempt]:
    sender = said["FromEmailAddress"]
    yield Attempt(f"ses:{operation}", f"arn:aws:ses:{HERE}:identity/{sender}")


_BY_SERVICE: Mapping[str, Callable[[str, Parameters], Iterator[Attempt]]] = {
    "dynamodb": rows,
    "sqs": queues,
    "lambda": _functions,
    "scheduler": _schedules,
    "s3": _objects,
    "ssm": _parameters,
    "sts": _roles,
    "sesv2": _mails,
}
