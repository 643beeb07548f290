"""The API of upgrades. A standby answers it as well, and maintenance mode does not stop it."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.cluster.gate import Code
from chalicelib.core.errors import Conflict, Invalid, StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from .permissions import ADMINISTER, VIEW
from .upgrade_models import (
    UpgradeAdvanceArgs,
    UpgradeBeginArgs,
    UpgradeBeginModel,
    UpgradeModel,
    model,
)


@endpoint("GET", "/api/v1/upgrade", returns=UpgradeModel, permission=VIEW, out_of_cluster=True)
def read_upgrade(call: Call[None]) -> UpgradeModel:
    return model(wiring.upgrades().look(call.now), call.now)


@endpoint(
    "POST",
    "/api/v1/upgrade/begin",
    body=UpgradeBeginArgs,
    returns=UpgradeBeginModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[Conflict, StillUsed, Invalid],
)
def begin_upgrade(call: Call[UpgradeBeginArgs]) -> UpgradeBeginModel:
    asked = call.body
    target = Code(asked.version, asked.schema)
    problems = wiring.upgrades().begin(
        call.principal, target, asked.first_node, call.now, check=asked.check_only
    )
    return UpgradeBeginModel(not asked.check_only, problems)


@endpoint(
    "POST",
    "/api/v1/upgrade/advance",
    body=UpgradeAdvanceArgs,
    returns=UpgradeModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[Conflict, Invalid],
)
def advance_upgrade(call: Call[UpgradeAdvanceArgs]) -> UpgradeModel:
    wiring.upgrades().advance(call.principal, call.now, retry=call.body.retry)
    return model(wiring.upgrades().look(call.now), call.now)


@endpoint(
    "POST",
    "/api/v1/upgrade/abort",
    returns=UpgradeModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[Conflict, Invalid],
)
def abort_upgrade(call: Call[None]) -> UpgradeModel:
    wiring.upgrades().abort(call.principal, call.now)
    return model(wiring.upgrades().look(call.now), call.now)


@endpoint(
    "POST",
    "/api/v1/diagnostics/clear-upgrade-in-progress",
    returns=bool,
    permission="Administer Configuration",
    writes="cluster",
    out_of_cluster=True,
    errors=[Conflict],
)
def clear_upgrade(call: Call[None]) -> bool:
    return wiring.upgrades().clear(call.principal, call.now)
