"""Unlimited administration, under the name that clients know."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty, Struct, applied

from .permissions import ADMINISTER_UNLIMITED, VIEW_UNLIMITED

PATH = "/api/v1/configuration/unlimited-admin"


class UnlimitedAdminModel(Struct):
    enabled: bool


class UnlimitedAdminUpdate(Struct):
    """`notes` say why it is switched on; to switch it off takes none."""

    enabled: Dirty[bool] | None = None
    notes: Dirty[str] | None = None


class UnlimitedAdminArgs(Struct):
    data: UnlimitedAdminUpdate


@endpoint("GET", PATH, returns=UnlimitedAdminModel, permission=VIEW_UNLIMITED)
def read_unlimited(call: Call[None]) -> UnlimitedAdminModel:
    return UnlimitedAdminModel(wiring.unlimited().is_on(call.now))


@endpoint(
    "PATCH",
    PATH,
    body=UnlimitedAdminArgs,
    returns=bool,
    permission=ADMINISTER_UNLIMITED,
    writes="cluster",
    errors=[Conflict],
)
def switch_unlimited(call: Call[UnlimitedAdminArgs]) -> bool:
    """Whether it is on now: false while a second person has to switch it on."""
    service, data = wiring.unlimited(), call.body.data
    call.principal.require_in_person()
    if data.enabled is None or not data.enabled.dirty:
        return service.is_on(call.now)
    return service.switch(
        call.principal, applied(data.enabled, False), applied(data.notes, ""), call.now
    )
