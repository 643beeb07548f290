"""What requests and answers are made of: camelCase structs, pages, dirty fields, dates, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.core.errors import Invalid
from chalicelib.core.paging import DEFAULT_TAKE, Page, Paging, Sort

T = TypeVar("T")
R = TypeVar("R")

ApiDate: TypeAlias = datetime
"""A moment; travels as `yyyy-MM-ddTHH:mm:ss.fffffff` in UTC without a zone. Aware in Python."""

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Where the contract allows no null: `0001-01-01T00:00:00`."""


class Struct(msgspec.Struct, rename="camel"):
    """One JSON object. Fields without a default come first and are required.

    camelCase outside; keys are read in any case; unknown keys are ignored. A field typed `Plain`
    takes a string and never prints it. A name that camelCase does not give: `msgspec.field(name=)`.
    """


class SortModel(Struct):
    """One sorting of a page, as answered."""

    direction: str
    name: str
    priority: int = 0


class SortArg(Struct):
    """`sortBy[n].…` of a query."""

    name: str = ""
    direction: str = "asc"
    priority: int | None = None


class PagedQuery(Struct):
    """Base of the query of a paged operation: a subclass adds the filters, without their prefix."""

    skip: int = 0
    take: int = DEFAULT_TAKE
    sort_by: tuple[SortArg, ...] = ()


class AuditQuery(PagedQuery):
    """Of lines of the trail that are the same whether they are read or taken along."""

    is_exporting: ReadOver | None = None


class Paged(Struct, Generic[T]):
    """`Paging<T>` of the contract. `filter` only where the contract echoes it."""

    skip: int
    take: int
    total: int
    page_count: int
    current_page: int
    batch_count: int
    prev_skip: int
    next_skip: int
    has_prev: bool
    has_next: bool
    records: Sequence[T]
    sort_by: Sequence[SortModel] = ()
    success: bool = True
    severity: str = "None"
    filter: Any | UnsetType = UNSET
    total_is_at_least: bool | UnsetType = UNSET


class Logic(Struct, Generic[T]):
    """The older result wrapper: clients read `model`."""

    model: T
    success: bool = True
    severity: str = "None"


class Dirty(Struct, Generic[T]):
    """One field of a PATCH body; it counts only when `dirty` is true. See `applied`."""

    dirty: bool = False
    value: T | UnsetType = UNSET


class View(Struct, Generic[T]):
    """A value as a form shows it."""

    value: T
    name: str = ""
    label: str = ""
    description: str = ""
    read_only: bool | None = None
    read_only_reason: str = ""
    hidden: bool | None = None
    hide_on_view: bool | None = None
    is_required: bool | None = None
    has_history: bool | None = None
    max_length: int | None = None
    sort_order: int | None = None
    placeholder: str = ""
    field_input_type: str | None = None
    help_link: str = ""
    help_link_text: str = ""
    additional_links: Sequence[ViewFieldLink] = ()


class ViewFieldLink(Struct):
    """A link beside a form's field."""

    is_external: bool
    link_text: str
    url: str


class DeletedModel(Struct):
    """What DELETE answers."""

    id: int
    object_type: str
    response_codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class File:
    """The answer of an operation that returns a file, sent as octet-stream."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


class Upload:
    """A file that came with a request; a body struct receives it as `file: Upload | None`.

    From a multipart form's part of that name, or from JSON as a list of bytes or as base64.
    """

    __slots__ = ("content", "name")

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def __repr__(self) -> str:
        return f"Upload({len(self.content)} bytes)"


class NotYet:
    """The type of what clients may send and this release cannot do: Invalid once it is asked for.

    null, false, "", what is empty, numbers up to 0, and what is not dirty ask for nothing. In a
    query, where everything is text, the same said as text.
    """

    __slots__ = ()


class ReadOver:
    """The type of what clients send along and nothing follows from: facts that the server knows
    better, and hints. Whatever it is, it is not kept.
    """

    __slots__ = ()


def applied(patch: Dirty[T] | None, current: T) -> T:
    """The value after a PATCH: the new one if its field is dirty, else the current one."""
    if patch is None or not patch.dirty:
        return current
    if isinstance(patch.value, UnsetType):
        raise Invalid("a dirty field has no value")
    return patch.value


def paged(query: PagedQuery) -> Paging:
    """The paging that a query asks for."""
    if query.skip < 0 or query.take < 0:
        raise Invalid("skip and take must not be negative")
    sort = tuple(
        Sort(
            name=one.name,
            descending=one.direction.lower().startswith("desc"),
            priority=index if one.priority is None else one.priority,
        )
        for index, one in enumerate(query.sort_by)
        if one.name
    )
    return Paging(query.skip, query.take, sort)


def paged_answer(page: Page[T], shape: Callable[[T], R], echo: Struct | None = None) -> Paged[R]:
    """A page as the contract shapes it; `shape` makes each record, `echo` is the filter applied."""
    asked, total = page.paging, page.total
    take = max(asked.take, 1)
    has_next = asked.skip + len(page.records) < total and len(page.records) > 0
    return Paged(
        skip=asked.skip,
        take=asked.take,
        total=total,
        page_count=-(-total // take),
        current_page=asked.skip // take + 1,
        batch_count=len(page.records),
        prev_skip=max(asked.skip - asked.take, 0),
        next_skip=asked.skip + len(page.records) if has_next else asked.skip,
        has_prev=asked.skip > 0,
        has_next=has_next,
        records=[shape(record) for record in page.records],
        sort_by=[
            SortModel("Desc" if one.descending else "Asc", one.name, one.priority)
            for one in asked.sort
        ],
        filter=UNSET if echo is None else echo,
        total_is_at_least=UNSET if page.is_exact else True,
    )
