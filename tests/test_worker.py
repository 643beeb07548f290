"""A batch: guarded, partial, and no message costs its neighbours."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring, worker
from chalicelib.aws import clients, keyring
from chalicelib.aws.connection import connection
from chalicelib.core.messages import encode, message
from tests.founding import found


class Context:
    def get_remaining_time_in_millis(self) -> Any:
        return 60_000


@pytest.fixture
def node(aws: None) -> Any:
    found()


def record(body: Any, id: Any = "m1") -> Any:
    taken = {"messageId": id, "body": body, "receiptHandle": id, "attributes": {}}
    return {**taken, "eventSourceARN": connection().queue_arn("background")}


def tick(job: str = "EventQueueMonitor", at: datetime | None = None) -> Any:
    at = at or datetime.now(UTC).replace(second=0, microsecond=0)
    return json.dumps({"job": job, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")})


def run(*records: Any, function: Any = "background") -> Any:
    return worker.run(function, {"Records": list(records)}, Context())


def test_a_tick_as_the_scheduler_sends_it_runs_its_job(node: None) -> None:
    assert run(record(tick())) == {"batchItemFailures": []}
    [done] = wiring.jobs().runs("event-queue")
    assert done.node == "node-a"


def test_one_bad_message_takes_no_neighbour_with_it(node: None) -> None:
    answer = run(record("not json", "bad"), record(tick(), "good"), record("{}", "empty"))
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["bad", "empty"]
    assert len(wiring.jobs().runs("event-queue")) == 1


def test_an_expired_message_is_dropped(node: None) -> None:
    now = datetime.now(UTC) - timedelta(hours=1)
    old = message("1" * 32, "engine.answer", now, timedelta(minutes=5), {})
    assert run(record(encode(old))) == {"batchItemFailures": []}


def test_a_kind_without_a_task_comes_again(node: None) -> None:
    strange = message("1" * 32, "no.such.kind", datetime.now(UTC), timedelta(minutes=5), {})
    answer = run(record(encode(strange)))
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["m1"]


def test_a_job_outside_the_catalogue_comes_again(node: None) -> None:
    answer = run(record(tick("NoSuchMonitor")))
    assert len(answer["batchItemFailures"]) == 1


def test_a_node_that_must_not_run_hands_back_and_fails_nothing(aws: None) -> None:
    keyring.make_if_absent("c" * 32, wiring.clock())  # a cluster whose gate knows no node
    assert run(record(tick())) == {"batchItemFailures": []}
    attributes = clients.client("sqs").get_queue_attributes(
        QueueUrl=connection().queue_url("background"),
        AttributeNames=["ApproximateNumberOfMessagesDelayed"],
    )["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_foreign_text_is_not_handed_back_for_ever(aws: None) -> None:
    answer = run(record("not json", "bad"), record(tick(), "good"))
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["bad"]
