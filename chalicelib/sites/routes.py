"""The API of sites and engines: the contract's for admins, and our own for engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib import wiring
from chalicelib.core.errors import ConclaveError, Invalid, NotFound, Throttled, Unauthenticated
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    ApiDate,
    Dirty,
    Paged,
    PagedQuery,
    Struct,
    applied,
    paged,
    paged_answer,
)

from .engine import SKEW_SHOWN, Activation, Change, Engine
from .engines import Registration, public_key, said_by_headers
from .site import DEFAULT_CALLBACK, Site, queues

VIEW = "View Distributed Engine Configuration"
ADMINISTER = "Administer Distributed Engine Configuration"


class SiteModel(Struct):
    """A site as pick lists show it."""

    active: bool
    site_id: int
    site_name: str


class SitesQuery(Struct):
    include_inactive: bool = False


class SiteBasicModel(Struct):
    """A site as its page shows it. `heartbeatInterval` is the engines' callback in seconds."""

    site_id: int
    site_name: str
    active: bool
    heartbeat_interval: int
    processing_location: str
    system_site: bool
    site_connector_id: int | None
    secret_count: int = 0
    enable_cred_ssp_for_win_rm: bool | None = None
    enable_rdp_proxy: bool = False
    enable_ssh_proxy: bool = False
    jump_box_available_port_range: str = ""
    powershell_secret_id: int | None = None
    rdp_proxy_port: int | None = None
    rdp_proxy_port_inherited: bool = True
    ssh_proxy_port: int | None = None
    ssh_proxy_port_inherited: bool = True
    win_rm_end_point_url: str = ""


class SiteSummaryModel(Struct):
    """A site and how its engines are."""

    active: bool
    is_local: bool
    last_activity: ApiDate | None
    offline_engine_count: int
    online_engine_count: int
    site_id: int
    site_name: str
    num_engines_missing_net_framework: int = 0
    num_engines_without_ability_to_restart_service: int = 0
    show_engine_version_update_blocklist_banner_message: bool = False
    site_metrics: Sequence[str] = ()


class SiteSummaryQuery(PagedQuery):
    include_inactive: bool = False
    site_id: int | None = None
    site_name: str = ""


class SiteCreateModel(Struct):
    site_name: str
    active: bool = True
    heartbeat_interval: int = int(DEFAULT_CALLBACK.total_seconds())


class SiteCreateArgs(Struct):
    data: SiteCreateModel


class SiteUpdateModel(Struct):
    site_name: Dirty[str] | None = None
    active: Dirty[bool] | None = None
    heartbeat_interval: Dirty[int] | None = None


class SiteUpdateArgs(Struct):
    data: SiteUpdateModel


class EngineSummaryModel(Struct):
    """An engine as the contract lists it, and the fingerprint to compare before activating it."""

    activation_status: str
    bind_address: str
    connection_status: str
    current_version: str
    engine_id: int
    friendly_name: str
    host_name: str
    last_connected: ApiDate | None
    time_mismatch: bool
    time_mismatch_seconds: int | None
    fingerprint: str
    site_id: int | None
    can_cancel_update_version: bool = False
    can_update_version: bool = False
    is_blocked_by_net48: bool = False
    latest_version: str = ""
    pending_update: bool = False


class EnginesQuery(PagedQuery):
    activation_status: str = ""
    connection_status: str = ""
    friendly_name: str = ""
    only_include_requiring_action: bool = False
    site_id: int | None = None


class EngineStatusChangeModel(Struct):
    engine_id: int
    change_type: str
    site_id: int | None = None


class EngineActivationRequestModel(Struct):
    engines: list[EngineStatusChangeModel]


class EngineActivationRequestArgs(Struct):
    data: EngineActivationRequestModel


class EngineActivationResult(Struct):
    engine_id: int
    engine_name: str
    error: str
    success: bool


class EngineActivationResultModel(Struct):
    results: list[EngineActivationResult]


class RegisterArgs(Struct):
    name: str
    signing_key: str
    sealing_key: str
    host_name: str = ""
    version: str = ""


class RegisteredModel(Struct):
    engine_id: int
    status: str
    fingerprint: str


class CallbackArgs(Struct):
    version: str = ""
    running: int = 0


class QueueAddresses(Struct):
    work: str
    now: str
    answers: str


class CredentialsModel(Struct):
    access_key_id: str
    secret_access_key: str = msgspec.field()
    session_token: str = msgspec.field()
    expires_at: str = msgspec.field()


class CallbackModel(Struct):
    """What an engine is told. One that may not work is told its status only."""

    status: str
    callback_seconds: int
    server_time: float
    site_id: int | None = None
    site_name: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    queues: QueueAddresses | None = None
    credentials: CredentialsModel | None = None


@endpoint("GET", "/api/v1/sites", query=SitesQuery, returns=list[SiteModel])
def list_sites(call: Call[None]) -> list[SiteModel]:
    shown = [one for one in wiring.sites().sites() if one.active or call.query.include_inactive]
    return [SiteModel(one.active, one.id, one.name) for one in shown]


@endpoint(
    "GET",
    "/api/v1/distributed-engine/sites",
    query=SiteSummaryQuery,
    returns=Paged[SiteSummaryModel],
    permission=VIEW,
)
def summarise_sites(call: Call[None]) -> Paged[SiteSummaryModel]:
    asked: SiteSummaryQuery = call.query
    engines = wiring.engines().engines()
    found = [one for one in wiring.sites().sites() if _is_asked(one, asked)]
    return paged_answer(
        page(found, paged(asked)), lambda site: _site_summary(site, engines, call.now)
    )


@endpoint(
    "GET",
    "/api/v1/distributed-engine/site/{id}",
    returns=SiteBasicModel,
    permission=VIEW,
    errors=[NotFound],
)
def read_site(call: Call[None]) -> SiteBasicModel:
    return _site(wiring.sites().site(call.id()))


@endpoint(
    "POST",
    "/api/v1/distributed-engine/site",
    body=SiteCreateArgs,
    returns=SiteBasicModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[Invalid],
)
def create_site(call: Call[SiteCreateArgs]) -> SiteBasicModel:
    asked = call.body.data
    callback = timedelta(seconds=asked.heartbeat_interval)
    return _site(wiring.sites().create(call.principal, asked.site_name, call.now, callback))


@endpoint(
    "PATCH",
    "/api/v1/distributed-engine/site/{id}",
    body=SiteUpdateArgs,
    returns=SiteBasicModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[NotFound, Invalid],
)
def update_site(call: Call[SiteUpdateArgs]) -> SiteBasicModel:
    known, asked = wiring.sites().site(call.id()), call.body.data
    seconds = applied(asked.heartbeat_interval, int(known.callback.total_seconds()))
    changed = replace(
        known,
        name=applied(asked.site_name, known.name),
        active=applied(asked.active, known.active),
        callback=timedelta(seconds=seconds),
    )
    return _site(wiring.sites().change(call.principal, changed, call.now))


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
    "POST",
    "/api/v1/engine/register",
    body=RegisterArgs,
    returns=RegisteredModel,
    anonymous=True,
    writes="cluster",
    errors=[Invalid, Throttled],
)
def register(call: Call[RegisterArgs]) -> RegisteredModel:
    asked = call.body
    registration = Registration(
        asked.name,
        asked.host_name,
        asked.version,
        public_key(asked.signing_key),
        public_key(asked.sealing_key),
    )
    engine = wiring.engines().register(registration, call.address, call.now)
    return RegisteredModel(engine.id, engine.activation, engine.fingerprint)


@endpoint(
    "POST",
    "/api/v1/engine/callback",
    body=CallbackArgs,
    returns=CallbackModel,
    anonymous=True,
    writes="cluster",
    errors=[Unauthenticated],
)
def call_back(call: Call[CallbackArgs]) -> CallbackModel:
    said = said_by_headers(call.method, call.raw_path, call.headers, call.raw_body, "")
    engine, site = wiring.engines().call_back(said, call.body.version, call.now)
    if not engine.active or site is None:
        callback = site.callback if site else DEFAULT_CALLBACK
        return CallbackModel(engine.activation, int(callback.total_seconds()), call.now.timestamp())
    return _provisions(engine, site, call.now)


def _provisions(engine: Engine, site: Site, now: datetime) -> CallbackModel:
    """Everything that an engine at work needs until its next callback."""
    desk = wiring.engine_desk()
    work, urgent = queues(site.id)
    made = desk.issue(engine.id, (work, urgent), ("engine-response",))
    return CallbackModel(
        engine.activation,
        int(site.callback.total_seconds()),
        now.timestamp(),
        site_id=site.id,
        site_name=site.name,
        region=desk.region(),
        endpoint_url=desk.endpoint(),
        queues=QueueAddresses(
            desk.queue_url(work), desk.queue_url(urgent), desk.queue_url("engine-response")
        ),
        credentials=CredentialsModel(
            made.access_key_id,
            made.secret_access_key,
            made.session_token,
            made.expires_at.isoformat(),
        ),
    )


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


def _site(site: Site) -> SiteBasicModel:
    return SiteBasicModel(
        site_id=site.id,
        site_name=site.name,
        active=site.active,
        heartbeat_interval=int(site.callback.total_seconds()),
        processing_location="UseWebSite" if site.local else "UseDistributedEngine",
        system_site=site.local,
        site_connector_id=None if site.local else site.id,
    )


def _is_asked(site: Site, asked: SiteSummaryQuery) -> bool:
    return (
        (site.active or asked.include_inactive)
        and asked.site_id in (None, site.id)
        and asked.site_name.lower() in site.name.lower()
    )


def _site_summary(site: Site, engines: list[Engine], now: datetime) -> SiteSummaryModel:
    here = [one for one in engines if one.active and one.site_id == site.id]
    online = sum(one.is_online(now, site.callback) for one in here)
    seen = [one.seen_at for one in here if one.seen_at]
    return SiteSummaryModel(
        active=site.active,
        is_local=site.local,
        last_activity=max(seen, default=None),
        offline_engine_count=len(here) - online,
        online_engine_count=online,
        site_id=site.id,
        site_name=site.name,
    )


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
