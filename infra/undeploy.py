"""Takes one node away, and all that its agent made: `make undeploy STAGE=node-b`.

The cluster stays: its tables, key, bucket and queues are shared, and hold what must not be lost.
So does a queue of the node's own that holds messages, until the other nodes have worked on them.
Take the node out of the cluster on its Server Nodes page first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.queues import DEAD
from chalicelib.cluster.backbone import own_names
from chalicelib.cluster.functions import FUNCTIONS
from infra import chalice_cli
from infra.aws import client
from infra.checks_node import function_of, mappings_of, schedules_of
from infra.finding import MissingError, missing_is_known
from infra.node import Node
from infra.progress import step

IN_USE_ATTEMPTS = 20
HELD = (
    "it holds {held} messages. The other nodes work on them once this node was not seen for five "
    "minutes; dead letters wait on Diagnostics. Then repeat this."
)


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a node has in AWS at this moment."""

    functions: tuple[str, ...]
    mappings: tuple[str, ...]
    group: str
    schedules: tuple[str, ...]
    queues: tuple[str, ...]
    has_stack: bool

    def __iter__(self) -> Iterator[str]:
        yield from (f"function {name}" for name in self.functions)
        yield from (f"event source mapping {one}" for one in self.mappings)
        yield from (f"schedule {self.group}/{name}" for name in self.schedules)
        yield from (f"queue {name}, if it is empty" for name in self.queues)
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
        queues=tuple(name for name in _own_queues(node) if _url(name)),
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
    with step(f"{len(found.queues)} queues of its own"):
        for queue in found.queues:
            _delete_queue(queue)
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


def _own_queues(node: Node) -> Iterator[str]:
    """Each before its dead letters, which it still may fill."""
    for name in own_names(node.stage):
        yield f"conclave-{node.cluster}-{name}"
        yield f"conclave-{node.cluster}-{name}{DEAD}"


def _url(queue: str) -> str:
    """The URL of a queue; "" when there is none."""
    try:
        with missing_is_known():
            return str(client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])
    except MissingError:
        return ""


def _delete_queue(queue: str) -> None:
    """Unless it holds messages: they would be lost."""
    url = _url(queue)
    if not url:
        return
    names = ("", "NotVisible", "Delayed")
    asked = [f"ApproximateNumberOfMessages{name}" for name in names]
    answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    held = sum(int(count) for count in answer.values())
    if held:
        print(f"kept {queue}: {HELD.format(held=held)}")
    else:
        client("sqs").delete_queue(QueueUrl=url)
