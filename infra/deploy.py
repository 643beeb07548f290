"""Deploys one node of a cluster, and first the cluster itself: `make deploy STAGE=node-a`.

May be repeated at any time: every step makes what is missing and leaves alone what is right.
With --undeploy, takes a node and all that its agent made away again; the cluster stays.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cluster.functions import AGENT
from infra import chalice_cli, setup_code, stage, undeploy
from infra.aws import client, region
from infra.checks import read_connection
from infra.checks_node import check_nodes
from infra.doctor import examine
from infra.finding import Finding
from infra.node import Node, RefusedError, refuse_foreign, refuse_mirror
from infra.progress import step
from infra.stacks import StackFailedError
from infra.template import CLUSTER_TEMPLATE, read

FAILURES = (
    RefusedError,
    stage.BadNameError,
    stage.PlainDomainError,
    chalice_cli.ChaliceFailedError,
    StackFailedError,
    ClientError,
    BotoCoreError,
)
"""What can go wrong in a way that its own text explains."""


SETTLING = timedelta(minutes=3)
"""What the agent may take: mappings are made in one minute and switched on in the next."""


def deploy(node: Node) -> list[Finding]:
    """Make or update everything; returns what the doctor still finds."""
    with step(f"Resources of cluster {node.cluster}"):
        keep_tables(node.cluster, node.cluster_stack.apply)
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


def keep_tables(cluster: str, update: Callable[[], object]) -> None:
    """Update the cluster; a connection keeps naming restored tables and a KMS key put in place."""
    before = read_connection(cluster)
    update()
    after = read_connection(cluster)
    restored = dict(after)
    for name in ("data_table", "audit_table", "key_arn"):
        restored[name] = before.get(name, after[name])
    if restored != after:
        client("ssm").put_parameter(
            Name=f"/conclave/{cluster}/connection",
            Value=json.dumps(restored),
            Type="String",
            Overwrite=True,
        )


def settle(node: Node) -> list[Finding]:
    """Call the agent until its node is as it should be, or for three minutes; then look at all."""
    deadline = time.monotonic() + SETTLING.total_seconds()
    while True:
        client("lambda").invoke(FunctionName=AGENT.lambda_name(node.stage), Payload=b"{}")
        if not list(check_nodes(node.cluster, [node.stage])) or time.monotonic() > deadline:
            return examine(node.cluster, [node.stage])
        time.sleep(5)


def tell_setup_code(node: Node) -> None:
    """While the cluster has no administrator: a new code, to the terminal or a private file.

    A mirror has those of its home.
    """
    if read_connection(node.cluster).get("home", "") not in ("", region()):
        return
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
    if given.dry_run and not given.undeploy:
        _parser().error("--dry-run goes with --undeploy: to deploy changes things")
    known = stage.cluster_of(stage.read_config(), given.stage)
    cluster = given.cluster or known or "demo"
    mirror, mirror_of = given.mirror, given.mirror_of
    node = Node(given.stage, cluster, given.signer, mirror, mirror_of)
    try:
        stage.check_names(node.stage, node.cluster)
        stage.check_domain(stage.read_config(), node.stage)
        check_signer(node.licence_signer)
        refuse_foreign(node)
        refuse_mirror(node)
        if given.undeploy:
            undeploy.run(node, only_say=given.dry_run)
            return 0
        return report(node, deploy(node))
    except FAILURES as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 2


def check_signer(signer: str | None) -> None:
    """Raises RefusedError for a text that is no public key."""
    pattern = read(CLUSTER_TEMPLATE)["Parameters"]["LicenceSigner"]["AllowedPattern"]
    if signer and not re.fullmatch(pattern, signer):
        raise RefusedError(
            "the licence signer is a public key as `python -m infra.licence pair` prints it: "
            "44 characters that end in ="
        )


def report(node: Node, findings: Sequence[Finding]) -> int:
    """Say how it ended; the exit code is 1 while the doctor finds anything."""
    tell_setup_code(node)
    for finding in findings:
        print(finding)
    print(f"node {node.stage} of cluster {node.cluster}: {node.record().url()}")
    return 1 if findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stage", required=True, help="the node, which is its Chalice stage")
    parser.add_argument("--cluster", default="", help="default: the stage's, or demo")
    parser.add_argument(
        "--licence-signer",
        dest="signer",
        type=lambda text: "" if text == "none" else text,
        help="public key of whom licences are asked from; kept by later deployments; none: nobody",
    )
    parser.add_argument("--mirror", default="", help="at home: another region to replicate to")
    parser.add_argument("--mirror-of", default="", help="in that region: the cluster's home")
    parser.add_argument("--undeploy", action="store_true", help="take the node away again")
    parser.add_argument(
        "--dry-run", action="store_true", help="with --undeploy: only say what would be removed"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
