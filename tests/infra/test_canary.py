"""A canary that escapes is found, wherever it went."""

from __future__ import annotations

import base64
import logging

import boto3
import pytest

from tests import leftovers
from tests.canary import Escaped, LogWatch, canary, is_in, refuse


def test_canaries_differ_and_are_recognised() -> None:
    first, second = canary(), canary()
    assert first != second
    assert len(first) == 32
    assert is_in(f"user=a password={first};")
    assert not is_in("an innocent line")


def test_base64_does_not_hide_one() -> None:
    for before in ("", "x", "xy"):
        assert is_in(base64.b64encode((before + canary()).encode()).decode())


def test_the_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(Escaped) as caught:
        refuse(f"saved {canary()}", "a file")
    assert not is_in(str(caught.value))


def test_a_log_line_with_one_is_a_hit() -> None:
    watch, log = LogWatch(), logging.Logger("a service")
    log.addHandler(watch)
    log.warning("password %s", canary())
    try:
        int(canary())  # the ValueError quotes it
    except ValueError:
        log.exception("failed")
    log.info("fine", extra={"detail": "nothing"})
    log.info("structured", extra={"detail": canary()})
    assert len(watch.hits) == 3


@pytest.mark.usefixtures("aws")
def test_rows_messages_and_objects_are_searched() -> None:
    bucket = "conclave-test-123456789012-us-east-1"
    row = {"pk": {"S": "secret#1"}, "sk": {"S": "row"}, "value": {"S": canary()}}
    boto3.client("dynamodb").put_item(TableName="conclave-test-data", Item=row)
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="conclave-test-web")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=canary())
    boto3.client("s3").put_object(Bucket=bucket, Key="a", Body=canary().encode())
    assert leftovers.search() == [
        f"bucket {bucket}",
        "queue conclave-test-web",
        "table conclave-test-data",
    ]
    boto3.client("dynamodb").delete_item(
        TableName="conclave-test-data", Key={"pk": row["pk"], "sk": row["sk"]}
    )
    sqs.purge_queue(QueueUrl=url)
    s3 = boto3.client("s3")
    s3.delete_object(Bucket=bucket, Key="a")
    assert leftovers.search() == [f"bucket {bucket}"]  # its old version is there still
    version = next(one["VersionId"] for one in s3.list_object_versions(Bucket=bucket)["Versions"])
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version)
    s3.put_object(Bucket=bucket, Key="a", Body=b"sealed")
    assert leftovers.search() == []
