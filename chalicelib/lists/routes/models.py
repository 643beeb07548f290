"""What requests and answers about lists are made of."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.lists.service import KIND
from chalicelib.web.shapes import Dirty, PagedQuery, Struct, View


class ListsQuery(PagedQuery):
    include_active: bool = True
    include_inactive: bool = False
    search_text: str = ""


class OptionsQuery(PagedQuery):
    """With `nullCategoryIsUncategorized` no category means those that have none."""

    category: str = ""
    null_category_is_uncategorized: bool = False


class CategorizedListSummary(Struct):
    active: bool
    categorized_list_id: str
    description: str
    name: str
    num_options: int


class CategorizedListModel(Struct):
    active: bool
    categorized_list_id: str
    description: str
    name: str


class SimpleCategorizedList(Struct):
    categorized_list_id: str
    name: str


class CategorizedListUpdateModel(Struct):
    active: Dirty[bool] | None = None
    description: Dirty[str] | None = None
    name: Dirty[str] | None = None


class CategorizedListUpdateArgs(Struct):
    """Also `CategorizedListCreateArgs` of the contract."""

    data: CategorizedListUpdateModel


class CategorizedListDeleteModel(Struct):
    id: str
    object_type: str = KIND
    response_codes: Sequence[str] = ()


class CategorizedListItemModel(Struct):
    categorized_list_id: str
    categorized_list_item_id: str
    category: str
    value: str


class CategorizedListItemViewModel(Struct):
    categorized_list_id: str
    categorized_list_item_id: str
    category: View[str]
    value: View[str]


class CategorizedListItemCreateModel(Struct):
    category: Dirty[str] | None = None
    value: Dirty[str] | None = None


class CategorizedListItemCreateArgs(Struct):
    data: Sequence[CategorizedListItemCreateModel]


class CategorizedListItemDeleteModel(Struct):
    is_deleted: bool
