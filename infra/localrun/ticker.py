"""Fires the schedules that the emulator keeps: what EventBridge Scheduler does on AWS.

The last firing of each schedule is kept, so that a restart neither repeats a tick nor skips one;
of several missed ticks only the latest is sent.
"""

import json
import logging
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from infra.localrun.generations import write_whole
from infra.localrun.occurrence import Timing

log = logging.getLogger(__name__)


class Aws(Protocol):
    """The two services that firing needs."""

    @property
    def scheduler(self) -> Any: ...

    @property
    def sqs(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Firing:
    """One tick: the schedule as the API shows it, and the moment at which it was due."""

    schedule: dict[str, Any]
    due: datetime

    @property
    def body(self) -> str:
        """The target's input with the context attributes that EventBridge Scheduler fills in."""
        values = {
            "scheduled-time": self.due.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "schedule-arn": self.schedule["Arn"],
            "execution-id": str(uuid.uuid4()),
            "attempt-number": "1",
        }
        text: str = self.schedule["Target"].get("Input", "{}")
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a schedule.

    timing: the expression and zone it had; others than these begin anew
    since:  when the ticker met it so, or when it was switched on again; what was due before is not
            made up for
    fired:  the latest moment for which a message was sent
    """

    timing: tuple[str, str]
    since: datetime
    fired: datetime
    is_on: bool = True

    def row(self) -> list[Any]:
        return [*self.timing, self.since.isoformat(), self.fired.isoformat(), self.is_on]

    @staticmethod
    def of(row: list[Any]) -> "Known":
        since, fired = datetime.fromisoformat(row[2]), datetime.fromisoformat(row[3])
        return Known((row[0], row[1]), since, fired, row[4])


_LOOK = 60  # seconds; looks fall on whole minutes, when schedules are due
_SOON = 5  # after a start, and when a look has failed


class Ticker:
    """Looks every minute, as precise as EventBridge. `tick` may be called at any time and clock."""

    def __init__(self, aws: Aws, path: Path) -> None:
        self._aws = aws
        self._path = path
        rows = json.loads(path.read_text()) if path.exists() else {}
        self._known = {arn: Known.of(row) for arn, row in rows.items()}
        self._details: dict[tuple[str, datetime], dict[str, Any]] = {}
        self._urls: dict[str, str] = {}  # of queues by their ARNs

    def run(self, stopped: threading.Event) -> None:
        pause = _SOON
        while not stopped.wait(pause - datetime.now(UTC).timestamp() % pause):
            try:
                self.tick(datetime.now(UTC))
                pause = _LOOK
            except Exception:  # an emulator that restarts must not end the ticking
                log.exception("the schedules could not be read or fired")
                pause = _SOON

    def tick(self, now: datetime) -> int:
        """Send what is due; the count of it. A firing is noted once its message is acknowledged."""
        before = dict(self._known)
        schedules = list(self._schedules())
        self._known = {one["Arn"]: self._recalled(one) for one in schedules}
        firings = list(self._due(schedules, now))
        for firing in firings:
            self._send(firing)
        self._note(firings)
        if self._known != before:
            rows = {arn: known.row() for arn, known in self._known.items()}
            write_whole(self._path, json.dumps(rows, indent=1))
        return len(firings)

    def _recalled(self, schedule: dict[str, Any]) -> Known:
        timing = (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"])
        is_on = schedule["State"] == "ENABLED"
        changed = schedule["LastModificationDate"].astimezone(UTC)
        known = self._known.get(schedule["Arn"])
        if known is None or known.timing != timing:
            return Known(timing, changed, changed, is_on)
        if is_on and not known.is_on:
            return replace(known, since=changed, is_on=True)
        return replace(known, is_on=is_on)

    def _due(self, schedules: list[dict[str, Any]], now: datetime) -> Iterator[Firing]:
        for schedule in schedules:
            known = self._known[schedule["Arn"]]
            due = Timing(*known.timing, known.since).last_due(known.fired, now)
            if known.is_on and due is not None and _within(schedule, due):
                yield Firing(schedule, due)

    def _note(self, firings: list[Firing]) -> None:
        for firing in firings:
            arn = firing.schedule["Arn"]
            self._known[arn] = replace(self._known[arn], fired=firing.due)

    def _schedules(self) -> Iterator[dict[str, Any]]:
        """Read anew at every look: a schedule switched off does not fire again."""
        scheduler = self._aws.scheduler
        for group in scheduler.list_schedule_groups()["ScheduleGroups"]:
            for row in scheduler.list_schedules(GroupName=group["Name"])["Schedules"]:
                yield self._detail(row)

    def _detail(self, row: dict[str, Any]) -> dict[str, Any]:
        key = (row["Arn"], row["LastModificationDate"])
        if key not in self._details:
            found = self._aws.scheduler.get_schedule(GroupName=row["GroupName"], Name=row["Name"])
            self._details = {k: v for k, v in self._details.items() if k[0] != row["Arn"]}
            self._details[key] = found
        return self._details[key]

    def _send(self, firing: Firing) -> None:
        sqs = self._aws.sqs
        arn = firing.schedule["Target"]["Arn"]
        try:
            if arn not in self._urls:
                name = arn.rsplit(":", 1)[-1]
                self._urls[arn] = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            sqs.send_message(QueueUrl=self._urls[arn], MessageBody=firing.body)
        except sqs.exceptions.QueueDoesNotExist:
            self._urls.pop(arn, None)
            log.warning("%s has no queue to send to: %s", firing.schedule["Name"], arn)


def _within(schedule: dict[str, Any], due: datetime) -> bool:
    start, end = schedule.get("StartDate"), schedule.get("EndDate")
    return not (start and due < start.astimezone(UTC)) and not (end and due > end.astimezone(UTC))
