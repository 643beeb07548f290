"""Who changed the configuration."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.audit.trail import Line
from chalicelib.core.audit import SYSTEM
from chalicelib.core.paging import Page, Paging, page
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

from .permissions import VIEW

LOOKED_AT = 200


class SearchedAudit(AuditQuery):
    """A search looks through the newest 200 changes."""

    search_term: str = ""


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
    query=SearchedAudit,
    returns=Paged[ConfigurationAuditItem],
    permission=VIEW,
)
def list_audit(call: Call[None]) -> Paged[ConfigurationAuditItem]:
    found = _found(paged(call.query), call.query.search_term.strip().casefold())
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


def _found(asked: Paging, term: str) -> Page[Line]:
    """A page of the changes, or of those that say the term."""
    if not term:
        return wiring.trail().of("Configuration", "settings", asked)
    newest = wiring.trail().of("Configuration", "settings", Paging(0, LOOKED_AT, asked.sort))
    said = [one for one in newest.records if term in one.record.detail.casefold()]
    found = page(said, replace(asked, sort=()))
    return replace(found, paging=asked, is_exact=newest.total <= LOOKED_AT)
