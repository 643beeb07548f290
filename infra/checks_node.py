"""Looks at one node: its functions, their mappings, its schedules, and whether nodes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from chalicelib.catalogue import OPERATIONS
from chalicelib.cluster.backbone import base
from chalicelib.cluster.functions import FUNCTIONS, VISIBILITY_FACTOR, WORKERS, Function
from infra.aws import client
from infra.finding import Finding, MissingError, missing_is_known

PARTIAL = "ReportBatchItemFailures"
BACKGROUND = next(one for one in WORKERS if one.name == "background")

Properties: TypeAlias = Mapping[str, Any]


def check_nodes(cluster: str, nodes: Sequence[str]) -> Iterator[Finding]:
    """Everything about those nodes that is missing, wrong, or otherwise than on their fellows."""
    code: dict[str, str] = {}
    for node in nodes:
        for function in FUNCTIONS:
            found = function_of(node, function)
            if found is None:
                yield Finding(function.lambda_name(node), "the function does not exist")
                continue
            code.setdefault(node, found.get("CodeSha256", ""))
            yield from _check_function(cluster, node, function, found)
        yield from check_schedules(cluster, node)
    if len(set(code.values())) > 1:
        yield Finding(", ".join(sorted(code)), "these nodes run different code: deploy them all")


def function_of(node: str, function: Function) -> dict[str, Any] | None:
    """The configuration of a node's function in AWS; None when there is no such function."""
    try:
        with missing_is_known():
            name = function.lambda_name(node)
            found: dict[str, Any] = client("lambda").get_function_configuration(FunctionName=name)
    except MissingError:
        return None
    return found


def mappings_of(name: str) -> list[dict[str, Any]]:
    """All event source mappings of a function by its full name."""
    pages = client("lambda").get_paginator("list_event_source_mappings")
    return [
        one for page in pages.paginate(FunctionName=name) for one in page["EventSourceMappings"]
    ]


def schedules_of(group: str) -> list[dict[str, Any]]:
    """All schedules of a group; none when there is no such group."""
    pages = client("scheduler").get_paginator("list_schedules")
    try:
        with missing_is_known():
            return [one for page in pages.paginate(GroupName=group) for one in page["Schedules"]]
    except MissingError:
        return []


def check_schedules(cluster: str, node: str) -> Iterator[Finding]:
    """Schedules are made by the agent, and are on exactly when the background worker is."""
    group = f"conclave-{cluster}-{node}"
    try:
        with missing_is_known():
            client("scheduler").get_schedule_group(Name=group)
    except MissingError:
        yield Finding(group, "the schedule group does not exist")
        return
    found = {one["Name"]: one["State"] == "ENABLED" for one in schedules_of(group)}
    wanted = {one.slug for one in OPERATIONS}
    if absent := sorted(wanted - set(found)):
        yield Finding(group, f"no schedule for {', '.join(absent)}: has the agent run?")
    if unknown := sorted(set(found) - wanted):
        yield Finding(group, f"schedules of no known job: {', '.join(unknown)}")
    mapped = mappings_of(BACKGROUND.lambda_name(node)) if found else []
    works = any(_is_on(one) for one in mapped)
    if any(found.values()) and not works:
        yield Finding(group, "its schedules are on while its background worker is off")
    if found and works and not any(found.values()):
        yield Finding(group, "its background worker is on while its schedules are off")


def _check_function(
    cluster: str, node: str, function: Function, found: Properties
) -> Iterator[Finding]:
    name = function.lambda_name(node)
    variables = found.get("Environment", {}).get("Variables", {})
    if variables.get("NODE") != node:
        yield Finding(name, f"its NODE is {variables.get('NODE', 'not set')}")
    if variables.get("CLUSTER", cluster) != cluster:
        yield Finding(name, f"it belongs to cluster {variables['CLUSTER']}")
    wanted = int(function.timeout.total_seconds())
    if found["Timeout"] != wanted:
        yield Finding(name, f"it may run {found['Timeout']} s and should {wanted} s")
    if function.queue:
        yield from _check_mappings(cluster, name, function, found["Timeout"])


def _check_mappings(cluster: str, name: str, function: Function, timeout: int) -> Iterator[Finding]:
    """More than one is on while the backbone bus is being switched, or another node's is helped."""
    mappings = mappings_of(name)
    if not mappings:
        yield Finding(name, f"nothing maps {function.queue} to it: has the agent run?")
    for mapping in mappings:
        queue = mapping["EventSourceArn"].rsplit(":", 1)[1]
        if base(queue.removeprefix(f"conclave-{cluster}-")) != function.queue:
            yield Finding(name, f"it is mapped to {queue}, which carries another function's work")
        if PARTIAL not in mapping.get("FunctionResponseTypes", []):
            cure = partial(
                client("lambda").update_event_source_mapping,
                UUID=mapping["UUID"],
                FunctionResponseTypes=[PARTIAL],
            )
            yield Finding(name, f"its mapping from {queue} loses messages that fail", cure)
        yield from _check_visibility(name, queue, timeout)


def _check_visibility(name: str, queue: str, timeout: int) -> Iterator[Finding]:
    sqs = client("sqs")
    try:
        with missing_is_known():
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    except MissingError:
        yield Finding(name, f"it is mapped to {queue}, which does not exist")
        return
    hidden, needed = int(asked["Attributes"]["VisibilityTimeout"]), VISIBILITY_FACTOR * timeout
    if hidden < needed:
        yield Finding(queue, f"hides messages {hidden} s; {name} needs {needed} s")


def _is_on(mapping: Properties) -> bool:
    return mapping.get("State") in ("Enabled", "Enabling", "Creating", "Updating")
