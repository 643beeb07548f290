"""The API of sites, as the contract has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.sites.engine import Engine
from chalicelib.sites.site import Site, every
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    Paged,
    applied,
    paged,
    paged_answer,
)

from .permissions import ADMINISTER, VIEW
from .site_models import (
    SiteBasicModel,
    SiteCreateArgs,
    SiteModel,
    SitesQuery,
    SiteSummaryModel,
    SiteSummaryQuery,
    SiteUpdateArgs,
    SiteUpdateModel,
)


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
    callback = (
        every(asked.heartbeat_interval)
        if asked.heartbeat_interval is not None
        else wiring.settings().fresh().engine_callback
    )
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
    _demand_kept(asked, _site(known))
    seconds = applied(asked.heartbeat_interval, int(known.callback.total_seconds()))
    changed = replace(
        known,
        name=applied(asked.site_name, known.name),
        active=applied(asked.active, known.active),
        callback=every(seconds),
    )
    return _site(wiring.sites().change(call.principal, changed, call.now))


def _demand_kept(asked: SiteUpdateModel, present: SiteBasicModel) -> None:
    """Raise Invalid for another place of its work, or another connector: neither changes."""
    where, connector = present.processing_location, present.site_connector_id
    if applied(asked.processing_location, where) != where:
        raise Invalid(f"processingLocation of this site is {where} and is not changed.")
    if (applied(asked.site_connector_id, connector or 0) or None) != connector:
        raise Invalid("siteConnectorId: a site's connector is made with it and is not changed.")


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
        and not (site.local and asked.only_include_sites_that_can_add_new_engines)
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
