"""Says in words what is missing from a cluster or disagrees: `python -m infra.doctor --help`.

Exit code 0: nothing; 1: findings; 2: it could not look. `--fix` sets right what can be set by one
call, which is also how an emulator gets what it silently drops.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from infra.checks import check_cluster
from infra.checks_node import check_nodes
from infra.finding import Finding


def examine(cluster: str, nodes: Sequence[str] = ()) -> list[Finding]:
    """All findings about a cluster's resources and the given nodes."""
    return [*check_cluster(cluster), *check_nodes(cluster, nodes)]


def fix(cluster: str, nodes: Sequence[str] = ()) -> list[Finding]:
    """Apply every cure; returns what is left, a refused cure included. May be repeated."""
    for finding in examine(cluster, nodes):
        if finding.cure is not None:
            with suppress(ClientError):
                finding.cure()
    return examine(cluster, nodes)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        found = (fix if given.fix else examine)(given.cluster, given.node)
    except (BotoCoreError, ClientError) as error:
        print(f"the doctor cannot look at cluster {given.cluster}: {error}", file=sys.stderr)
        return 2
    for finding in found:
        curable = "  (--fix sets it right)" if finding.cure and not given.fix else ""
        print(f"{finding}{curable}")
    if not found:
        print(f"cluster {given.cluster}: nothing is missing, nothing disagrees")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description=__doc__)
    parser.add_argument("--cluster", default="demo", help="name of the cluster (default: demo)")
    parser.add_argument("--node", action="append", default=[], help="look at this node as well")
    parser.add_argument("--fix", action="store_true", help="set right what one call can set right")
    return parser


if __name__ == "__main__":
    sys.exit(main())
