"""What an operator runs next: the cluster fetches no code, his machine has it and deploys it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .gate import NO_GATE, Gate
from .node import Node, code_of
from .region import nodes_elsewhere, region_of
from .upgrade import Status, Step, Upgrade


def commands(
    upgrade: Upgrade | None, nodes: Sequence[Node], cluster: str, gate: Gate = NO_GATE
) -> Iterator[str]:
    """Exact command lines, in order; lines that begin with # say from where.

    In a mirrored cluster each line names the region that it is for.
    """
    place = f"AWS_REGION={gate.writing} " if gate.writing else ""
    make = f"{place}make upgrade STAGE={{}} CLUSTER={cluster}".format
    if upgrade is None or not upgrade.is_in_progress:
        first = _any([one for one in nodes if one.name not in nodes_elsewhere(gate)])
        yield "# in a checkout of the new version, on a machine that may deploy:"
        yield f"{make(first)} DRY_RUN=1"
        yield make(first)
    elif upgrade.status is Status.ABORTING:
        yield f"# in a checkout of {upgrade.source.version}, schema {upgrade.source.schema}:"
        yield from _deploys(_running(upgrade, nodes, new=True), cluster, gate)
        yield f"{make(upgrade.first)} STEP=abort"
    else:
        yield f"# in a checkout of {upgrade.target.version}, schema {upgrade.target.schema}:"
        yield make(upgrade.first)
        yield from _by_hand(upgrade, nodes, cluster, gate)


def _by_hand(upgrade: Upgrade, nodes: Sequence[Node], cluster: str, gate: Gate) -> Iterator[str]:
    """What that command does at this step, for who does it himself."""
    if upgrade.step is Step.DEPLOY:
        yield "# or only this step:"
        yield from _deploys([upgrade.first], cluster, gate)
    if upgrade.step is Step.ROLL:
        yield "# or only this step:"
        yield from _deploys(_running(upgrade, nodes, new=False), cluster, gate)


def _running(upgrade: Upgrade, nodes: Sequence[Node], *, new: bool) -> list[str]:
    return [one.name for one in nodes if (code_of(one) == upgrade.target) is new]


def _deploys(names: Sequence[str], cluster: str, gate: Gate) -> Iterator[str]:
    for name in names:
        place = f"AWS_REGION={region_of(gate, name)} " if gate.writing else ""
        yield f"{place}make deploy STAGE={name} CLUSTER={cluster}"


def _any(nodes: Sequence[Node]) -> str:
    return min((one.name for one in nodes), default="node-a")
