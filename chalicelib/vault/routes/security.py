"""What a secret asks of those who have the right to it; of checkout only how it is."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound, StillUsed, Throttled
from chalicelib.vault.approval import Asking
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import At, Found
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty

from . import state_answers as answers
from .patching import dirty
from .restriction_args import ApprovalArgs, SecurityArgs
from .state_models import (
    SecretDetailSecurityModel,
    SecretDetailSecurityViewModel,
    SecretSecurityUpdateResponse,
    SecretTermsModel,
)
from .visiting import AccessQuery, at, secret_rows, visit


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/security",
    query=AccessQuery,
    returns=SecretTermsModel,
    reads=secret_rows,
)
def terms(call: Call[None]) -> SecretTermsModel:
    """Ours: what the secret asks of those who may view it"""
    found = wiring.secret_finder().secret(visit(call), at(call), Deed.VIEW)
    return answers.whole_terms(found, wiring.settings().current().checkout_minutes)


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/security-general",
    query=AccessQuery,
    body=SecurityArgs,
    returns=SecretDetailSecurityViewModel,
    writes="vault",
    reads=secret_rows,
    errors=(NotFound, Conflict, StillUsed, Throttled),
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
    errors=(NotFound, Conflict, StillUsed, Throttled),
)
def set_general(call: Call[SecurityArgs]) -> SecretDetailSecurityModel:
    return answers.security(_set(call), wiring.settings().current().checkout_minutes)


@endpoint(
    "PUT",
    "/api/v3/secrets/{id}/security-approval",
    query=AccessQuery,
    body=ApprovalArgs,
    returns=SecretSecurityUpdateResponse,
    writes="vault",
    reads=secret_rows,
    errors=[NotFound],
)
def set_approval(call: Call[ApprovalArgs]) -> SecretSecurityUpdateResponse:
    patch = call.body.data
    flow = patch.workflow_template_id
    wanted = dirty(flow)
    workflow = max(wanted or 0, 0) if flow is not None and flow.dirty else None
    asking = _asking(patch.require_approval_type)
    found = wiring.access_requests().set_terms(
        visit(call), at(call), asking, dirty(patch.approvers), workflow
    )
    model = answers.security(found, wiring.settings().current().checkout_minutes)
    return SecretSecurityUpdateResponse(model)


def _asking(patch: Dirty[str | None] | None) -> Asking | None:
    """Who is to ask; null means nobody, and None leaves it."""
    if patch is None or not patch.dirty:
        return None
    name = (dirty(patch) or "None").strip().lower()
    for one in Asking:
        if one.value.lower() == name:
            return one
    raise Invalid(f"requireApprovalType must be one of {', '.join(Asking)}.")


def _set(call: Call[SecurityArgs]) -> Found:
    asker, where = visit(call), at(call)
    known = wiring.secret_finder().secret(asker, where, Deed.EDIT).secret
    lock = call.body.data.lock(known)
    found = wiring.vault_edits().change(asker, where, call.body.data.change(known))
    if lock == known.double_lock:
        return found
    return wiring.locking().put_under(replace(asker, rows={}), At(known.id), lock)
