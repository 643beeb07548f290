"""Setting a new cluster up: its first administrator."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.access.user_change import NewUser
from chalicelib.core.errors import AccessDenied, StillUsed, Throttled
from chalicelib.core.plain import Plain
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct


class SetupArgs(Struct):
    """The one-time code that the deployment printed, and who the first administrator is."""

    code: Plain
    user_name: str
    password: Plain
    display_name: str = ""
    email_address: str = ""


class SetupModel(Struct):
    needed: bool


class FirstAdministratorModel(Struct):
    id: int
    user_name: str


@endpoint("GET", "/api/v1/setup", returns=SetupModel, anonymous=True, out_of_cluster=True)
def get_setup(call: Call[None]) -> SetupModel:
    return SetupModel(wiring.first_administrator().is_needed())


@endpoint(
    "POST",
    "/api/v1/setup",
    body=SetupArgs,
    returns=FirstAdministratorModel,
    anonymous=True,
    writes="cluster",
    out_of_cluster=True,
    errors=(AccessDenied, StillUsed, Throttled),
)
def set_up(call: Call[SetupArgs]) -> FirstAdministratorModel:
    args = call.body
    new = NewUser(args.user_name, args.display_name, args.password, args.email_address)
    person = wiring.first_administrator().first(args.code, new, call.address, call.now)
    return FirstAdministratorModel(person.user.id, person.user.user_name)
