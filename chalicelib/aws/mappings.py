"""Event source mappings: what feeds a node's workers from queues. Only the agent may change them.

A mapping's queue can never be changed, so another queue means another mapping.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from . import clients
from .faults import known_faults

PARTIAL = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping as it is. `settled` is false while AWS is still applying a change to it."""

    id: str
    function: str
    queue_arn: str
    enabled: bool
    partial: bool
    batch: int
    concurrency: int | None
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """A mapping as it should be made: always disabled at first, always with partial batches."""

    function: str
    queue_arn: str
    batch: int = 10
    concurrency: int = 2


class Mappings:
    """Raises Unavailable on a throttle or an "in use" answer: the next tick repeats."""

    def of(self, function: str) -> list[Mapping]:
        """The mappings of one Lambda by its full name. One call."""
        with known_faults("listing event source mappings"):
            answer = clients.client("lambda").list_event_source_mappings(FunctionName=function)
        return [_mapping(function, one) for one in answer["EventSourceMappings"]]

    def create(self, feed: Feed) -> None:
        """Make one. What another run of the same agent has just made stays as it is."""
        lambdas = clients.client("lambda")
        made = suppress(lambdas.exceptions.ResourceConflictException)
        with known_faults("creating an event source mapping"), made:
            lambdas.create_event_source_mapping(
                FunctionName=feed.function,
                EventSourceArn=feed.queue_arn,
                Enabled=False,
                BatchSize=feed.batch,
                FunctionResponseTypes=[PARTIAL],
                ScalingConfig={"MaximumConcurrency": max(2, feed.concurrency)},
            )

    def enable(self, id: str, enabled: bool) -> None:
        """Switch one on or off; sets partial batches again as well. May be repeated."""
        with known_faults("switching an event source mapping"):
            clients.client("lambda").update_event_source_mapping(
                UUID=id, Enabled=enabled, FunctionResponseTypes=[PARTIAL]
            )

    def delete(self, id: str) -> None:
        with known_faults("deleting an event source mapping"):
            clients.client("lambda").delete_event_source_mapping(UUID=id)


def _mapping(function: str, one: dict[str, Any]) -> Mapping:
    state = one.get("State", "Enabled")
    return Mapping(
        id=one["UUID"],
        function=function,
        queue_arn=one["EventSourceArn"],
        enabled=state in ("Enabled", "Enabling", "Creating", "Updating"),
        partial=PARTIAL in (one.get("FunctionResponseTypes") or []),
        batch=int(one.get("BatchSize", 10)),
        concurrency=(one.get("ScalingConfig") or {}).get("MaximumConcurrency"),
        settled=state in ("Enabled", "Disabled"),
    )
