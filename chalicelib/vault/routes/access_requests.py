"""Asking for access to a secret, and being let in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.vault.access_request import EXPIRED, Answer, Status
from chalicelib.vault.comment import said
from chalicelib.vault.grants import Deed
from chalicelib.vault.service import At
from chalicelib.vault.service.requests import Asked
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, paged, paged_answer

from . import access_answers as answers
from . import access_models as models
from .secret_args import Commented
from .visiting import at, secret_rows, visit

BASE = "/api/v1/secret-access-requests"


@endpoint("GET", BASE, query=models.RequestQuery, returns=Paged[models.SecretAccessModel])
def find(call: Call[None]) -> Paged[models.SecretAccessModel]:
    """What waits for the caller or was decided by him; with `isMyRequest`, what he asked for."""
    asked: models.RequestQuery = call.query
    service, asker = wiring.access_requests(), visit(call)
    found = service.mine(asker) if asked.is_my_request else service.to_review(asker)
    wanted = asked.status.strip().lower()
    if wanted and wanted not in (EXPIRED.lower(), *(one.value.lower() for one in Status)):
        raise Invalid("filter.status must be Pending, Approved, Denied, Canceled or Expired.")
    shown = [one for one in found if wanted in ("", one.request.shown(call.now).lower())]
    return _paged(call, shown, asked)


@endpoint(
    "POST",
    BASE,
    body=models.SecretAccessCreateArgs,
    returns=models.SecretAccessModel,
    writes="vault",
    when_view_only=True,
    errors=[NotFound, Conflict],
)
def ask(call: Call[models.SecretAccessCreateArgs]) -> models.SecretAccessModel:
    body = call.body
    comment = said(body.request_comment or "", body.ticket_number or "", body.ticket_system_id or 0)
    asker = replace(visit(call), comment=comment)
    made = wiring.access_requests().ask(
        asker, At(max(body.secret_id, 0)), body.start_date, body.expiration_date
    )
    return answers.access(made, call.now)


@endpoint(
    "PUT",
    BASE,
    body=models.SecretAccessUpdateArgs,
    returns=models.SecretAccessActionResultModel,
    writes="vault",
    when_view_only=True,
    errors=[NotFound, Conflict],
)
def answer(call: Call[models.SecretAccessUpdateArgs]) -> models.SecretAccessActionResultModel:
    body = call.body
    told = said(body.response_comment or "").text
    wanted = Answer(_status(body.status), told, body.start_date, body.expiration_date)
    done = wiring.access_requests().answer(visit(call), body.secret_access_request_id, wanted)
    return answers.result(done, call.now)


@endpoint(
    "POST",
    f"{BASE}/approvals/{{id}}",
    body=models.SecretAccessApprovalArgs,
    returns=models.SecretAccessApprovalResponseModel,
    writes="vault",
    when_view_only=True,
    errors=[Conflict],
)
def approve(
    call: Call[models.SecretAccessApprovalArgs],
) -> models.SecretAccessApprovalResponseModel:
    """The same for one request, from now on for so many hours."""
    hours = call.body.hours
    if hours is not None and not 1 <= hours <= 366 * 24:
        raise Invalid("hours must be 1 to 8784.")
    until = call.now + timedelta(hours=hours) if hours else None
    wanted = Answer(_status(call.body.status), until=until)
    done = wiring.access_requests().answer(visit(call), call.id(), wanted)
    message = answers.MESSAGES[done.request.shown(call.now)]
    return models.SecretAccessApprovalResponseModel(message, success=True)


@endpoint(
    "GET",
    f"{BASE}/secrets/{{id}}",
    query=PagedQuery,
    returns=Paged[models.SecretAccessModel],
    reads=secret_rows,
)
def of_secret(call: Call[None]) -> Paged[models.SecretAccessModel]:
    found = wiring.access_requests().of_secret(visit(call), at(call))
    return _paged(call, found, call.query)


@endpoint(
    "GET",
    f"{BASE}/secrets/{{id}}/options",
    returns=models.SecretAccessOptionsModel,
    reads=secret_rows,
)
def options(call: Call[None]) -> models.SecretAccessOptionsModel:
    found = wiring.secret_finder().secret(visit(call), at(call), Deed.LIST)
    return answers.options(found.secret)


@endpoint(
    "POST",
    f"{BASE}/secrets/{{id}}/view-comment",
    body=Commented,
    returns=bool,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
    errors=[Conflict],
)
def comment(call: Call[Commented]) -> bool:
    wiring.comments().say(visit(call), at(call))
    return True


@endpoint("GET", f"{BASE}/{{id}}", returns=models.SecretAccessModel)
def read(call: Call[None]) -> models.SecretAccessModel:
    return answers.access(_request(call), call.now)


@endpoint(
    "GET",
    f"{BASE}/{{id}}/history",
    query=PagedQuery,
    returns=Paged[models.SecretAccessRequestHistoryModel],
)
def history(call: Call[None]) -> Paged[models.SecretAccessRequestHistoryModel]:
    events = _request(call).request.events
    return paged_answer(page(events, paged(call.query)), answers.event)


@endpoint("GET", f"{BASE}/{{id}}/pending", returns=models.SecretAccessPendingRequestModel)
def pending(call: Call[None]) -> models.SecretAccessPendingRequestModel:
    asked = _request(call)
    approvers = wiring.access_requests().approvers(asked.request)
    return answers.pending(asked, approvers, call.now)


def _request(call: Call[None]) -> Asked:
    return wiring.access_requests().get(visit(call), call.id())


def _paged(
    call: Call[None], found: Sequence[Asked], asked: PagedQuery
) -> Paged[models.SecretAccessModel]:
    return paged_answer(page(found, paged(asked)), lambda one: answers.access(one, call.now))


def _status(name: str) -> Status:
    for one in (Status.APPROVED, Status.DENIED, Status.CANCELED):
        if one.value.lower() == name.strip().lower():
            return one
    raise Invalid("status must be Approved, Denied or Canceled.")
