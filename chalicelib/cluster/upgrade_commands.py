"""What an operator runs next: the cluster fetches no code, his machine has it and deploys it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .node import Node, code_of
from .upgrade import Status, Step, Upgrade


def commands(upgrade: Upgrade | None, nodes: Sequence[Node], cluster: str) -> Iterator[str]:
    """Exact command lines, in order; lines that begin with # say from where."""
    if upgrade is None or not upgrade.is_in_progress:
        yield "# in a checkout of the new version, on a machine that may deploy:"
        yield f"make upgrade STAGE={_any(nodes)} CLUSTER={cluster} DRY_RUN=1"
        yield f"make upgrade STAGE={_any(nodes)} CLUSTER={cluster}"
    elif upgrade.status is Status.ABORTING:
        yield f"# in a checkout of {upgrade.source.version}, schema {upgrade.source.schema}:"
        yield from _deploys(_running(upgrade, nodes, new=True), cluster)
        yield f"make upgrade STAGE={upgrade.first} CLUSTER={cluster} STEP=abort"
    else:
        yield f"# in a checkout of {upgrade.target.version}, schema {upgrade.target.schema}:"
        yield f"make upgrade STAGE={upgrade.first} CLUSTER={cluster}"
        yield from _by_hand(upgrade, nodes, cluster)


def _by_hand(upgrade: Upgrade, nodes: Sequence[Node], cluster: str) -> Iterator[str]:
    """What that command does at this step, for who does it himself."""
    if upgrade.step is Step.DEPLOY:
        yield "# or only this step:"
        yield from _deploys([upgrade.first], cluster)
    if upgrade.step is Step.ROLL:
        yield "# or only this step:"
        yield from _deploys(_running(upgrade, nodes, new=False), cluster)


def _running(upgrade: Upgrade, nodes: Sequence[Node], *, new: bool) -> list[str]:
    return [one.name for one in nodes if (code_of(one) == upgrade.target) is new]


def _deploys(names: Sequence[str], cluster: str) -> Iterator[str]:
    return (f"make deploy STAGE={name} CLUSTER={cluster}" for name in names)


def _any(nodes: Sequence[Node]) -> str:
    return min((one.name for one in nodes), default="node-a")
