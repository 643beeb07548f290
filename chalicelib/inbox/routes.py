"""The inbox of whoever asks: nobody sees another's."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, NotYet, Paged, PagedQuery, Struct, paged, paged_answer

from .message import Kind, Message
from .service import Wanted

MOST_MARKED = 1_000
READ = {"": None, "all": None, "read": True, "unread": False}


class TypesQuery(Struct):
    include_current_user_message_counts: bool = False


class MessagesQuery(PagedQuery):
    """What cannot be asked for: filters by a message's data."""

    message_type_id: int | None = None
    message_type_ids: tuple[int, ...] = ()
    read_status_filter: str = ""
    start_date: ApiDate | None = None
    end_date: ApiDate | None = None
    message_data_filters: NotYet | None = None


class InboxMessageTypeSummary(Struct):
    inbox_message_type_id: int
    inbox_message_type_name: str
    notification_count: int | None = None


class InboxMessageData(Struct):
    display_value: str
    inbox_data_id: int
    inbox_data_name: str
    value_string: str
    value_int: int | None = None
    value_bool: bool | None = None
    value_date_time: ApiDate | None = None


class InboxMessageSummary(Struct):
    message_id: int
    inbox_message_type_id: int
    inbox_message_type_name: str
    details: str
    message_created_date: ApiDate
    expiration_date: ApiDate
    is_read: bool
    data: Sequence[InboxMessageData]
    recipients: Sequence[str]


class InboxMessageSetMessageReadStatusModel(Struct):
    message_ids: Sequence[int]
    read: bool


class InboxMessageSetMessageReadStatusArgs(Struct):
    data: InboxMessageSetMessageReadStatusModel


@endpoint(
    "GET",
    "/api/v1/inbox/message-types",
    query=TypesQuery,
    returns=Sequence[InboxMessageTypeSummary],
)
def message_types(call: Call[None]) -> Sequence[InboxMessageTypeSummary]:
    counts: dict[Kind, int] = {}
    if call.query.include_current_user_message_counts:
        counts = wiring.inbox().unread(call.principal.user_id, call.now)
    return [InboxMessageTypeSummary(one.value, one.label, counts.get(one)) for one in Kind]


@endpoint(
    "GET",
    "/api/v1/inbox/message/{messageId}",
    returns=InboxMessageSummary,
    errors=[NotFound],
)
def message(call: Call[None]) -> InboxMessageSummary:
    found = wiring.inbox().get(call.principal.user_id, call.id("messageId"), call.now)
    return _summary(found, call.principal.name)


@endpoint(
    "GET",
    "/api/v1/inbox/messages",
    query=MessagesQuery,
    returns=Paged[InboxMessageSummary],
)
def messages(call: Call[None]) -> Paged[InboxMessageSummary]:
    found = wiring.inbox().find(call.principal.user_id, _wanted(call.query), call.now)
    name = call.principal.name
    return paged_answer(page(found, paged(call.query)), lambda one: _summary(one, name))


def _wanted(asked: MessagesQuery) -> Wanted:
    kinds = {*asked.message_type_ids, *([asked.message_type_id] if asked.message_type_id else [])}
    named = asked.read_status_filter.strip().lower()
    if named not in READ:
        raise Invalid("filter.readStatusFilter must be All, Read or Unread.")
    return Wanted(kinds, READ[named], asked.start_date, asked.end_date)


@endpoint(
    "POST",
    "/api/v1/inbox/update-read",
    body=InboxMessageSetMessageReadStatusArgs,
    returns=bool,
    writes="cluster",
    errors=[Conflict],
)
def update_read(call: Call[InboxMessageSetMessageReadStatusArgs]) -> bool:
    asked = call.body.data
    if len(asked.message_ids) > MOST_MARKED:
        raise Invalid(f"One request marks at most {MOST_MARKED} messages.")
    wiring.inbox().mark(call.principal.user_id, asked.message_ids, is_read=asked.read, now=call.now)
    return True


def _summary(one: Message, recipient: str) -> InboxMessageSummary:
    return InboxMessageSummary(
        message_id=one.id,
        inbox_message_type_id=one.note.kind.value,
        inbox_message_type_name=one.note.kind.label,
        details=one.note.details,
        message_created_date=one.at,
        expiration_date=one.expires_at,
        is_read=one.is_read,
        data=[
            InboxMessageData(
                str(value), place, name, str(value), value if isinstance(value, int) else None
            )
            for place, (name, value) in enumerate(sorted(one.note.facts.items()), start=1)
        ],
        recipients=[recipient],
    )
