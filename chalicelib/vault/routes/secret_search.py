"""Secrets found: search, lookup and totals, v1 and v2 alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib import wiring
from chalicelib.vault.service import Found, Query
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from . import summary_answers as answers
from .search_query import Scope, SearchQuery
from .secret_models import SecretLookup, SecretSummary
from .visiting import marks, visit

R = TypeVar("R")


@endpoint("GET", "/api/v1/secrets", query=SearchQuery, returns=Paged[SecretSummary], reads=marks)
def search(call: Call[None]) -> Paged[SecretSummary]:
    asker = visit(call)
    favourites = wiring.favourites().of(asker)
    return _page(call, asker, lambda found: answers.summary(found, call.now, favourites))


@endpoint("GET", "/api/v2/secrets", query=SearchQuery, returns=Paged[SecretSummary], reads=marks)
def search_v2(call: Call[None]) -> Paged[SecretSummary]:
    return search(call)


@endpoint(
    "GET", "/api/v1/secrets/lookup", query=SearchQuery, returns=Paged[SecretLookup], reads=marks
)
def lookup(call: Call[None]) -> Paged[SecretLookup]:
    return _page(call, visit(call), answers.lookup)


@endpoint("GET", "/api/v1/secrets/search-total", query=SearchQuery, returns=int, reads=marks)
def total(call: Call[None]) -> int:
    asker = visit(call)
    return wiring.vault_search().total(asker, _asked(call, asker))


@endpoint("GET", "/api/v2/secrets/search-total", query=SearchQuery, returns=int, reads=marks)
def total_v2(call: Call[None]) -> int:
    return total(call)


def _page(call: Call[None], asker: Visit, shape: Callable[[Found], R]) -> Paged[R]:
    found = wiring.vault_search().search(asker, _asked(call, asker), paged(call.query))
    return paged_answer(found, shape)


def _asked(call: Call[None], asker: Visit) -> Query:
    """The question, among the secrets of its scope."""
    asked: SearchQuery = call.query
    query, scope = asked.query(), asked.among()
    if scope is Scope.FAVORITES:
        return query.among(wiring.favourites().of(asker))
    return query if scope is Scope.ALL else query.among(())
