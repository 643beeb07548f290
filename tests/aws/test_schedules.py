"""Schedules of a node on moto."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.aws import clients
from chalicelib.aws.schedules import Schedule, Schedules

GROUP = "conclave-test-node-a"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:conclave-test-background"
ROLE = "arn:aws:iam::123456789012:role/conclave-test-schedule"
TICK = Schedule("heartbeat", "HeartbeatMonitor", "cron(* * * * ? *)", True, QUEUE, ROLE, 60)


def test_one_that_another_run_has_just_made_stays_as_it_is(aws: None) -> None:
    clients.client("scheduler").create_schedule_group(Name=GROUP)
    schedules = Schedules()
    schedules.create(GROUP, TICK)
    schedules.create(GROUP, replace(TICK, enabled=False))
    assert schedules.names(GROUP) == {"heartbeat": True}
    assert schedules.get(GROUP, "heartbeat") == TICK
