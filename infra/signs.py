"""Whether another cluster is alive, and acts on targets: asked before a replica takes over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cluster.store.gate import boxes_of
from chalicelib.core.clock import parse_stamp
from infra.aws import client

RECENT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Signs:
    """acts: a node of it was seen a moment ago, and may change passwords."""

    acts: bool
    text: str


def signs_of(cluster: str, region: str, now: datetime) -> Signs:
    """How a cluster seems to be: from its connection, its gate and its nodes' rows."""
    if not cluster:
        return Signs(False, "the source's bucket does not tell which cluster it is of")
    try:
        name = f"/conclave/{cluster}/connection"
        told = client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"]
        table = str(json.loads(told)["data_table"])
        gate, seen = _gate(table, region), _seen(table, region)
    except (BotoCoreError, ClientError, ValueError, KeyError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        return Signs(False, f"cluster {cluster} in {region} does not answer: {code}")
    return judged(cluster, gate, {node: now - at for node, at in seen.items()})


def judged(cluster: str, gate: Mapping[str, Any], ages: Mapping[str, timedelta]) -> Signs:
    """By its gate, and by how long ago each node was seen."""
    if "replica" in gate:
        return Signs(False, f"cluster {cluster} is a replica itself")
    boxes = {node: boxes_of(one["S"]) for node, one in gate.get("nodes", {}).get("M", {}).items()}
    serving = {node for node, one in boxes.items() if one.in_cluster}
    recent = sorted(node for node in serving if ages.get(node, RECENT) < RECENT)
    if not recent:
        return Signs(False, f"cluster {cluster}: no node of it was seen for 5 minutes")
    if all(boxes[node].maintenance for node in serving):
        return Signs(False, f"cluster {cluster} is in maintenance mode")
    return Signs(True, f"cluster {cluster} is alive: seen were {', '.join(recent)}")


def _gate(table: str, region: str) -> Mapping[str, Any]:
    key = {"pk": {"S": "gate"}, "sk": {"S": "gate"}}
    found: Mapping[str, Any] = (
        client("dynamodb", region)
        .get_item(TableName=table, Key=key, ConsistentRead=True)
        .get("Item", {})
    )
    return found


def _seen(table: str, region: str) -> dict[str, datetime]:
    rows = client("dynamodb", region).query(
        TableName=table,
        KeyConditionExpression="pk = :nodes",
        ExpressionAttributeValues={":nodes": {"S": "nodes"}},
        ConsistentRead=True,
    )["Items"]
    return {row["sk"]["S"]: parse_stamp(row["seen_at"]["S"]) for row in rows}
