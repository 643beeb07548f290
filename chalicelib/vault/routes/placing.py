"""Where a secret's values may go: privileged account, machines, host keys."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.vault.change import Change
from chalicelib.vault.grants import Deed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from . import secret_answers as answers
from .secret_models import PlacementModel
from .settings_args import MachinesArgs, PinsArgs, PrivilegedArgs
from .visiting import AccessQuery, at, secret_rows, visit


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/placement",
    query=AccessQuery,
    returns=PlacementModel,
    reads=secret_rows,
)
def placement(call: Call[None]) -> PlacementModel:
    """Ours: where the secret's values may go, and the host keys that count."""
    found = wiring.secret_finder().secret(visit(call), at(call), Deed.VIEW)
    return answers.placement(found)


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/privileged-account",
    body=PrivilegedArgs,
    returns=PlacementModel,
    writes="vault",
    reads=secret_rows,
)
def put_privileged(call: Call[PrivilegedArgs]) -> PlacementModel:
    wanted = max(call.body.privileged_account_secret_id or 0, 0)
    return _placed(call, Change(privileged_id=wanted))


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/allowed-machines",
    body=MachinesArgs,
    returns=PlacementModel,
    writes="vault",
    reads=secret_rows,
)
def put_machines(call: Call[MachinesArgs]) -> PlacementModel:
    return _placed(call, Change(allowed_machines=tuple(call.body.machines)))


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/host-pins",
    body=PinsArgs,
    returns=PlacementModel,
    writes="vault",
    reads=secret_rows,
)
def put_pins(call: Call[PinsArgs]) -> PlacementModel:
    return _placed(call, Change(pins=tuple(call.body.pins)))


def _placed(
    call: Call[PrivilegedArgs] | Call[MachinesArgs] | Call[PinsArgs], change: Change
) -> PlacementModel:
    return answers.placement(wiring.vault_edits().change(visit(call), at(call), change))
