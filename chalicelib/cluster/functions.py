"""The table of Lambda functions that every node has: what feeds each, when it may run, how long.

`.chalice/config.json` and `infra/cluster.yaml` are tested against it; the agent maps queues by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

APP = "conclave"
VISIBILITY_FACTOR = 6
"""A message stays hidden this many time-outs long: SQS's advice for Lambda, throttles included."""


class Role(StrEnum):
    """A worker role: a box on the Server Nodes page."""

    BACKGROUND = "background"
    ENGINE = "engine"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a node.

    queue: short name of the queue that feeds it; "" for one that no queue feeds
    role:  the box it needs besides In Cluster; None: being in the cluster is enough
    """

    name: str
    queue: str
    role: Role | None
    timeout: timedelta

    @property
    def on_replica(self) -> bool:
        """Whether it works in a cluster that is a replica: nothing that acts on targets does."""
        return self.name in ON_A_REPLICA

    @property
    def visibility(self) -> timedelta:
        """How long its queue hides a message that it has received."""
        return self.timeout * VISIBILITY_FACTOR

    def lambda_name(self, node: str) -> str:
        return lambda_name(node, self.name)


ON_A_REPLICA = frozenset({"background", "background_now", "web"})


def _worker(name: str, queue: str, role: Role | None, seconds: int = 60) -> Function:
    return Function(name, queue, role, timedelta(seconds=seconds))


API = Function("api_handler", "", None, timedelta(seconds=29))  # API Gateway waits no longer
AGENT = Function("agent", "", None, timedelta(seconds=60))
WORKERS = (
    _worker("background", "background", Role.BACKGROUND),
    _worker("background_now", "background-now", Role.BACKGROUND, 20),
    _worker("web", "web", None),
    _worker("engine_response", "engine-response", Role.ENGINE),
    _worker("recording", "recording", Role.RECORDING),
    _worker("digest", "digest", Role.BACKGROUND, 300),
    _worker("local", "site-1", Role.BACKGROUND),
    _worker("local_now", "site-1-now", Role.BACKGROUND, 20),
    _worker("key_rotation", "key-rotation", Role.BACKGROUND),
)
FUNCTIONS = (API, AGENT, *WORKERS)

SITE_VISIBILITY = timedelta(seconds=360)
SITE_NOW_VISIBILITY = timedelta(seconds=120)
"""Of the queues of other sites, which the agent makes: the same as those of site 1."""


def lambda_name(node: str, function: str) -> str:
    """A function's name in AWS, as Chalice makes it: the API has the node's bare name."""
    return f"{APP}-{node}" if function == API.name else f"{APP}-{node}-{function}"
