"""A cluster on moto with the Lambdas and schedule groups that a deploy has made."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.mappings import Mappings
from chalicelib.aws.queues import Queues
from chalicelib.aws.schedules import Schedules
from chalicelib.cluster.agent import Agent
from chalicelib.cluster.backbone import own_names
from chalicelib.cluster.functions import FUNCTIONS, WORKERS
from chalicelib.cluster.hands import Hands
from tests import moto_cluster
from tests.conftest import forget

AgentOf: TypeAlias = Callable[[str], Agent]

NODES = ("node-a", "node-b")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass
class Time:
    """A clock that stands still until told. It begins on a minute without a thorough look."""

    now: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(minute=10, second=0, microsecond=0)
    )

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass
class NoTime:
    """AWS's time as a test says it is."""

    ahead: timedelta | None = timedelta(0)

    def watch(self) -> None:
        """Nothing to watch."""

    def offset(self) -> timedelta | None:
        return self.ahead


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def deployed(aws: None) -> None:
    """Both nodes' functions and schedule groups exist, as `make deploy` leaves them."""
    moto_cluster.kept("deployed", _deploy)


def _deploy() -> None:
    iam, scheduler = clients.client("iam"), clients.client("scheduler")
    role = iam.create_role(RoleName="deployed", AssumeRolePolicyDocument=json.dumps(TRUST))
    for node in NODES:
        scheduler.create_schedule_group(Name=f"conclave-{connection().cluster}-{node}")
        for function in FUNCTIONS:
            clients.client("lambda").create_function(
                FunctionName=function.lambda_name(node),
                Runtime="python3.11",
                Handler="app.x",
                Role=role["Role"]["Arn"],
                Code={"ZipFile": _code()},
            )


@pytest.fixture
def agent_of(deployed: None, time: Time) -> AgentOf:
    """The agent of a node by name, on the test's clock."""
    return lambda name: _agent(name, time)


@pytest.fixture
def begun(aws: None, time: Time) -> AgentOf:
    """As `agent_of`, and node-a has looked once: it founded the cluster."""
    return _have_looked(time, "node-a")


@pytest.fixture
def acting(aws: None, time: Time) -> AgentOf:
    """As `agent_of`, and both have looked once: node-a founded the cluster, node-b stands by."""
    return _have_looked(time, *NODES)


def _have_looked(time: Time, *nodes: str) -> AgentOf:
    def look() -> datetime:
        _deploy()
        for node in nodes:
            _agent(node, time).run()
        return time.now

    time.now = moto_cluster.kept(f"looked: {nodes}", look)
    forget()
    return lambda name: _agent(name, time)


def _agent(name: str, time: Time) -> Agent:
    hands = Hands(name, Mappings(), Schedules(), Queues())
    whole = wiring.agent()
    return replace(whole, name=name, clock=time, time=NoTime(), hands=hands, pause=lambda _: None)


def turn_of(node: str, queue: str) -> int:
    """A minute, at which no agent looks thoroughly, in which a node looks for that queue."""
    names = [*(one.queue for one in WORKERS), *own_names(node)]
    return next(one for one in range(31, 60) if one % len(names) == names.index(queue))


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "")
    return packed.getvalue()
