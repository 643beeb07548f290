"""The values of a list, and their categories."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import page
from chalicelib.lists.categorized import (
    MAX_CATEGORY,
    MAX_VALUE,
    MOST_OPTIONS,
    Option,
    categories,
    chosen,
)
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, View, applied, paged, paged_answer

from .asking import ADMINISTER, CHANGES, LISTS, ONE, VIEW, WHOLE, by, named
from .models import (
    CategorizedListDeleteModel,
    CategorizedListItemCreateArgs,
    CategorizedListItemDeleteModel,
    CategorizedListItemModel,
    CategorizedListItemViewModel,
    OptionsQuery,
)


@endpoint("GET", f"{ONE}/categories", returns=Paged[str], permission=VIEW, errors=[NotFound])
def read_categories(call: Call[None]) -> Paged[str]:
    found = categories(wiring.lists().options(named(call)))
    return paged_answer(page(found, WHOLE), str)


@endpoint(
    "GET",
    f"{ONE}/options",
    query=OptionsQuery,
    returns=Paged[CategorizedListItemModel],
    permission=VIEW,
    errors=[NotFound],
)
def options(call: Call[None]) -> Paged[CategorizedListItemModel]:
    asked: OptionsQuery = call.query
    one = wiring.lists().get(named(call))
    is_any = not asked.category and not asked.null_category_is_uncategorized
    found = chosen(wiring.lists().options(one.id), None if is_any else asked.category)
    return paged_answer(
        page(found, paged(asked), _option_property),
        lambda each: CategorizedListItemModel(one.id, each.id, each.category, each.value),
    )


@endpoint(
    "POST",
    f"{ONE}/options",
    body=CategorizedListItemCreateArgs,
    returns=Paged[CategorizedListItemViewModel],
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def add(call: Call[CategorizedListItemCreateArgs]) -> Paged[CategorizedListItemViewModel]:
    return _added(call, "")


@endpoint(
    "POST",
    f"{ONE}/options/{{category}}",
    body=CategorizedListItemCreateArgs,
    returns=Paged[CategorizedListItemViewModel],
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def add_to_category(
    call: Call[CategorizedListItemCreateArgs],
) -> Paged[CategorizedListItemViewModel]:
    return _added(call, call.path["category"])


@endpoint(
    "DELETE",
    f"{ONE}/options",
    returns=CategorizedListDeleteModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def clear(call: Call[None]) -> CategorizedListDeleteModel:
    return CategorizedListDeleteModel(wiring.lists().clear(by(call), named(call)).id)


@endpoint(
    "DELETE",
    f"{LISTS}/{{listId}}/options/{{optionId}}",
    returns=CategorizedListItemDeleteModel,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def remove(call: Call[None]) -> CategorizedListItemDeleteModel:
    wiring.lists().remove(by(call), call.path["listId"], call.path["optionId"])
    return CategorizedListItemDeleteModel(True)


def _added(
    call: Call[CategorizedListItemCreateArgs], category: str
) -> Paged[CategorizedListItemViewModel]:
    """The values sent, as they now stand in the list. A category of the path counts for all."""
    id = wiring.lists().get(named(call)).id
    sent = [
        (applied(one.value, ""), category or applied(one.category, ""))
        for one in call.body.data[: MOST_OPTIONS + 1]
    ]
    found = wiring.lists().add(by(call), id, sent)
    return paged_answer(page(found, WHOLE), lambda each: _view(id, each))


def _option_property(one: Option, name: str) -> object:
    return {"value": one.value, "category": one.category}.get(name.lower())


def _view(list_id: str, one: Option) -> CategorizedListItemViewModel:
    return CategorizedListItemViewModel(
        list_id,
        one.id,
        View(one.category, "category", "Category", max_length=MAX_CATEGORY),
        View(one.value, "value", "Value", is_required=True, max_length=MAX_VALUE),
    )
