"""Deploys one node of a cluster, and first the cluster itself: `make deploy STAGE=node-a`.

May be repeated at any time: every step makes what is missing and leaves alone what is right.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cluster.functions import AGENT, API
from infra import chalice_cli, setup_code, stage
from infra.aws import client
from infra.checks import read_connection
from infra.checks_node import function_of
from infra.doctor import examine
from infra.finding import Finding
from infra.progress import step
from infra.record import Record
from infra.stacks import Stack, StackFailedError
from infra.template import CLUSTER_TEMPLATE, NODE_TEMPLATE

SETTLING = timedelta(minutes=3)
"""What the agent may take: mappings are made in one minute and switched on in the next."""


class RefusedError(Exception):
    """This deployment would do harm; the text says what to do instead."""


FAILURES = (
    RefusedError,
    stage.BadNameError,
    chalice_cli.ChaliceFailedError,
    StackFailedError,
    ClientError,
    BotoCoreError,
)
"""What can go wrong in a way that its own text explains."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is deployed: a stage, which is a node of that name, of a cluster."""

    stage: str
    cluster: str
    internal_bus: bool = False

    @property
    def cluster_stack(self) -> Stack:
        return Stack(f"conclave-{self.cluster}", CLUSTER_TEMPLATE, {"Cluster": self.cluster})

    @property
    def stack(self) -> Stack:
        parameters = {"Cluster": self.cluster, "Node": self.stage}
        if self.internal_bus:
            parameters["InternalBus"] = "yes"
        return Stack(f"conclave-{self.cluster}-{self.stage}", NODE_TEMPLATE, parameters)

    def record(self) -> Record:
        bucket = read_connection(self.cluster).get("bucket", "")
        return Record(bucket, self.stage, chalice_cli.PROJECT)


def deploy(node: Node) -> list[Finding]:
    """Make or update everything; returns what the doctor still finds."""
    refuse_foreign(node)
    with step(f"Resources of cluster {node.cluster}"):
        make_cluster(node)
    with step(f"Resources of node {node.stage}"):
        node.stack.apply()
    if stage.write_stage(node.stage, node.cluster):
        print(f"wrote stage {node.stage} into .chalice: commit it", file=sys.stderr)
    with step("Functions and API (chalice deploy)"):
        record = node.record()
        record.fetch()
        chalice_cli.run("deploy", node.stage)
        record.keep()
    with step("The node's agent makes mappings and schedules"):
        return settle(node)


def refuse_foreign(node: Node) -> None:
    """Raises RefusedError when functions of that name belong to another cluster."""
    for function in (API, AGENT):
        found = function_of(node.stage, function)
        variables = (found or {}).get("Environment", {}).get("Variables", {})
        owner = variables.get("CLUSTER", node.cluster)
        if owner != node.cluster:
            raise RefusedError(
                f"stage {node.stage} is a node of cluster {owner} in this account and region:"
                f" choose another name, or undeploy it there first"
            )


def make_cluster(node: Node) -> None:
    """Apply cluster.yaml. A connection that was reset to restored tables keeps naming them."""
    before = read_connection(node.cluster)
    node.cluster_stack.apply()
    after = read_connection(node.cluster)
    restored = dict(after)
    for table in ("data_table", "audit_table"):
        restored[table] = before.get(table, after[table])
    if restored != after:
        client("ssm").put_parameter(
            Name=f"/conclave/{node.cluster}/connection",
            Value=json.dumps(restored),
            Type="String",
            Overwrite=True,
        )


def settle(node: Node) -> list[Finding]:
    """Call the agent until the doctor finds nothing, or for three minutes."""
    deadline = time.monotonic() + SETTLING.total_seconds()
    while True:
        client("lambda").invoke(FunctionName=AGENT.lambda_name(node.stage), Payload=b"{}")
        findings = examine(node.cluster, [node.stage])
        if not findings or time.monotonic() > deadline:
            return findings
        time.sleep(5)


def tell_setup_code(node: Node) -> None:
    """While the cluster has no administrator: a new code, to the terminal or a private file."""
    code = setup_code.offer(read_connection(node.cluster)["data_table"], datetime.now(UTC))
    if not code:
        return
    if sys.stdout.isatty():
        print(f"\nSet-up code, valid 24 hours, to make the first administrator: {code}")
    else:
        file = setup_code.hand_over(code, chalice_cli.PROJECT / ".local", node.cluster)
        print(f"set-up code, valid 24 hours, to make the first administrator: in {file}")


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    known = stage.cluster_of(stage.read_config(), given.stage)
    node = Node(given.stage, given.cluster or known or "demo", given.internal_bus)
    try:
        stage.check_names(node.stage, node.cluster)
        findings = deploy(node)
        tell_setup_code(node)
    except FAILURES as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    print(f"node {node.stage} of cluster {node.cluster}: {node.record().url()}")
    return 1 if findings else 0


def add_node_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a node."""
    parser.add_argument("--stage", required=True, help="the node, which is its Chalice stage")
    parser.add_argument("--cluster", default="", help="default: the stage's, or demo")


def _parser() -> Any:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    add_node_arguments(parser)
    parser.add_argument(
        "--internal-bus", action="store_true", help="give the node a backbone bus of its own"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
