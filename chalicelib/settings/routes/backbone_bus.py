"""The backbone bus, shared by the cluster or internal to each node. Ours alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chalicelib import wiring
from chalicelib.core.errors import StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/backbone-bus"
Type = Literal["Shared", "Internal"]


class LeftoverModel(Struct):
    """A queue that the bus has left, and how many messages are still on it."""

    queue: str
    messages: int


class BackboneBusModel(Struct):
    """`since` is when it was last switched; null: never. `draining` is empty once it is settled.

    late:     the nodes whose mappings and schedules do not follow a switch yet
    nodes:    the nodes that still work on the queues that the bus has left
    warning:  what is to be said against this type in this cluster
    """

    type: Type
    since: ApiDate | None
    state: Literal["Settled", "Draining"]
    late: Sequence[str]
    nodes: Sequence[str]
    draining: Sequence[LeftoverModel]
    warning: str


class BackboneBusArgs(Struct):
    type: Type


@endpoint("GET", PATH, returns=BackboneBusModel, permission=VIEW)
def read_bus(call: Call[None]) -> BackboneBusModel:
    return _shown(call.now)


@endpoint(
    "PATCH",
    PATH,
    body=BackboneBusArgs,
    returns=BackboneBusModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[StillUsed],
)
def switch_bus(call: Call[BackboneBusArgs]) -> BackboneBusModel:
    wiring.backbone_bus().switch(call.principal, call.body.type == "Internal", call.now)
    return _shown(call.now)


def _shown(now: datetime) -> BackboneBusModel:
    found = wiring.backbone_bus().state(now)
    return BackboneBusModel(
        type="Internal" if found.internal else "Shared",
        since=found.since,
        state="Settled" if found.settled else "Draining",
        late=found.late,
        nodes=found.draining,
        draining=[LeftoverModel(one.queue, one.messages) for one in found.leftovers],
        warning=found.warning,
    )
