"""What was done with a user, and from where he came in."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib import wiring
from chalicelib.access.user import User
from chalicelib.audit.trail import Line
from chalicelib.core.audit import SYSTEM
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


class UserAuditSummary(Struct):
    action: str
    date_recorded: ApiDate
    display_name: str
    display_name_affected: str
    ip_address: str
    machine_name: str
    notes: str
    user_id: int
    user_id_affected: int
    database_name: str = ""


@endpoint(
    "GET",
    "/api/v1/users/{userId}/audit",
    query=AuditQuery,
    returns=Paged[UserAuditSummary],
    permission="View User Audit Report",
)
def list_user_audit(call: Call[None]) -> Paged[UserAuditSummary]:
    user = wiring.users().get(call.id("userId")).user
    page = wiring.trail().of("User", user.id, paged(call.query))
    actors = wiring.users().named([line.record.actor for line in page.records])
    return paged_answer(page, lambda line: _summary(line, user, actors))


def _summary(line: Line, user: User, actors: Mapping[int, User]) -> UserAuditSummary:
    record = line.record
    actor = actors.get(record.actor)
    system = "System" if record.actor == SYSTEM else ""
    return UserAuditSummary(
        action=record.action,
        date_recorded=record.at,
        display_name=actor.display_name if actor else system,
        display_name_affected=user.display_name,
        ip_address=record.address,
        machine_name=record.through,
        notes=record.detail,
        user_id=record.actor,
        user_id_affected=user.id,
    )
