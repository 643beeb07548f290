"""EventBridge Scheduler: a schedule a trigger job and node; its target is SQS itself (DESIGN 5)."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from . import clients
from .faults import known_faults

AT = "<aws.scheduler.scheduled-time>"  # EventBridge puts the tick's own time here


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule. `cron` is AWS's six-field expression in UTC: `cron(0/5 * * * ? *)`."""

    name: str
    job: str
    cron: str
    enabled: bool
    queue_arn: str
    role_arn: str
    max_age_seconds: int

    @property
    def input(self) -> str:
        return json.dumps({"job": self.job, "at": AT})


class Schedules:
    """The schedules of one node's group. Raises Unavailable on throttles: the next tick repeats."""

    def names(self, group: str) -> dict[str, bool]:
        """Each schedule of the group and whether it is on. One call for a hundred."""
        found: dict[str, bool] = {}
        question: dict[str, Any] = {"GroupName": group}
        with known_faults("listing schedules"):
            while True:
                answer = clients.client("scheduler").list_schedules(**question)
                found |= {one["Name"]: one["State"] == "ENABLED" for one in answer["Schedules"]}
                if not answer.get("NextToken"):
                    return found
                question["NextToken"] = answer["NextToken"]

    def get(self, group: str, name: str) -> Schedule:
        """One schedule as it is."""
        with known_faults("reading a schedule"):
            one = clients.client("scheduler").get_schedule(GroupName=group, Name=name)
        target = one["Target"]
        return Schedule(
            name=name,
            job=json.loads(target.get("Input") or "{}").get("job", ""),
            cron=one["ScheduleExpression"],
            enabled=one["State"] == "ENABLED",
            queue_arn=target["Arn"],
            role_arn=target["RoleArn"],
            max_age_seconds=target.get("RetryPolicy", {}).get("MaximumEventAgeInSeconds", 86400),
        )

    def create(self, group: str, schedule: Schedule) -> None:
        """Make one. What another run of the same agent has just made stays as it is."""
        scheduler = clients.client("scheduler")
        made = suppress(scheduler.exceptions.ConflictException)
        with known_faults("creating a schedule"), made:
            scheduler.create_schedule(GroupName=group, **_request(schedule))

    def update(self, group: str, schedule: Schedule) -> None:
        """Replace a schedule whole. May be repeated."""
        with known_faults("updating a schedule"):
            clients.client("scheduler").update_schedule(GroupName=group, **_request(schedule))

    def delete(self, group: str, name: str) -> None:
        with known_faults("deleting a schedule"):
            clients.client("scheduler").delete_schedule(GroupName=group, Name=name)


def _request(schedule: Schedule) -> dict[str, Any]:
    return {
        "Name": schedule.name,
        "ScheduleExpression": schedule.cron,
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED" if schedule.enabled else "DISABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": schedule.queue_arn,
            "RoleArn": schedule.role_arn,
            "Input": schedule.input,
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": schedule.max_age_seconds,
                "MaximumRetryAttempts": 10,
            },
        },
    }
