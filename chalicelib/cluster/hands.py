"""The agent's eyes and hands: how things are on AWS, and one call for one step. No decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.aws import mappings as aws_mappings
from chalicelib.aws.connection import connection
from chalicelib.aws.keyring import Keyring, make_if_absent
from chalicelib.aws.mappings import Mappings
from chalicelib.aws.queues import Queues
from chalicelib.aws.schedules import Schedule, Schedules
from chalicelib.core.clock import Clock

from .functions import WORKERS
from .node import Made
from .plan import (
    Actual,
    CreateMapping,
    CreateSchedule,
    DeleteMapping,
    DeleteSchedule,
    Found,
    MakeQueue,
    Step,
    SwitchMapping,
    Timed,
    WriteSchedule,
)


@dataclass(frozen=True, slots=True)
class Hands:
    """Of one node's agent. Everything raises Unavailable when AWS refuses; all may be repeated."""

    node: str
    mappings: Mappings
    schedules: Schedules
    queues: Queues

    @property
    def group(self) -> str:
        return f"conclave-{connection().cluster}-{self.node}"

    def queue_arn(self, name: str) -> str:
        return connection().queue_arn(name)

    def schedule_role_arn(self) -> str:
        return connection().schedule_role_arn

    def look(self, made: Made, thoroughly: bool) -> Actual:
        """How things are: one call a function and one for all schedules; each of these if thorough.

        What cannot be listed cheaply, texts of schedules and queues, is taken from memory.
        """
        on = self.schedules.names(self.group)
        return Actual(
            mappings=tuple(self._mappings()),
            schedules=on,
            read=self._whole(on) if thoroughly else {},
            digest=made.schedules,
            queues=frozenset() if thoroughly else made.queues,
        )

    def apply(self, step: Step) -> None:
        """Do one step."""
        match step:
            case MakeQueue(queue):
                self.queues.ensure(queue.name, queue.visibility)
            case CreateMapping(feed):
                self.mappings.create(
                    aws_mappings.Feed(feed.function, feed.queue_arn, feed.batch, feed.concurrency)
                )
            case SwitchMapping(id, _, on, _):
                self.mappings.enable(id, on)
            case DeleteMapping(id, _):
                self.mappings.delete(id)
            case CreateSchedule(schedule):
                self.schedules.create(self.group, _schedule(schedule))
            case WriteSchedule(schedule):
                self.schedules.update(self.group, _schedule(schedule))
            case DeleteSchedule(name):
                self.schedules.delete(self.group, name)

    def held(self, queue: str) -> int | None:
        """How many messages a queue holds; None when it is not there. One call."""
        return self.queues.held(queue)

    def _mappings(self) -> list[Found]:
        return [
            Found(
                one.id,
                one.function,
                one.queue_arn,
                one.enabled,
                one.partial,
                one.batch,
                one.settled,
            )
            for function in WORKERS
            for one in self.mappings.of(function.lambda_name(self.node))
        ]

    def _whole(self, names: Mapping[str, bool]) -> dict[str, Timed]:
        return {name: _timed(self.schedules.get(self.group, name)) for name in names}


def _schedule(timed: Timed) -> Schedule:
    return Schedule(
        name=timed.name,
        job=timed.job,
        cron=timed.cron,
        enabled=timed.on,
        queue_arn=timed.queue_arn,
        role_arn=timed.role_arn,
        max_age_seconds=int(timed.max_age.total_seconds()),
    )


def _timed(schedule: Schedule) -> Timed:
    return Timed(
        name=schedule.name,
        job=schedule.job,
        cron=schedule.cron,
        on=schedule.enabled,
        queue_arn=schedule.queue_arn,
        role_arn=schedule.role_arn,
        max_age=timedelta(seconds=schedule.max_age_seconds),
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """The keyring, as the agent needs it."""

    ring: Keyring
    clock: Clock

    def ensure(self, cluster_id: str) -> bool:
        return make_if_absent(cluster_id, self.clock)

    def cluster_id(self) -> str:
        return self.ring.cluster_id()

    def fingerprint(self) -> str:
        return self.ring.fingerprint()
