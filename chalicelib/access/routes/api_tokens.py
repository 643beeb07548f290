"""API tokens for applications: make one, see them, revoke one."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.access.api_token import USUAL_DAYS, NewToken
from chalicelib.access.session import Session
from chalicelib.core.errors import AccessDenied, StillUsed
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    ApiDate,
    DeletedModel,
    Paged,
    PagedQuery,
    Struct,
    View,
    paged,
    paged_answer,
)

PATH = "/api/v1/api-token"


class GenerateQuery(Struct):
    """All of it is ours; nothing given: a month, with all rights of its user."""

    name: str = "API token"
    days: int = USUAL_DAYS
    scope: Sequence[str] = ()


class ApiTokenViewModel(Struct):
    generated_token: View[str]


class ApiTokenModel(Struct):
    """Never the token itself. scope: empty for all rights of its user."""

    id: int
    name: str
    created: ApiDate
    expires: ApiDate
    scope: Sequence[str]


@endpoint(
    "GET",
    f"{PATH}/generate-token",
    query=GenerateQuery,
    returns=ApiTokenViewModel,
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def generate_token(call: Call[None]) -> ApiTokenViewModel:
    """A GET that makes something, as the contract has it: each call makes another token."""
    asked: GenerateQuery = call.query
    new = NewToken(asked.name, asked.days, frozenset(asked.scope))
    token = wiring.sessions().generate(call.principal, new, call.now)
    return ApiTokenViewModel(View(token.reveal(), "generatedToken", "API token", read_only=True))


@endpoint("GET", PATH, query=PagedQuery, returns=Paged[ApiTokenModel])
def list_tokens(call: Call[None]) -> Paged[ApiTokenModel]:
    found = wiring.sessions().tokens(call.principal, paged(call.query), call.now)
    return paged_answer(found, _shown)


@endpoint("DELETE", f"{PATH}/{{id}}", returns=DeletedModel, writes="cluster")
def revoke_token(call: Call[None]) -> DeletedModel:
    wiring.sessions().revoke(call.principal, call.id(), call.now)
    return DeletedModel(call.id(), "ApiToken")


def _shown(one: Session) -> ApiTokenModel:
    return ApiTokenModel(one.number, one.name, one.started_at, one.expires_at, sorted(one.scope))
