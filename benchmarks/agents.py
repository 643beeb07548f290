"""What the agent's minute costs when its node is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection, node_name
from chalicelib.cluster.functions import FUNCTIONS
from tests.calls import AwsCall, recording
from tests.infra.nodes import make_function

from .budget import Measured, calls
from .cluster import Cluster, cluster

THOROUGH, USUAL = 0, 10
"""Minutes of an hour: at the first the agent looks at everything, at the second as usual."""


def usual(_: Path) -> Measured:
    return calls(_runs()[1])


def thorough(_: Path) -> Measured:
    return calls(_runs()[0])


@cache
def _runs() -> Sequence[Sequence[AwsCall]]:
    with cluster() as ours:
        _deploy()
        _run(ours, THOROUGH)  # makes what is missing
        return [_run(ours, minute) for minute in (THOROUGH, USUAL)]


def _run(ours: Cluster, minute: int) -> Sequence[AwsCall]:
    def then() -> datetime:
        return ours.at.replace(minute=minute)

    with recording() as made:
        report = replace(wiring.agent(), clock=then).run()
    assert (report.bar, report.failed) == (None, ()), report
    return made.seen


def _deploy() -> None:
    """The functions and the schedule group that a deploy makes."""
    node, name = node_name(), connection().cluster
    client("scheduler").create_schedule_group(Name=f"conclave-{name}-{node}")
    for function in FUNCTIONS:
        make_function(node, function, b"", name)
