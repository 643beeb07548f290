"""The logs of Diagnostics: finished runs of jobs, as pages and as text."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.jobs.log import Entry
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Paged, PagedQuery, Struct, paged, paged_answer

VIEW, ADMINISTER = "View System Log", "Administer System Log"
LINES = 100
HEARTBEATS = ("heartbeat", "local-heartbeat")
CHANGES = ("expired-secret-password-change", "local-password-change")


class TextQuery(PagedQuery):
    """Ours: the contract's answer is not paged. `take` is at most 200."""

    take: int = LINES


class SystemLogQuery(PagedQuery):
    """`take` is at most 200; a filter looks through the newest 200 entries."""

    log_level: str = ""
    search_term: str = ""


class SystemLogSummaryModel(Struct):
    """One finished run. `correlationId` names its tick in the whole cluster."""

    correlation_id: str
    date_recorded: ApiDate
    log_level: str
    log_message: str
    machine_name: str


@endpoint(
    "GET",
    "/api/v2/diagnostics/system-logs",
    query=SystemLogQuery,
    returns=Paged[SystemLogSummaryModel],
    permission=VIEW,
    or_permission=ADMINISTER,
    errors=[Invalid],
)
def list_system_log(call: Call[None]) -> Paged[SystemLogSummaryModel]:
    """What jobs did in the whole cluster, newest first."""
    asked: SystemLogQuery = call.query
    found = wiring.job_log().page(paged(asked), asked.log_level.strip(), asked.search_term.strip())
    return paged_answer(found, _shown)


@endpoint(
    "GET",
    "/api/v1/diagnostics/general-logs",
    query=TextQuery,
    returns=str,
    permission=VIEW,
    or_permission=ADMINISTER,
    errors=[Invalid],
)
def read_general_log(call: Call[None]) -> str:
    """The same as text, a line a run."""
    return _text(wiring.job_log().page(paged(call.query)).records)


@endpoint(
    "GET",
    "/api/v1/diagnostics/heartbeat-logs",
    query=TextQuery,
    returns=str,
    permission=VIEW,
    or_permission=ADMINISTER,
    errors=[Invalid],
)
def read_heartbeat_log(call: Call[None]) -> str:
    """What the jobs did that offer heartbeats. How each went: the state of its secret."""
    return _text(wiring.job_log().of(HEARTBEATS, paged(call.query)))


@endpoint(
    "GET",
    "/api/v1/diagnostics/rpc-logs",
    query=TextQuery,
    returns=str,
    permission=VIEW,
    or_permission=ADMINISTER,
    errors=[Invalid],
)
def read_rpc_log(call: Call[None]) -> str:
    """What the jobs did that offer password changes. How each went: the trail of its secret."""
    return _text(wiring.job_log().of(CHANGES, paged(call.query)))


def _text(found: Sequence[Entry]) -> str:
    return "\n".join(one.line for one in found)


def _shown(one: Entry) -> SystemLogSummaryModel:
    return SystemLogSummaryModel(
        correlation_id=one.id,
        date_recorded=one.run.finished_at,
        log_level=one.level,
        log_message=one.message,
        machine_name=one.run.node,
    )
