"""CloudWatch knows how old a queue's oldest message is, as on AWS; the local run measures it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from infra.localrun.emulator import Emulator

METRIC = "ApproximateAgeOfOldestMessage"


def test_the_age_of_the_oldest_message_is_measured(own_emulator: Emulator) -> None:
    given: dict[str, Any] = {
        "endpoint_url": own_emulator.url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    sqs, cloudwatch = boto3.client("sqs", **given), boto3.client("cloudwatch", **given)
    for name in ("waiting", "empty"):
        sqs.create_queue(QueueName=name)
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName="waiting")["QueueUrl"], MessageBody="work"
    )
    assert age(cloudwatch, "waiting") > 0
    assert age(cloudwatch, "empty") == 0


def age(cloudwatch: Any, queue: str) -> float:
    now = datetime.now(UTC)
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": METRIC,
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=5), EndTime=now
    )
    return float(answer["MetricDataResults"][0]["Values"][0])
