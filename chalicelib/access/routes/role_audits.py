"""What was done with roles."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.audit.trail import Line
from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Paging, page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Paged, PagedQuery, ReadOver, Struct, paged, paged_answer

PERMISSIONS = "UPDATE_PERMISSIONS"
TYPES = ("all", "permission", "role")
NEWEST = Paging(take=1000)


class RoleAuditQuery(PagedQuery):
    is_exporting: ReadOver | None = None
    audit_type: str = "All"


class RoleAuditSummary(Struct):
    """`id` is the role's. What it was given or lost stands in `notes`."""

    id: int
    action: str
    audit_type: str
    date_recorded: ApiDate
    machine_name: str
    notes: str
    user_name: str
    database_name: str = ""


@endpoint(
    "GET",
    "/api/v1/role-audits",
    query=RoleAuditQuery,
    returns=Paged[RoleAuditSummary],
    permission="View Roles",
)
def list_role_audits(call: Call[None]) -> Paged[RoleAuditSummary]:
    """Newest first, of the newest 1,000. A Query for each role, and one for each line."""
    asked = call.query.audit_type.strip().lower() or "all"
    if asked not in TYPES:
        raise Invalid("auditType is All, Permission or Role.")
    roles = sorted(one.id for one in wiring.roles().every() if not one.is_system)
    lines = wiring.trail().of_all("Role", roles, NEWEST).records
    found = page([one for one in lines if asked in ("all", _type(one).lower())], paged(call.query))
    known = wiring.users().named(sorted({line.record.actor for line in found.records} - {SYSTEM}))
    names = {id: user.user_name for id, user in known.items()} | {SYSTEM: "System"}
    return paged_answer(found, lambda line: _summary(line, names.get(line.record.actor, "")))


def _type(line: Line) -> str:
    return "Permission" if line.record.action == PERMISSIONS else "Role"


def _summary(line: Line, user_name: str) -> RoleAuditSummary:
    record = line.record
    return RoleAuditSummary(
        id=int(record.item),
        action=record.action,
        audit_type=_type(line),
        date_recorded=record.at,
        machine_name=record.through,
        notes=record.detail,
        user_name=user_name,
    )
