"""What a secret asks of those who have the right to it, but for checkout."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import Found
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from . import state_answers as answers
from .secret_args import SecurityArgs
from .state_models import SecretDetailSecurityModel, SecretDetailSecurityViewModel
from .visiting import AccessQuery, at, secret_rows, visit


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/security-general",
    query=AccessQuery,
    body=SecurityArgs,
    returns=SecretDetailSecurityViewModel,
    writes="vault",
    reads=secret_rows,
)
def set_general_v1(call: Call[SecurityArgs]) -> SecretDetailSecurityViewModel:
    return answers.security_view(_set(call), wiring.settings().current().checkout_minutes)


@endpoint(
    "PATCH",
    "/api/v2/secrets/{id}/security-general",
    query=AccessQuery,
    body=SecurityArgs,
    returns=SecretDetailSecurityModel,
    writes="vault",
    reads=secret_rows,
)
def set_general(call: Call[SecurityArgs]) -> SecretDetailSecurityModel:
    return answers.security(_set(call), wiring.settings().current().checkout_minutes)


def _set(call: Call[SecurityArgs]) -> Found:
    asker, where = visit(call), at(call)
    known = wiring.secret_finder().secret(asker, where, Deed.EDIT).secret
    return wiring.vault_edits().change(asker, where, call.body.data.change(known))
