"""The ticker: each tick once, over restarts as well."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.localrun.ticker import Ticker

MADE = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
NOON = datetime(2026, 1, 15, 12, 0, 1, tzinfo=UTC)
ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule/g/tick"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


class QueueGoneError(Exception):
    """Of the fake, as botocore would raise it."""


class FakeAws:
    """Scheduler and SQS in one: a list of schedules, a list of messages."""

    class exceptions:  # noqa: N801 (botocore's own name)
        QueueDoesNotExist = QueueGoneError

    def __init__(self) -> None:
        self.schedule: dict[str, Any] = {
            "Arn": ARN,
            "Name": "tick",
            "GroupName": "g",
            "State": "ENABLED",
            "ScheduleExpression": "cron(0/5 * * * ? *)",
            "ScheduleExpressionTimezone": "UTC",
            "LastModificationDate": MADE,
            "Target": {"Arn": QUEUE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'},
        }
        self.sent: list[str] = []
        self.is_down = False
        self.is_gone = False

    def change(self, at: datetime, **values: Any) -> None:
        self.schedule = {**self.schedule, **values, "LastModificationDate": at}

    @property
    def scheduler(self) -> "FakeAws":
        return self

    @property
    def sqs(self) -> "FakeAws":
        return self

    def list_schedule_groups(self) -> dict[str, Any]:
        return {"ScheduleGroups": [{"Name": "g"}]}

    def list_schedules(self, GroupName: str) -> dict[str, Any]:  # noqa: N803 (AWS's own name)
        return {"Schedules": [] if self.is_gone else [self.schedule]}

    def get_schedule(self, **_: str) -> dict[str, Any]:
        return self.schedule

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803
        return {"QueueUrl": QueueName}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if self.is_down:
            raise ConnectionError
        self.sent.append(json.loads(MessageBody)["at"])


def test_a_tick_carries_the_time_at_which_it_was_due(tmp_path: Path) -> None:
    aws = FakeAws()
    Ticker(aws, tmp_path / "ticks").tick(NOON)
    assert aws.sent == ["2026-01-15T12:00:00Z"]


def test_a_restart_neither_repeats_a_tick_nor_skips_one(tmp_path: Path) -> None:
    aws = FakeAws()
    for second in range(0, 901, 100):
        Ticker(aws, tmp_path / "ticks").tick(NOON + timedelta(seconds=second))
    assert [at[11:16] for at in aws.sent] == ["12:00", "12:05", "12:10", "12:15"]


def test_of_many_missed_ticks_only_the_latest_is_sent(tmp_path: Path) -> None:
    aws = FakeAws()
    Ticker(aws, tmp_path / "ticks").tick(NOON)
    Ticker(aws, tmp_path / "ticks").tick(NOON + timedelta(hours=7, minutes=3))
    assert [at[11:16] for at in aws.sent] == ["12:00", "19:00"]


def test_a_tick_that_could_not_be_sent_is_sent_at_the_next_look(tmp_path: Path) -> None:
    aws = FakeAws()
    ticker = Ticker(aws, tmp_path / "ticks")
    aws.is_down = True
    with pytest.raises(ConnectionError):
        ticker.tick(NOON)
    aws.is_down = False
    ticker.tick(NOON + timedelta(seconds=1))
    assert aws.sent == ["2026-01-15T12:00:00Z"]


def test_a_schedule_that_is_off_does_not_fire(tmp_path: Path) -> None:
    aws = FakeAws()
    aws.schedule["State"] = "DISABLED"
    assert Ticker(aws, tmp_path / "ticks").tick(NOON) == 0


def test_what_passed_while_it_was_off_is_not_made_up_for(tmp_path: Path) -> None:
    aws = FakeAws()
    ticker = Ticker(aws, tmp_path / "ticks")
    ticker.tick(NOON)
    aws.change(NOON + timedelta(minutes=1), State="DISABLED")
    ticker.tick(NOON + timedelta(minutes=6))
    aws.change(NOON + timedelta(minutes=7), State="ENABLED")
    assert Ticker(aws, tmp_path / "ticks").tick(NOON + timedelta(minutes=8)) == 0
    assert Ticker(aws, tmp_path / "ticks").tick(NOON + timedelta(minutes=10)) == 1


def test_a_schedule_written_again_as_it_was_loses_no_tick(tmp_path: Path) -> None:
    aws = FakeAws()
    ticker = Ticker(aws, tmp_path / "ticks")
    ticker.tick(NOON)
    aws.change(NOON + timedelta(minutes=5), State="ENABLED")  # between the tick and the look
    ticker.tick(NOON + timedelta(minutes=5))
    assert [at[11:16] for at in aws.sent] == ["12:00", "12:05"]


def test_a_new_expression_begins_anew(tmp_path: Path) -> None:
    aws = FakeAws()
    ticker = Ticker(aws, tmp_path / "ticks")
    ticker.tick(NOON)
    aws.change(NOON + timedelta(minutes=2), ScheduleExpression="cron(1 * * * ? *)")
    assert ticker.tick(NOON + timedelta(minutes=3)) == 0
    assert ticker.tick(NOON + timedelta(minutes=61)) == 1


def test_a_schedule_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    aws = FakeAws()
    ticker = Ticker(aws, tmp_path / "ticks")
    ticker.tick(NOON)
    aws.is_gone = True
    ticker.tick(NOON + timedelta(minutes=5))
    assert json.loads((tmp_path / "ticks").read_text()) == {}
