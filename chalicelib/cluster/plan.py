"""From what is wanted of a node to the steps that are missing: data in, data out (DESIGN 3).

The agent looks (`Actual`), plans, applies each step, and looks again. A step that fails, because
AWS throttles or a resource is in use, is planned anew at the next tick: that is how drift heals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Feed:
    """A queue that a function is to be fed from, now or (`on` false) when its box is ticked."""

    function: str
    queue_arn: str
    on: bool
    batch: int = 1
    concurrency: int = 2


@dataclass(frozen=True, slots=True)
class Found:
    """An event source mapping as it is; `settled` is false while AWS still changes it."""

    id: str
    function: str
    queue_arn: str
    on: bool
    partial: bool
    batch: int
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Timed:
    """A schedule: its name, the job it ticks, when, and whether it is on."""

    name: str
    job: str
    cron: str
    on: bool
    queue_arn: str
    role_arn: str
    max_age: timedelta


@dataclass(frozen=True, slots=True)
class OwnQueue:
    """A queue that agents make: of a site, or of a node's own backbone bus."""

    name: str
    visibility: timedelta


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a node."""

    feeds: tuple[Feed, ...] = ()
    schedules: tuple[Timed, ...] = ()
    queues: tuple[OwnQueue, ...] = ()


@dataclass(frozen=True, slots=True)
class Actual:
    """What a node has.

    schedules: by name, whether each is on
    read:      schedules that were read whole, by name: only these show that a text has drifted
    digest:    of the schedules' texts when the agent last wrote them
    queues:    those of the queues that agents make that are known to exist
    """

    mappings: tuple[Found, ...] = ()
    schedules: Mapping[str, bool] = field(default_factory=dict)
    read: Mapping[str, Timed] = field(default_factory=dict)
    digest: str = ""
    queues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MakeQueue:
    queue: OwnQueue


@dataclass(frozen=True, slots=True)
class CreateMapping:
    """Made switched off, with partial batch answers; a later look switches it on."""

    feed: Feed


@dataclass(frozen=True, slots=True)
class SwitchMapping:
    """Also sets partial batch answers again. `partial`: whether they were set before."""

    id: str
    function: str
    on: bool
    partial: bool = True


@dataclass(frozen=True, slots=True)
class DeleteMapping:
    id: str
    function: str


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    schedule: Timed


@dataclass(frozen=True, slots=True)
class WriteSchedule:
    schedule: Timed


@dataclass(frozen=True, slots=True)
class DeleteSchedule:
    name: str


Step: TypeAlias = (
    MakeQueue
    | CreateMapping
    | SwitchMapping
    | DeleteMapping
    | CreateSchedule
    | WriteSchedule
    | DeleteSchedule
)


def plan(wanted: Target, actual: Actual) -> tuple[Step, ...]:
    """The steps that are missing, what stops work first. Nothing to do: no steps."""
    steps = (
        *(MakeQueue(one) for one in wanted.queues if one.name not in actual.queues),
        *_mapping_steps(wanted.feeds, actual.mappings),
        *_schedule_steps(wanted.schedules, actual),
    )
    return tuple(sorted(steps, key=lambda step: not _stops(step)))


def is_settling(wanted: Target, actual: Actual) -> bool:
    """Whether AWS is still changing a mapping of these functions."""
    mine = {feed.function for feed in wanted.feeds}
    return any(one.function in mine and not one.settled for one in actual.mappings)


def digest(schedules: Sequence[Timed]) -> str:
    """A short text that changes when any schedule's text does, whether it is on or off."""
    texts = sorted(
        f"{one.name} {one.job} {one.cron} {one.queue_arn} {one.role_arn} {one.max_age}"
        for one in schedules
    )
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def healed(step: Step) -> str:
    """What a step set right that nobody but a hand can have set wrong, for people; mostly ""."""
    match step:
        case SwitchMapping(_, function, _, False):
            return f"The mapping of {function} lacked batch item responses: they are set again."
        case _:
            return ""


def _stops(step: Step) -> bool:
    match step:
        case SwitchMapping(_, _, on, _):
            return not on
        case WriteSchedule(schedule):
            return not schedule.on
        case DeleteMapping() | DeleteSchedule():
            return True
        case _:
            return False


def _mapping_steps(feeds: Sequence[Feed], mappings: Sequence[Found]) -> Iterator[Step]:
    """Each function has one mapping for each of its queues, and no other."""
    kept = {feed: _kept(feed, mappings) for feed in feeds}
    functions = {feed.function for feed in feeds}
    for one in mappings:
        if one.function in functions and one not in kept.values():
            yield DeleteMapping(one.id, one.function)
    for feed, found in kept.items():
        yield from _kept_steps(feed, found)


def _kept(feed: Feed, mappings: Sequence[Found]) -> Found | None:
    fitting = [one for one in mappings if one.function == feed.function and _fits(one, feed)]
    return min(fitting, key=lambda one: one.id, default=None)


def _fits(found: Found, feed: Feed) -> bool:
    """Whether a mapping only needs switching: its queue can never be changed."""
    return found.queue_arn == feed.queue_arn and found.batch == feed.batch


def _kept_steps(feed: Feed, found: Found | None) -> Iterator[Step]:
    if found is None:
        yield CreateMapping(feed)
    elif found.settled and (found.on != feed.on or not found.partial):
        yield SwitchMapping(found.id, found.function, feed.on, found.partial)


def _schedule_steps(wanted: Sequence[Timed], actual: Actual) -> Iterator[Step]:
    known = {one.name for one in wanted}
    yield from (DeleteSchedule(name) for name in sorted(actual.schedules) if name not in known)
    rewrite = digest(wanted) != actual.digest
    for one in wanted:
        if one.name not in actual.schedules:
            yield CreateSchedule(one)
        elif rewrite or _drifted(one, actual):
            yield WriteSchedule(one)


def _drifted(wanted: Timed, actual: Actual) -> bool:
    read = actual.read.get(wanted.name)
    return read != wanted if read else actual.schedules[wanted.name] != wanted.on
