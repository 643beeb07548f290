"""What is wanted of a node, from the gate, the catalogue and the sites: the input of `plan`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol, TypeAlias

from chalicelib.catalogue import BY_SLUG

from .backbone import CARRIED, Line, own
from .functions import SITE_NOW_VISIBILITY, SITE_VISIBILITY, Role
from .plan import Feed, OwnQueue, Target, Timed

BATCH: Mapping[str, int] = {"engine_response": 10}
"""Messages a call; 1 for the others: each may take all of a function's time."""

CONCURRENCY: Mapping[str, int] = {"background": 5, "background_now": 5, "engine_response": 5}
"""Calls at once of one node; 2 for the others, the least that AWS takes."""

MayRun: TypeAlias = Callable[[Role | None], bool]
"""Whether a role's work may be done on that node now."""

A_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


class Planned(Protocol):
    """A job as admins left it."""

    @property
    def slug(self) -> str: ...
    @property
    def schedule(self) -> str: ...
    @property
    def paused(self) -> bool: ...


class Places(Protocol):
    def queue_arn(self, name: str) -> str: ...
    def schedule_role_arn(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the cluster wants of a node.

    lines: the queues that are to feed its functions
    bus:   the queue that is meant by the name of one of the bus
    """

    lines: Sequence[Line]
    bus: Callable[[str], str]
    jobs: Sequence[Planned]
    sites: Sequence[int]


def target(node: str, may: MayRun, wishes: Wishes, places: Places) -> Target:
    """Everything a node should have. A node that may not work has it all, switched off."""
    return Target(
        feeds=tuple(_feed(line, node, may, places) for line in wishes.lines),
        schedules=schedules(wishes, may(Role.BACKGROUND), places),
        queues=(*own_queues(node), *queues_of_sites(wishes.sites)),
    )


def _feed(line: Line, node: str, may: MayRun, places: Places) -> Feed:
    function = line.function
    return Feed(
        function=function.lambda_name(node),
        queue_arn=places.queue_arn(line.queue),
        on=may(function.role),
        batch=BATCH.get(function.name, 1),
        concurrency=CONCURRENCY.get(function.name, 2),
    )


def schedules(wishes: Wishes, on: bool, places: Places) -> tuple[Timed, ...]:
    """One schedule a job: the scheduler role is on exactly when the background worker is."""
    return tuple(
        Timed(
            name=job.slug,
            job=BY_SLUG[job.slug].name,
            cron=job.schedule,
            on=on and not job.paused,
            queue_arn=places.queue_arn(wishes.bus(BY_SLUG[job.slug].queue)),
            role_arn=places.schedule_role_arn(),
            max_age=interval(job.schedule),
        )
        for job in wishes.jobs
    )


def own_queues(node: str) -> tuple[OwnQueue, ...]:
    """A node's own backbone bus, made whether it is used or not: see `backbone`."""
    return tuple(OwnQueue(own(node, name), one.visibility) for name, one in CARRIED.items())


def queues_of_sites(sites: Sequence[int]) -> tuple[OwnQueue, ...]:
    return tuple(queue for site in sites if site != 1 for queue in site_queues(site))


def site_queues(site: int) -> tuple[OwnQueue, OwnQueue]:
    """The two queues of a site other than Local, whose own are part of the cluster."""
    name = f"site-{site}"
    return OwnQueue(name, SITE_VISIBILITY), OwnQueue(f"{name}-now", SITE_NOW_VISIBILITY)


@cache
def interval(cron: str) -> timedelta:
    """From one tick of a schedule to the next, within what EventBridge keeps: a minute to a day."""
    from chalicelib.jobs.schedule import next_after

    first = next_after(cron, A_MONDAY)
    second = next_after(cron, first) if first else None
    found = second - first if first and second else timedelta(days=1)
    return min(max(found, timedelta(minutes=1)), timedelta(days=1))
