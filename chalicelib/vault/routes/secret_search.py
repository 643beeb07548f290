"""Secrets found: search, lookup and totals, v1 and v2 alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from chalicelib import wiring
from chalicelib.vault.service import Found, Query
from chalicelib.vault.service.favourites import RECENT
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from . import summary_answers as answers
from .search_query import Scope, SearchQuery
from .secret_models import SecretLookup, SecretSummary
from .visiting import marks, visit

EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question among the secrets of its scope. seen: when its asker last saw which, if asked"""

    asker: Visit
    query: Query
    favourites: Collection[int]
    seen: Mapping[int, datetime]


@endpoint("GET", "/api/v1/secrets", query=SearchQuery, returns=Paged[SecretSummary], reads=marks)
def search(call: Call[None]) -> Paged[SecretSummary]:
    """Without what is ours: some clients refuse a record with a field that they do not know."""
    return _page(call, marked=False)


@endpoint("GET", "/api/v2/secrets", query=SearchQuery, returns=Paged[SecretSummary], reads=marks)
def search_v2(call: Call[None]) -> Paged[SecretSummary]:
    return _page(call, marked=True)


def _page(call: Call[None], *, marked: bool) -> Paged[SecretSummary]:
    """marked: whether favourites are told"""
    asked = _asked(call)
    favourites = asked.favourites if marked else None
    found = wiring.vault_search().search(asked.asker, asked.query, paged(call.query))
    columns = wiring.columns().of(asked.asker, found.records, call.query.columns())

    def shape(one: Found) -> SecretSummary:
        id = one.secret.id
        shown = columns.get(id, ())
        return answers.summary(one, call.now, favourites, asked.seen.get(id), shown)

    return paged_answer(found, shape)


@endpoint(
    "GET", "/api/v1/secrets/lookup", query=SearchQuery, returns=Paged[SecretLookup], reads=marks
)
def lookup(call: Call[None]) -> Paged[SecretLookup]:
    asked = _asked(call)
    found = wiring.vault_search().search(asked.asker, asked.query, paged(call.query))
    return paged_answer(found, answers.lookup)


@endpoint("GET", "/api/v1/secrets/search-total", query=SearchQuery, returns=int, reads=marks)
def total(call: Call[None]) -> int:
    asked = _asked(call)
    return wiring.vault_search().total(asked.asker, asked.query)


@endpoint("GET", "/api/v2/secrets/search-total", query=SearchQuery, returns=int, reads=marks)
def total_v2(call: Call[None]) -> int:
    return total(call)


def _asked(call: Call[None]) -> Asked:
    asker, asked = visit(call), call.query
    query, scope = asked.query(), asked.among()
    favourites, seen = wiring.favourites().of(asker), {}
    if scope is Scope.FAVORITES:
        query = query.among(favourites)
    if scope is Scope.RECENT:
        seen = _seen(asker, asked)
        query = query.among(seen, as_given=True)
    return Asked(asker, query, favourites, seen)


def _seen(asker: Visit, asked: SearchQuery) -> dict[int, datetime]:
    """The secrets whose values he saw last, and when; the last one first. One Query."""
    since, until = asked.recent_min_date_time or EVER, asked.recent_max_date_time or asker.now
    last = wiring.trail().last(asker.who.user_id, ("VIEW", "Secret"), since, until)
    return {int(id): at for id, at in islice(last.items(), RECENT)}
