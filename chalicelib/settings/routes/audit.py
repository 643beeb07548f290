"""Who changed the configuration."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.audit import SYSTEM
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Paged, PagedQuery, Struct, paged, paged_answer

from .permissions import VIEW


class AuditQuery(PagedQuery):
    is_exporting: bool = False


class ConfigurationAuditItem(Struct):
    """`ipAddress` is ours."""

    action: str
    date: ApiDate
    display_name: str
    notes: str
    ip_address: str


@endpoint(
    "GET",
    "/api/v1/configuration/audit",
    query=AuditQuery,
    returns=Paged[ConfigurationAuditItem],
    permission=VIEW,
)
def list_audit(call: Call[None]) -> Paged[ConfigurationAuditItem]:
    found = wiring.trail().of("Configuration", "settings", paged(call.query))
    known = wiring.users().named([line.record.actor for line in found.records])
    names = {id: user.display_name for id, user in known.items()} | {SYSTEM: "System"}
    return paged_answer(
        found,
        lambda line: ConfigurationAuditItem(
            line.record.action,
            line.record.at,
            names.get(line.record.actor, ""),
            line.record.detail,
            line.record.address,
        ),
    )
