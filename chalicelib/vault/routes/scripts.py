"""Scripts that hooks run."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, paged, paged_answer

from . import script_models as models
from .visiting import visit

V1, V2 = "/api/v1/userscripts", "/api/v2/userscripts"
ADMINISTER, SEE = "Administer Scripts", "View Scripts"
CHANGES = (Conflict, Unavailable, NotFound)


@endpoint(
    "GET",
    V2,
    query=models.ScriptQuery,
    returns=Paged[models.ScriptSummaryModel],
    permission=SEE,
    or_permission=ADMINISTER,
)
def search(call: Call[None]) -> Paged[models.ScriptSummaryModel]:
    asked: models.ScriptQuery = call.query
    found = [one for one in wiring.scripts().all() if asked.takes(one)]
    return paged_answer(page(found, paged(asked)), models.summary)


@endpoint(
    "GET",
    V1,
    query=PagedQuery,
    returns=Paged[models.ScriptSummary],
    permission=SEE,
    or_permission=ADMINISTER,
)
def search_v1(call: Call[None]) -> Paged[models.ScriptSummary]:
    return paged_answer(page(wiring.scripts().all(), paged(call.query)), models.summary_v1)


@endpoint(
    "GET",
    f"{V2}/{{scriptId}}",
    returns=models.ScriptModelV2,
    permission=SEE,
    or_permission=ADMINISTER,
    errors=[NotFound],
)
def read(call: Call[None]) -> models.ScriptModelV2:
    return models.whole(wiring.scripts().get(call.id("scriptId")))


@endpoint(
    "GET",
    f"{V1}/{{id}}",
    returns=models.ScriptModel,
    permission=SEE,
    or_permission=ADMINISTER,
    errors=[NotFound],
)
def read_v1(call: Call[None]) -> models.ScriptModel:
    return models.whole_v1(wiring.scripts().get(call.id()))


@endpoint(
    "POST",
    V2,
    body=models.ScriptCreateArgsV2,
    returns=models.ScriptModelV2,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[models.ScriptCreateArgsV2]) -> models.ScriptModelV2:
    return models.whole(wiring.scripts().create(visit(call), call.body.data.draft))


@endpoint(
    "POST",
    V1,
    body=models.ScriptCreateArgs,
    returns=models.ScriptModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create_v1(call: Call[models.ScriptCreateArgs]) -> models.ScriptModel:
    return models.whole_v1(wiring.scripts().create(visit(call), call.body.draft))


@endpoint(
    "PATCH",
    f"{V1}/{{scriptId}}",
    body=models.ScriptUpdateArgs,
    returns=models.ScriptModelV2,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def change(call: Call[models.ScriptUpdateArgs]) -> models.ScriptModelV2:
    wanted = call.body.data.of
    return models.whole(wiring.scripts().change(visit(call), call.id("scriptId"), wanted))
