"""Erase requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.paging import page
from chalicelib.vault.access_request import Event
from chalicelib.vault.comment import said
from chalicelib.vault.erasure import APPROVE, DECISIONS, EraseRequest, EraseStatus
from chalicelib.vault.service.erasing import Named
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Paged, PagedQuery, Struct, paged, paged_answer

from .access_models import SecretAccessRequestHistoryModel
from .visiting import visit

BASE = "/api/v1/secret-erase-requests"
AT_ONCE = timedelta(seconds=10)
"""How long a request may wait for the erasing; the rest is done in the background."""


class EraseArgs(Struct):
    """The contract names the operation only; eraseAfter: not before then."""

    secret_ids: Sequence[int]
    request_comment: str = ""
    erase_after: ApiDate | None = None


class EraseAnswerArgs(Struct):
    secret_erase_request_id: int
    status: str
    response_comment: str = ""


class EraseQuery(PagedQuery):
    status: str = ""


class EraseModel(Struct):
    """backupsHoldItUntil is null before it is erased, and where backups are kept for ever."""

    secret_erase_request_id: int
    secret_ids: Sequence[int]
    requesting_user_id: int
    request_username: str
    request_comment: str
    request_date: ApiDate
    erase_after: ApiDate
    status: str
    erased_secret_ids: Sequence[int]
    failures: Sequence[str]
    backups_hold_it_until: ApiDate | None


class EraseSecretsQuery(PagedQuery, kw_only=True):
    secret_erase_request_id: int


class EraseSecretModel(Struct):
    """secretName is null for one that is gone, or that the caller may not list. status: that of the
    request, Erased, or Failed."""

    secret_id: int
    secret_name: str | None
    status: str
    error_message: str | None


class RunModel(Struct):
    found: int
    finished: int


@endpoint(
    "POST", BASE, body=EraseArgs, returns=EraseModel, writes="vault", errors=(NotFound, StillUsed)
)
def ask(call: Call[EraseArgs]) -> EraseModel:
    """Ask for secrets to be erased for good"""
    args = call.body
    made = wiring.erasing().ask(
        visit(call), args.secret_ids, args.request_comment, args.erase_after
    )
    return _model(made)


@endpoint(
    "PUT",
    BASE,
    body=EraseAnswerArgs,
    returns=EraseModel,
    writes="vault",
    errors=(NotFound, AccessDenied, Conflict),
)
def answer(call: Call[EraseAnswerArgs]) -> EraseModel:
    """Approve, deny or cancel one; what is approved is erased, the rest of it in the background"""
    args, service = call.body, wiring.erasing()
    status, told = _decision(args.status), said(args.response_comment).text
    decided = service.answer(visit(call), args.secret_erase_request_id, status, told)
    if decided.status is not EraseStatus.APPROVED:
        return _model(decided)
    try:
        return _model(service.carry_out(decided.id, call.now, wiring.clock()() + AT_ONCE))
    except Conflict:  # one of them was changed just now: the background goes on
        return _model(decided)


@endpoint("GET", f"{BASE}/inbox", query=PagedQuery, returns=Paged[EraseModel])
def inbox(call: Call[None]) -> Paged[EraseModel]:
    """What waits for a decision of the caller"""
    waiting = wiring.erasing().waiting(visit(call))
    return paged_answer(page(waiting, paged(call.query)), _model)


@endpoint("GET", f"{BASE}/search", query=EraseQuery, returns=Paged[EraseModel])
def search(call: Call[None]) -> Paged[EraseModel]:
    """One's own; all, for who may approve"""
    asked: EraseQuery = call.query
    wanted = asked.status.strip().lower()
    found = [one for one in wiring.erasing().all(visit(call)) if wanted in ("", one.status.lower())]
    return paged_answer(page(found, paged(asked)), _model)


@endpoint(
    "GET",
    f"{BASE}/secrets",
    query=EraseSecretsQuery,
    returns=Paged[EraseSecretModel],
    errors=[NotFound],
)
def secrets(call: Call[None]) -> Paged[EraseSecretModel]:
    """The secrets of one request"""
    asked: EraseSecretsQuery = call.query
    found = wiring.erasing().named(visit(call), asked.secret_erase_request_id)
    return paged_answer(page(found, paged(asked)), _secret)


@endpoint("GET", f"{BASE}/run-now", returns=RunModel, permission=APPROVE)
def run_now(call: Call[None]) -> RunModel:
    """Go on with what is approved, without waiting for the next minute; where nothing may be
    written, nothing is"""
    tally = wiring.erasing().carry_out_due(call.now, wiring.clock()() + AT_ONCE)
    return RunModel(tally.found, tally.done)


@endpoint("GET", f"{BASE}/{{id}}", returns=EraseModel, errors=[NotFound])
def read(call: Call[None]) -> EraseModel:
    return _model(wiring.erasing().get(visit(call), call.id()))


@endpoint(
    "GET",
    f"{BASE}/{{id}}/history",
    query=PagedQuery,
    returns=Paged[SecretAccessRequestHistoryModel],
    errors=[NotFound],
)
def history(call: Call[None]) -> Paged[SecretAccessRequestHistoryModel]:
    events = wiring.erasing().get(visit(call), call.id()).events
    return paged_answer(page(events, paged(call.query)), _event)


def _secret(one: Named) -> EraseSecretModel:
    return EraseSecretModel(one.id, one.name or None, one.status, one.why or None)


def _event(one: Event) -> SecretAccessRequestHistoryModel:
    return SecretAccessRequestHistoryModel(one.action, one.at, one.details, one.name)


def _decision(name: str) -> EraseStatus:
    for one in DECISIONS:
        if one.value.lower() == name.strip().lower():
            return one
    raise Invalid("status must be Approved, Denied or Canceled.")


def _model(one: EraseRequest) -> EraseModel:
    return EraseModel(
        one.id,
        one.secrets,
        one.user_id,
        one.user_name,
        one.comment,
        one.asked_at,
        one.since,
        one.status.value,
        one.done,
        [f"{id}: {why}" for id, why in one.failed.items()],
        one.gone_from_backups,
    )
