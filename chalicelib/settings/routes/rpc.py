"""Remote password changing: how long its runs are shown, and running it now."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib import wiring
from chalicelib.settings.limits import LIMITS, whole
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, always, number, patched
from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/rpc"
JOBS = ("expired-secret-password-change", "local-password-change")
"""The slugs of the operations that offer due password changes."""


class RpcModel(Struct):
    """What Conclave has of it: heartbeats and password changes are switched by each secret."""

    days_to_keep_logs: int
    enable_heartbeat: bool = True
    enable_rpc: bool = True


class RunNowModel(Struct):
    success: bool


DAYS = whole("daysToKeepLogs", "days", LIMITS["days_to_keep_logs"].most)
FIELDS: Mapping[str, Field] = {
    "daystokeeplogs": lambda value, _: {"days_to_keep_logs": number(DAYS, value)},
    "enableheartbeat": always("enableHeartbeat", True),
    "enablerpc": always("enableRpc", True),
}


@endpoint("GET", PATH, returns=RpcModel, permission=VIEW)
def read_rpc(_call: Call[None]) -> RpcModel:
    return _shown(wiring.settings().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=RpcModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_rpc(call: Call[ConfigurationPatch]) -> RpcModel:
    return _shown(patched(call, FIELDS))


@endpoint("POST", f"{PATH}/run-now", returns=RunNowModel, permission=ADMINISTER, writes="cluster")
def run_now(call: Call[None]) -> RunNowModel:
    """Offer the password changes that are due. Repeated, it offers what is due by then."""
    for slug in JOBS:
        wiring.jobs().run_now(call.principal, slug, call.now)
    return RunNowModel(True)


def _shown(settings: Settings) -> RpcModel:
    return RpcModel(settings.days_to_keep_logs)
