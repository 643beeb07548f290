"""One's own sessions: who is signed in as me, and end it."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.access.session import Session
from chalicelib.core.errors import AccessDenied, NotFound, OtherRegion
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    ApiDate,
    AuditQuery,
    Paged,
    Struct,
    paged,
    paged_answer,
)

from .user_models import SuccessModel

PATH = "/api/v1/users/sessions"


class SessionSummaryModel(Struct):
    browser: str
    current: bool
    ip_address: str
    login_date: ApiDate
    user_session_id: int


class TerminateArgs(Struct):
    """Which session ends; none given: all but the one in use."""

    user_session_id: int | None = None


@endpoint("GET", PATH, query=AuditQuery, returns=Paged[SessionSummaryModel])
def list_sessions(call: Call[None]) -> Paged[SessionSummaryModel]:
    found = wiring.sessions().own(call.principal, paged(call.query), call.now)

    def shown(session: Session) -> SessionSummaryModel:
        current = session.id == call.principal.session_id
        begun = session.started_at
        return SessionSummaryModel(session.agent, current, session.address, begun, session.number)

    return paged_answer(found, shown)


@endpoint(
    "POST",
    f"{PATH}/terminate",
    body=TerminateArgs,
    returns=SuccessModel,
    writes="session",
    errors=(AccessDenied, NotFound, OtherRegion),
)
def terminate_sessions(call: Call[TerminateArgs]) -> SuccessModel:
    number = call.body.user_session_id
    if number is None:
        wiring.sessions().end_others(call.principal, call.now)
    else:
        wiring.sessions().end(call.principal, number, call.now)
    return SuccessModel()
