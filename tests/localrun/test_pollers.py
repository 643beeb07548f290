"""What a poller makes of a function's answer."""

import pytest

from infra.localrun.pollers import Feed, failed_ids

SENT = {"1", "2", "3"}


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "2"}]}, {"2"}),
        ({"batchItemFailures": [{"itemIdentifier": "9"}]}, SENT),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, SENT),
        ({"batchItemFailures": [{"id": "2"}]}, SENT),
        ({"batchItemFailures": [3]}, SENT),
        ("done", SENT),
    ],
)
def test_an_answer_that_aws_cannot_read_fails_the_whole_batch(
    answer: object, failed: set[str]
) -> None:
    assert failed_ids(answer, SENT) == failed


def test_a_mapping_without_settings_has_aws_s_defaults() -> None:
    shown = {
        "UUID": "u",
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:q",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:conclave-node-a-web",
    }
    feed = Feed.of(shown)
    assert (feed.function, feed.batch, feed.partial) == ("conclave-node-a-web", 10, False)
