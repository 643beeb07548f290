"""Site connectors: the pair of queues that each site but Local has. It bears its site's id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.sites.site import Site, queues
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    Dirty,
    Paged,
    PagedQuery,
    ReadOver,
    Struct,
    View,
    applied,
    paged,
    paged_answer,
)

from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/distributed-engine/site-connector"
ONE = f"{PATH}/{{siteConnectorId}}"
HTTPS = 443
OF_SQS = "It belongs to the queues in SQS, which agents make for each site."
WITH_ITS_SITE = (
    "A site's connector is its own pair of queues, which agents make with the site: make a site "
    "(POST /api/v1/distributed-engine/site), and it is there within a minute."
)
LENT = (
    "A connector has no credentials of its own: each engine is lent some for its site's queues, "
    "for 15 minutes, when it calls with its own key. Nobody else is given any."
)


class SiteConnectorsQuery(PagedQuery):
    include_inactive: bool = False


class SiteConnectorSummaryModel(Struct):
    active: bool
    host_name: str
    site_connector_id: int
    site_connector_name: str
    queue_type: str = "AmazonSqs"


class SiteConnectorViewModel(Struct):
    """No `queueType`: the contract does not know SQS. `validated`: both queues answer."""

    site_connector_id: int
    site_connector_name: View[str]
    active: View[bool]
    host_name: View[str]
    port: View[int]
    use_ssl: View[bool]
    validated: View[bool]


class SiteConnectorUpdateModel(Struct):
    """A connector is named and active as its site is: the first two change the site."""

    active: Dirty[bool] | None = None
    site_connector_name: Dirty[str] | None = None
    host_name: Dirty[Any] | None = None
    port: Dirty[Any] | None = None
    queue_type: Dirty[Any] | None = None
    shared_access_key_name: Dirty[Any] | None = None
    shared_access_key_value: Dirty[Any] | None = None
    ssl_certificate_thumbprint: Dirty[Any] | None = None
    use_ssl: Dirty[Any] | None = None

    def demand_settable(self) -> None:
        """Raise Invalid for what belongs to SQS."""
        given = {
            "hostName": self.host_name,
            "port": self.port,
            "queueType": self.queue_type,
            "sharedAccessKeyName": self.shared_access_key_name,
            "sharedAccessKeyValue": self.shared_access_key_value,
            "sslCertificateThumbprint": self.ssl_certificate_thumbprint,
            "useSsl": self.use_ssl,
        }
        refused = [name for name, patch in given.items() if patch and patch.dirty]
        if refused:
            raise Invalid(f"{', '.join(refused)} cannot be set. {OF_SQS}")


class SiteConnectorCreateArgs(Struct):
    """Whatever is in it: there is nothing to make."""

    data: ReadOver


class SiteConnectorUpdateArgs(Struct):
    data: SiteConnectorUpdateModel


class SiteConnectorValidationResult(Struct):
    validation_message: str
    validation_success: bool


class SiteConnectorCredentialsModel(Struct):
    """As the contract has it; nobody is answered it."""

    password: str
    username: str


@endpoint(
    "GET",
    "/api/v1/distributed-engine/site-connectors",
    query=SiteConnectorsQuery,
    returns=Paged[SiteConnectorSummaryModel],
    permission=VIEW,
)
def list_connectors(call: Call[None]) -> Paged[SiteConnectorSummaryModel]:
    asked: SiteConnectorsQuery = call.query
    found = [
        one
        for one in wiring.sites().sites()
        if not one.local and (one.active or asked.include_inactive)
    ]
    return paged_answer(page(found, paged(asked)), _summary)


@endpoint(
    "POST",
    PATH,
    body=SiteConnectorCreateArgs,
    returns=SiteConnectorViewModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[Invalid],
)
def create_connector(_call: Call[SiteConnectorCreateArgs]) -> SiteConnectorViewModel:
    """Refused, with the reason: a connector comes with its site."""
    raise Invalid(WITH_ITS_SITE)


@endpoint("GET", ONE, returns=SiteConnectorViewModel, permission=VIEW, errors=[NotFound])
def read_connector(call: Call[None]) -> SiteConnectorViewModel:
    return _view(_site(call.id("siteConnectorId")))


@endpoint(
    "PATCH",
    ONE,
    body=SiteConnectorUpdateArgs,
    returns=SiteConnectorViewModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[NotFound, Invalid],
)
def change_connector(call: Call[SiteConnectorUpdateArgs]) -> SiteConnectorViewModel:
    """Name or end the site's queues, and the site with them."""
    known, asked = _site(call.id("siteConnectorId")), call.body.data
    asked.demand_settable()
    name = applied(asked.site_connector_name, known.name)
    after = replace(known, name=name, active=applied(asked.active, known.active))
    if after != known:
        after = wiring.sites().change(call.principal, after, call.now)
    return _view(after)


@endpoint(
    "POST",
    f"{ONE}/validate",
    returns=SiteConnectorValidationResult,
    permission=ADMINISTER,
    errors=[NotFound],
)
def validate_connector(call: Call[None]) -> SiteConnectorValidationResult:
    """Ask both queues and their dead letters. Four calls; nothing is sent."""
    silent = _silent(_site(call.id("siteConnectorId")))
    if not silent:
        return SiteConnectorValidationResult("Both queues of the site answer.", True)
    text = f"{', '.join(silent)}: no answer. An agent makes a site's queues within a minute."
    return SiteConnectorValidationResult(text, False)


@endpoint(
    "GET",
    f"{ONE}/credentials",
    returns=SiteConnectorCredentialsModel,
    permission=ADMINISTER,
    errors=[NotFound, AccessDenied],
)
def read_credentials(call: Call[None]) -> SiteConnectorCredentialsModel:
    """Refused to everybody, with the reason."""
    _site(call.id("siteConnectorId"))
    raise AccessDenied(LENT)


def _site(id: int) -> Site:
    """The site of a connector. Raises NotFound for Local as well: nodes do its work."""
    site = wiring.sites().site(id)
    if site.local:
        raise NotFound(f"site connector {id} was not found")
    return site


def _silent(site: Site) -> list[str]:
    return wiring.queues().silent(queues(site.id))


def _address(site: Site) -> tuple[str, int, bool]:
    """Host, port and whether by TLS: where its queues are."""
    url = urlsplit(wiring.engine_desk().queue_url(queues(site.id)[0]))
    return url.hostname or "", url.port or HTTPS, url.scheme == "https"


def _summary(site: Site) -> SiteConnectorSummaryModel:
    return SiteConnectorSummaryModel(site.active, _address(site)[0], site.id, site.name)


def _view(site: Site) -> SiteConnectorViewModel:
    host, port, is_tls = _address(site)
    return SiteConnectorViewModel(
        site.id,
        View(site.name, "siteConnectorName", "Name"),
        View(site.active, "active", "Active"),
        View(host, "hostName", "Host", read_only=True, read_only_reason=OF_SQS),
        View(port, "port", "Port", read_only=True, read_only_reason=OF_SQS),
        View(is_tls, "useSsl", "TLS", read_only=True, read_only_reason=OF_SQS),
        View(not _silent(site), "validated", "Validated", read_only=True),
    )
