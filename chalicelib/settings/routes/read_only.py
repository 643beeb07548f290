"""Maintenance mode of the whole cluster, under the name that clients know."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty, Struct, applied

from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/read-only-mode"


class ReadOnlyModeModel(Struct):
    """`enabled`: every node that serves is in maintenance mode. `status` is ours."""

    enabled: bool
    status: str


class ReadOnlyModeUpdate(Struct):
    enabled: Dirty[bool] | None = None


class ReadOnlyModeArgs(Struct):
    data: ReadOnlyModeUpdate


@endpoint("GET", PATH, returns=ReadOnlyModeModel, permission=VIEW)
def read_mode(call: Call[None]) -> ReadOnlyModeModel:
    mode = wiring.maintenance().mode(call.now)
    return ReadOnlyModeModel(mode.on, mode.status)


@endpoint(
    "PATCH",
    PATH,
    body=ReadOnlyModeArgs,
    returns=ReadOnlyModeModel,
    permission=ADMINISTER,
    writes="cluster",
)
def switch_mode(call: Call[ReadOnlyModeArgs]) -> ReadOnlyModeModel:
    service = wiring.maintenance()
    before = service.mode(call.now).on
    wanted = applied(call.body.data.enabled, before)
    if call.body.data.enabled is not None and call.body.data.enabled.dirty:
        service.switch(call.principal, wanted, call.now)
    mode = service.mode(call.now)
    return ReadOnlyModeModel(mode.on, mode.status)
