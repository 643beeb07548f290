"""The API by which people approve engines and look after them."""

from __future__ import annotations

from datetime import datetime

from chalicelib import wiring
from chalicelib.audit.trail import Line
from chalicelib.core.errors import ConclaveError, NotFound
from chalicelib.core.paging import page
from chalicelib.sites import given
from chalicelib.sites.engine import SKEW_SHOWN, Activation, Change, Engine
from chalicelib.sites.site import DEFAULT_CALLBACK, Site
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import NEVER, Paged, PagedQuery, paged, paged_answer

from .engine_models import (
    EngineActivationRequestArgs,
    EngineActivationResult,
    EngineActivationResultModel,
    EngineServerCapabilitiesSummary,
    EnginesQuery,
    EngineStatusChangeModel,
    EngineSummaryModel,
    EngineTrailModel,
)
from .permissions import ADMINISTER, VIEW


@endpoint(
    "GET",
    "/api/v1/distributed-engine/engines",
    query=EnginesQuery,
    returns=Paged[EngineSummaryModel],
    permission=VIEW,
)
def list_engines(call: Call[None]) -> Paged[EngineSummaryModel]:
    asked: EnginesQuery = call.query
    sites = {one.id: one for one in wiring.sites().sites()}
    rows = [_engine(one, sites, call.now) for one in wiring.engines().engines()]
    return paged_answer(page([row for row in rows if _matches(row, asked)], paged(asked)), _same)


@endpoint(
    "POST",
    "/api/v1/distributed-engine/update-engine-status",
    body=EngineActivationRequestArgs,
    returns=EngineActivationResultModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_engines(call: Call[EngineActivationRequestArgs]) -> EngineActivationResultModel:
    return EngineActivationResultModel([_change(call, one) for one in call.body.data.engines])


@endpoint(
    "GET",
    "/api/v1/distributed-engine/engines/{id}/trail",
    query=PagedQuery,
    returns=Paged[EngineTrailModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_engine_trail(call: Call[None]) -> Paged[EngineTrailModel]:
    """What an engine did and was ever given, newest first: what to change if it was stolen."""
    engine = wiring.engines().engine(call.id())
    return paged_answer(wiring.trail().of("Engine", engine.id, paged(call.query)), _line)


@endpoint(
    "GET",
    "/api/v1/distributed-engine/{id}/server-capabilities",
    returns=list[EngineServerCapabilitiesSummary],
    permission=VIEW,
    errors=[NotFound],
)
def list_capabilities(call: Call[None]) -> list[EngineServerCapabilitiesSummary]:
    """What an engine said of the machine that it runs on, and when."""
    engine = wiring.engines().engine(call.id())
    said = {
        "HostName": engine.host,
        "EngineVersion": engine.version,
        "ClockDifferenceSeconds": str(int(engine.skew.total_seconds())),
    }
    at = engine.seen_at or engine.registered_at or NEVER
    return [EngineServerCapabilitiesSummary(at, name, text) for name, text in said.items()]


def _line(line: Line) -> EngineTrailModel:
    said = line.record
    named = given.secret_of(said.detail) if said.action == given.GIVEN else None
    return EngineTrailModel(said.action, said.at, said.detail, said.actor, said.address, named)


def _change(
    call: Call[EngineActivationRequestArgs], one: EngineStatusChangeModel
) -> EngineActivationResult:
    """One change of several: what is wrong with it does not stop the others."""
    try:
        change = Change(one.change_type)
        engine = wiring.engines().change(
            call.principal, one.engine_id, change, one.site_id, call.now
        )
    except ValueError:
        return EngineActivationResult(one.engine_id, "", "this changeType is not supported", False)
    except ConclaveError as error:
        return EngineActivationResult(one.engine_id, "", str(error), False)
    return EngineActivationResult(engine.id, engine.name, "", True)


def _engine(engine: Engine, sites: dict[int, Site], now: datetime) -> EngineSummaryModel:
    site = sites.get(engine.site_id) if engine.site_id is not None else None
    online = engine.is_online(now, site.callback if site else DEFAULT_CALLBACK)
    seconds = int(engine.skew.total_seconds())
    return EngineSummaryModel(
        activation_status=engine.activation,
        bind_address=engine.address,
        connection_status="Online" if online else "Offline",
        current_version=engine.version,
        engine_id=engine.id,
        friendly_name=engine.name,
        host_name=engine.host,
        last_connected=engine.seen_at,
        time_mismatch=abs(engine.skew) > SKEW_SHOWN,
        time_mismatch_seconds=seconds,
        fingerprint=engine.fingerprint,
        site_id=engine.site_id,
    )


def _matches(row: EngineSummaryModel, asked: EnginesQuery) -> bool:
    return (
        asked.activation_status.lower() in ("", row.activation_status.lower())
        and asked.connection_status.lower() in ("", row.connection_status.lower())
        and asked.friendly_name.lower() in row.friendly_name.lower()
        and asked.site_id in (None, row.site_id)
        and (not asked.only_include_requiring_action or row.activation_status == Activation.PENDING)
    )


def _same(row: EngineSummaryModel) -> EngineSummaryModel:
    return row
