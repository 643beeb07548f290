"""What Diagnostics do about the cluster itself: forget copies, tell who reaches whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib import wiring
from chalicelib.cluster.service import Shown
from chalicelib.cluster.service.health import Health
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

VIEW, ADMINISTER = "View Configuration", "Administer Configuration"


class ClearCacheResultModel(Struct):
    success: bool


@endpoint(
    "POST",
    "/api/v1/diagnostics/clear-cache",
    returns=ClearCacheResultModel,
    permission=ADMINISTER,
    writes="cluster",
)
def clear_cache(call: Call[None]) -> ClearCacheResultModel:
    """Every process, of every node, reads its copies again with the next request."""
    wiring.caches().clear(call.principal, call.now)
    return ClearCacheResultModel(True)


@endpoint("GET", "/api/v1/diagnostics/connectivity-report", returns=str, permission=VIEW)
def report_connectivity(call: Call[None]) -> str:
    """What this node reaches, and when each node was last seen. Four calls."""
    health = wiring.health().look()
    nodes = wiring.nodes().all(call.now)
    return "\n".join([*_reached(health, call.now), *map(_seen, nodes)])


def _reached(health: Health, now: datetime) -> Iterator[str]:
    yield f"From {wiring.nodes().me} at {now:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Data table: {_answers(health.database)}"
    yield f"Backbone bus: {_answers(bool(health.bus))}"
    yield from (f"Problem: {one}" for one in health.problems)


def _answers(does: bool) -> str:
    return "answers" if does else "does not answer"


def _seen(one: Shown) -> str:
    seen = f"Node {one.node.name}: seen {one.node.stamp.seen_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{seen}. {one.error}" if one.error else seen
