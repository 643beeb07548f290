"""The jobs of the cluster: watch nodes, wake agents, sweep, look at dead letters, migrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from chalicelib import wiring
from chalicelib.catalogue import SWEEPS, resolve
from chalicelib.core.errors import ConclaveError
from chalicelib.core.messages import Message
from chalicelib.core.tick import Tally, Tick
from chalicelib.jobs.run import UseCase


def watch_nodes(tick: Tick) -> Tally:
    """NodeClusteringMonitor: an event for each node that is unseen, disagrees, or is well again.

    In a mirrored cluster it enters first what nodes in other regions say of themselves.
    """
    wiring.mirror().enter(tick.now)
    watched = wiring.nodes().watch(tick.now)
    return Tally(found=watched.found, done=watched.changed)


def find_conflicts(tick: Tick) -> Tally:
    """SqlReplicationConflictMonitor: an event for each row last written outside its region."""
    found = wiring.conflicts().look(tick.deadline)
    return Tally(found=found, done=found)


def run_node_tasks(tick: Tick) -> Tally:
    """NodeTaskTriggerJob: wake the agents whose nodes lag behind what is wanted of them."""
    watched = wiring.nodes().wake_lagging(tick.now)
    return Tally(found=watched.found, done=watched.changed)


def warn_of_licences(tick: Tick) -> Tally:
    """ExpiringLicenseTaskTriggerJob: an event for each licence and threshold that was reached."""
    ending, told = wiring.licences().warn(tick.now)
    return Tally(found=ending, done=told)


def run_sweeps(tick: Tick) -> Tally:
    """PrimaryNodeTaskMonitor: what runs once in the cluster, from the catalogue's table."""
    return swept(tick, [cast(UseCase, resolve(name)) for name in SWEEPS])


def run_housekeeping(tick: Tick) -> Tally:
    """BackgroundWorkerTaskTriggerJob: an event for dead letters, one queue a tick in turn."""
    raised = wiring.dead_letter_watch().look(tick.at, tick.now)
    return Tally(found=1, done=int(raised))


def migrate(arrived: Message) -> None:
    """A slice of the migration of the upgrade that the message names. May be repeated."""
    wiring.migrations().run(str(arrived.body["upgrade"]))


def look_after_upgrade(tick: Tick) -> Tally:
    """Go on with a migration whose worker died; an event for an upgrade that was abandoned."""
    return Tally(found=int(wiring.migrations().sweep(tick.now)))


def swept(tick: Tick, sweeps: Sequence[UseCase]) -> Tally:
    """Every sweep in turn; one that fails is raised after the others. May be repeated.

    One that has more to do ends the slice: the next goes on with it, at its cursor.
    """
    first, cursor = _place(tick.cursor)
    total, errors = Tally(), []
    for number in range(first, len(sweeps)):
        own = replace(tick, cursor=cursor if number == first else "")
        try:
            total = total + sweeps[number](own)
        except ConclaveError as error:
            errors.append(error)
            continue
        if total.cursor:
            return replace(total, cursor=f"{number}:{total.cursor}")
    if errors:
        raise errors[0]
    return total


def _place(cursor: str) -> tuple[int, str]:
    number, _, rest = cursor.partition(":")
    return int(number or 0), rest
