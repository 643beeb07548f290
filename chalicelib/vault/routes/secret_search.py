"""Secrets found: search, lookup and totals, v1 and v2 alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from chalicelib import wiring
from chalicelib.vault.service import Found, Query
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from . import secret_answers as answers
from .search_query import Scope, SearchQuery
from .secret_models import SecretLookup, SecretSummary
from .visiting import visit

R = TypeVar("R")


def _asked(call: Call[None]) -> Query:
    """The question, among the secrets of its scope."""
    asked: SearchQuery = call.query
    query = asked.query()
    return query if asked.among() is Scope.ALL else replace(query, nothing=True)


def _page(call: Call[None], shape: Callable[[Found], R]) -> Paged[R]:
    found = wiring.vault_search().search(visit(call), _asked(call), paged(call.query))
    return paged_answer(found, shape)


@endpoint("GET", "/api/v1/secrets", query=SearchQuery, returns=Paged[SecretSummary])
def search(call: Call[None]) -> Paged[SecretSummary]:
    return _page(call, lambda found: answers.summary(found, call.now))


@endpoint("GET", "/api/v2/secrets", query=SearchQuery, returns=Paged[SecretSummary])
def search_v2(call: Call[None]) -> Paged[SecretSummary]:
    return _page(call, lambda found: answers.summary(found, call.now))


@endpoint("GET", "/api/v1/secrets/lookup", query=SearchQuery, returns=Paged[SecretLookup])
def lookup(call: Call[None]) -> Paged[SecretLookup]:
    return _page(call, answers.lookup)


@endpoint("GET", "/api/v1/secrets/search-total", query=SearchQuery, returns=int)
def total(call: Call[None]) -> int:
    return wiring.vault_search().total(visit(call), _asked(call))


@endpoint("GET", "/api/v2/secrets/search-total", query=SearchQuery, returns=int)
def total_v2(call: Call[None]) -> int:
    return total(call)
