"""The whole audit trail: searched, and as a table to take along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from chalicelib import wiring
from chalicelib.core.audit import SYSTEM
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, File, Paged, PagedQuery, Struct, paged, paged_answer

from .search import Wanted, as_csv, span
from .trail import Line

VIEW = "View User Audit Report"
PATH = "/api/v1/security-audit-logs"
MOST_EXPORTED = 10_000
ALTERED = "This line was altered after it was written."
HEAD = ("date (UTC)", "user", "user id", "action", "kind", "id", "notes", "address", "through")


class SecurityAuditLogFilter(Struct):
    """The filter that is answered. All but the first two are ours."""

    is_exporting: bool
    search_text: str
    from_date: ApiDate
    to_date: ApiDate


class SecurityAuditLogQuery(PagedQuery):
    """Without dates: the last seven days."""

    is_exporting: bool = False
    search_text: str = ""
    from_date: ApiDate | None = None
    to_date: ApiDate | None = None
    user_id: int | None = None
    action: str = ""
    event_entity_type: str = ""
    item_id: str = ""

    def wanted(self, now: datetime) -> Wanted:
        since, until = span(self.from_date, self.to_date, now)
        return Wanted(
            since,
            until,
            self.search_text.strip(),
            self.action.strip(),
            self.event_entity_type.strip(),
            self.item_id.strip(),
            self.user_id,
        )


class SecurityAuditLogSummary(Struct):
    """The last two are ours: who, and what it was done with."""

    action: str
    by_user_display_name: str
    date_recorded: ApiDate
    date_recorded_display: str
    event_entity_type: str
    ip_address: str
    machine_name: str
    notes: str
    user_id: int
    item_id: str
    database_name: str = ""
    log_source_name: str = "Conclave"


@endpoint(
    "GET",
    PATH,
    query=SecurityAuditLogQuery,
    returns=Paged[SecurityAuditLogSummary],
    permission=VIEW,
)
def search(call: Call[None]) -> Paged[SecurityAuditLogSummary]:
    """What was done in the whole cluster, newest first."""
    asked: SecurityAuditLogQuery = call.query
    wanted = asked.wanted(call.now)
    found = wiring.trail().search(wanted, paged(asked))
    echo = SecurityAuditLogFilter(asked.is_exporting, asked.search_text, wanted.since, wanted.until)
    return paged_answer(found, _shown(found.records), echo)


@endpoint("GET", f"{PATH}/export", query=SecurityAuditLogQuery, returns=File, permission=VIEW)
def export(call: Call[None]) -> File:
    """The same as CSV: its newest 10,000 lines."""
    asked: SecurityAuditLogQuery = call.query
    found = list(islice(wiring.trail().found(asked.wanted(call.now)), MOST_EXPORTED))
    shape = _shown(found)
    rows = (_cells(shape(line)) for line in found)
    return File(f"audit-{call.now:%Y-%m-%d}.csv", as_csv(HEAD, rows))


def _cells(one: SecurityAuditLogSummary) -> tuple[str, ...]:
    return (
        one.date_recorded_display,
        one.by_user_display_name,
        str(one.user_id),
        one.action,
        one.event_entity_type,
        one.item_id,
        one.notes,
        one.ip_address,
        one.machine_name,
    )


def _shown(lines: Iterable[Line]) -> Callable[[Line], SecurityAuditLogSummary]:
    """How a line is shown, among those of its page."""
    known = wiring.users().named(sorted({line.record.actor for line in lines} - {SYSTEM}))
    names = {id: user.display_name for id, user in known.items()} | {SYSTEM: "System"}

    def shape(line: Line) -> SecurityAuditLogSummary:
        record = line.record
        return SecurityAuditLogSummary(
            action=record.action,
            by_user_display_name=names.get(record.actor, f"user {record.actor}"),
            date_recorded=record.at,
            date_recorded_display=f"{record.at:%Y-%m-%d %H:%M:%S}",
            event_entity_type=record.kind,
            ip_address=record.address,
            machine_name=record.through,
            notes=record.detail if line.is_genuine else ALTERED,
            user_id=record.actor,
            item_id=record.item,
        )

    return shape
