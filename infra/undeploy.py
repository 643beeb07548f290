"""Takes one node away, and all that its agent made: `make undeploy STAGE=node-b`.

The cluster stays: its tables, key, bucket and queues are shared, and hold what must not be lost.
Take the node out of the cluster on its Server Nodes page first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.cluster.functions import FUNCTIONS
from infra import chalice_cli
from infra.aws import client
from infra.checks_node import function_of, mappings_of, schedules_of
from infra.finding import MissingError, missing_is_known
from infra.node import Node
from infra.progress import step

IN_USE_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a node has in AWS at this moment."""

    functions: tuple[str, ...]
    mappings: tuple[str, ...]
    group: str
    schedules: tuple[str, ...]
    has_stack: bool

    def __iter__(self) -> Iterator[str]:
        yield from (f"function {name}" for name in self.functions)
        yield from (f"event source mapping {one}" for one in self.mappings)
        yield from (f"schedule {self.group}/{name}" for name in self.schedules)
        if self.has_stack:
            yield f"stack {self.group} with the schedule group"


def run(node: Node, *, only_say: bool) -> None:
    """Say what is removed, or would be, and remove it."""
    found = belongings(node)
    for one in found:
        print(f"{'would remove' if only_say else 'removing'} {one}")
    if not only_say:
        remove(node, found)


def belongings(node: Node) -> Belongings:
    """Look, and change nothing."""
    deployed = [one for one in FUNCTIONS if function_of(node.stage, one)]
    names = [one.lambda_name(node.stage) for one in FUNCTIONS if one.queue]
    group = f"conclave-{node.cluster}-{node.stage}"
    return Belongings(
        functions=tuple(one.lambda_name(node.stage) for one in deployed),
        mappings=tuple(one["UUID"] for name in names for one in _mappings(name)),
        group=group,
        schedules=tuple(one["Name"] for one in schedules_of(group)),
        has_stack=bool(node.stack.state()),
    )


def remove(node: Node, found: Belongings) -> None:
    """Remove them, functions first: a living agent would make the rest again. May be repeated."""
    record = node.record()
    with step("Functions and API (chalice delete)"):
        if record.fetch() or record.file.exists():
            chalice_cli.run("delete", node.stage)
            record.forget()
    with step(f"{len(found.mappings)} mappings and {len(found.schedules)} schedules"):
        for mapping in found.mappings:
            _delete_mapping(mapping)
        for schedule in found.schedules:
            _delete_schedule(found.group, schedule)
    with step(f"Resources of node {node.stage}"):
        node.stack.delete()


def _mappings(function: str) -> list[dict[str, Any]]:
    try:
        with missing_is_known():
            return mappings_of(function)
    except MissingError:
        return []


def _delete_mapping(mapping: str) -> None:
    """AWS refuses while it is still applying an earlier change."""
    for attempt in range(IN_USE_ATTEMPTS):
        try:
            with missing_is_known():
                client("lambda").delete_event_source_mapping(UUID=mapping)
        except MissingError:
            return
        except ClientError as error:
            last = attempt == IN_USE_ATTEMPTS - 1
            if last or error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            time.sleep(3)
        else:
            return


def _delete_schedule(group: str, name: str) -> None:
    try:
        with missing_is_known():
            client("scheduler").delete_schedule(GroupName=group, Name=name)
    except MissingError:
        return
