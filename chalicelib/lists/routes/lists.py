"""Lists: for who may see them, and who administers them."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UnsetType

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.lists.categorized import ValueList
from chalicelib.lists.service import Change
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Dirty, Paged, paged, paged_answer

from .asking import ADMINISTER, CHANGES, LISTS, ONE, VIEW, WHOLE, by, named
from .models import (
    CategorizedListDeleteModel,
    CategorizedListModel,
    CategorizedListSummary,
    CategorizedListUpdateArgs,
    CategorizedListUpdateModel,
    ListsQuery,
    SimpleCategorizedList,
)

T = TypeVar("T")


@endpoint("GET", LISTS, query=ListsQuery, returns=Paged[CategorizedListSummary], permission=VIEW)
def search(call: Call[None]) -> Paged[CategorizedListSummary]:
    asked: ListsQuery = call.query
    text = asked.search_text.strip().casefold()
    found = [
        one
        for one in wiring.lists().all()
        if (asked.include_active if one.is_active else asked.include_inactive)
        and text in one.name.casefold()
    ]
    return paged_answer(page(found, paged(asked), _property), _summary)


@endpoint("GET", f"{LISTS}/summary", returns=Paged[SimpleCategorizedList], permission=VIEW)
def summaries(call: Call[None]) -> Paged[SimpleCategorizedList]:
    found = [one for one in wiring.lists().all() if one.is_active]
    return paged_answer(page(found, WHOLE), lambda one: SimpleCategorizedList(one.id, one.name))


@endpoint(
    "POST",
    LISTS,
    body=CategorizedListUpdateArgs,
    returns=CategorizedListModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[CategorizedListUpdateArgs]) -> CategorizedListModel:
    return _model(wiring.lists().create(by(call), _change(call.body.data)))


@endpoint("GET", ONE, returns=CategorizedListModel, permission=VIEW, errors=[NotFound])
def read(call: Call[None]) -> CategorizedListModel:
    return _model(wiring.lists().get(named(call)))


@endpoint(
    "PUT",
    ONE,
    body=CategorizedListUpdateArgs,
    returns=CategorizedListModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def update(call: Call[CategorizedListUpdateArgs]) -> CategorizedListModel:
    return _model(wiring.lists().change(by(call), named(call), _change(call.body.data)))


@endpoint(
    "DELETE",
    ONE,
    returns=CategorizedListDeleteModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def delete(call: Call[None]) -> CategorizedListDeleteModel:
    return CategorizedListDeleteModel(wiring.lists().delete(by(call), named(call)).id)


def _change(data: CategorizedListUpdateModel) -> Change:
    return Change(_dirty(data.name), _dirty(data.description), _dirty(data.active))


def _dirty(given: Dirty[T] | None) -> T | None:
    """What a field is to be; None leaves it."""
    if given is None or not given.dirty:
        return None
    if isinstance(given.value, UnsetType):
        raise Invalid("a dirty field has no value")
    return given.value


def _property(one: ValueList, name: str) -> object:
    known = {"name": one.name, "description": one.description, "numoptions": one.size}
    return (known | {"active": one.is_active}).get(name.lower())


def _summary(one: ValueList) -> CategorizedListSummary:
    return CategorizedListSummary(one.is_active, one.id, one.description, one.name, one.size)


def _model(one: ValueList) -> CategorizedListModel:
    return CategorizedListModel(one.is_active, one.id, one.description, one.name)
