"""Checking secrets out and in, and what they ask for it."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict, MaintenanceMode
from chalicelib.vault.change import Change
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import Found
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from . import state_answers as answers
from .restriction_args import CheckoutArgs, ExtensionArgs
from .secret_args import RestrictedArgs
from .secret_models import SecretSummary
from .state_models import (
    SecretCheckOutExtensionResponseModel,
    SecretDetailSecurityViewModel,
    SecretResponseCodeModel,
    SecretSecurityUpdateResponse,
)
from .summary_answers import summary
from .visiting import AccessQuery, at, secret_rows, visit


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/check-out",
    query=AccessQuery,
    returns=SecretResponseCodeModel,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
    errors=[Conflict, MaintenanceMode],
)
def check_out(call: Call[None]) -> SecretResponseCodeModel:
    wiring.checkouts().check_out(visit(call), at(call))
    return SecretResponseCodeModel()


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/check-in",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=SecretSummary,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
    errors=[Conflict, MaintenanceMode],
)
def check_in(call: Call[RestrictedArgs]) -> SecretSummary:
    force = call.body.force_check_in or call.query.force_check_in
    found = wiring.checkouts().check_in(visit(call), at(call), force=force)
    return summary(found, call.now)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/extend-check-out",
    query=AccessQuery,
    body=ExtensionArgs,
    returns=SecretCheckOutExtensionResponseModel,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
    errors=[Conflict, MaintenanceMode],
)
def extend(call: Call[ExtensionArgs]) -> SecretCheckOutExtensionResponseModel:
    asked = call.body.data
    known = wiring.checkouts().extend(visit(call), at(call), asked.minutes_to_add, asked.notes)
    return SecretCheckOutExtensionResponseModel(known.until)


@endpoint(
    "PATCH",
    "/api/v3/secrets/{id}/security-checkout",
    query=AccessQuery,
    body=CheckoutArgs,
    returns=SecretSecurityUpdateResponse,
    writes="vault",
    reads=secret_rows,
)
def set_terms(call: Call[CheckoutArgs]) -> SecretSecurityUpdateResponse:
    model = answers.security(_set(call), wiring.settings().current().checkout_minutes)
    return SecretSecurityUpdateResponse(model)


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/security-checkout",
    query=AccessQuery,
    body=CheckoutArgs,
    returns=SecretDetailSecurityViewModel,
    writes="vault",
    reads=secret_rows,
)
def set_terms_v1(call: Call[CheckoutArgs]) -> SecretDetailSecurityViewModel:
    return answers.security_view(_set(call), wiring.settings().current().checkout_minutes)


def _set(call: Call[CheckoutArgs]) -> Found:
    asker, where = visit(call), at(call)
    known = wiring.secret_finder().secret(asker, where, Deed.EDIT).secret.checkout
    return wiring.vault_edits().change(asker, where, Change(checkout=call.body.data.terms(known)))
