"""The API of licences: ours, but for the contract's activation and its question for licences."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.cluster.licences import Activation
from chalicelib.core.errors import Invalid, NotFound, StillUsed, Unlicensed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .licence_models import (
    LicenseModel,
    LicenseSummary,
    ValidLicenseModel,
    added,
    connection_manager,
    listed,
    summary,
)
from .permissions import ADMINISTER

VIEW_LICENSES, ADMINISTER_LICENSES = "View Licenses", "Administer Licenses"
LONGEST = 200


class LicenseArgs(Struct):
    key: str


class AddQuery(Struct):
    """`dryRun`: say what the key is and change nothing."""

    dry_run: bool = False


class RemoveQuery(Struct):
    """`force`: also when people could change nothing any more."""

    force: bool = False


class OnlineActivationArgs(Struct):
    """Whom to ask about this activation. It is kept in the cluster and sent nowhere."""

    email: str
    name: str
    phone_number: str


class ActivationQuery(Struct):
    """`node`: the node to activate, by its name; this one by default."""

    node: str = ""


class RemovedLicense(Struct):
    id: str


class ClusteringModel(Struct):
    clustering_enabled: bool


@endpoint("GET", "/api/v1/licenses", returns=list[LicenseModel], permission=VIEW_LICENSES)
def list_licences(call: Call[None]) -> list[LicenseModel]:
    return listed(wiring.licences().standing(call.now), call.now)


@endpoint(
    "GET",
    "/api/v1/licenses/summary",
    returns=LicenseSummary,
    permission=VIEW_LICENSES,
    out_of_cluster=True,
)
def summarise_licences(call: Call[None]) -> LicenseSummary:
    licences = wiring.licences()
    return summary(licences.standing(call.now), licences.me, call.now)


@endpoint(
    "POST",
    "/api/v1/licenses",
    body=LicenseArgs,
    query=AddQuery,
    returns=LicenseModel,
    permission=ADMINISTER_LICENSES,
    writes="cluster",
    on_replica=True,
    errors=[Invalid, StillUsed],
)
def add_licence(call: Call[LicenseArgs]) -> LicenseModel:
    licences = wiring.licences()
    if call.query.dry_run:
        return added(licences.look(call.body.key), call.now)
    return added(licences.add(call.principal, call.body.key, call.now), call.now)


@endpoint(
    "DELETE",
    "/api/v1/licenses/{licenseId}",
    query=RemoveQuery,
    returns=RemovedLicense,
    permission=ADMINISTER_LICENSES,
    writes="cluster",
    on_replica=True,
    errors=[NotFound, StillUsed],
)
def remove_licence(call: Call[None]) -> RemovedLicense:
    id = call.path["licenseId"]
    wiring.licences().remove(call.principal, id, call.query.force, call.now)
    return RemovedLicense(id)


@endpoint(
    "POST",
    "/api/v1/activations",
    body=OnlineActivationArgs,
    query=ActivationQuery,
    returns=bool,
    permission=ADMINISTER_LICENSES,
    writes="cluster",
    out_of_cluster=True,
    errors=[NotFound],
)
def activate_node(call: Call[OnlineActivationArgs]) -> bool:
    licences, asked = wiring.licences(), call.body
    texts = (asked.name.strip(), asked.email.strip(), asked.phone_number.strip())
    if not texts[0] or any(len(text) > LONGEST or not text.isprintable() for text in texts):
        raise Invalid(f"name is needed; name, email and phoneNumber have at most {LONGEST} signs.")
    licences.activate(call.principal, Activation(call.query.node or licences.me, call.now, *texts))
    return True


@endpoint(
    "GET",
    "/api/v1/license/validforconnectionmanager",
    returns=ValidLicenseModel,
)
def is_valid_for_connection_manager(call: Call[None]) -> ValidLicenseModel:
    licences = wiring.licences()
    return connection_manager(licences.standing(call.now), licences.me, call.now)


@endpoint(
    "POST",
    "/api/v1/nodes/enable-clustering",
    returns=ClusteringModel,
    permission=ADMINISTER,
    writes="cluster",
    out_of_cluster=True,
    errors=[Unlicensed],
)
def enable_clustering(call: Call[None]) -> ClusteringModel:
    wiring.clustering().enable(call.principal, call.now)
    return ClusteringModel(clustering_enabled=True)
