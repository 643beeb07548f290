"""Messages as rows: a partition for each user, gone some time after they are over."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.table import DataRow, Key, fetch, partition
from chalicelib.core.clock import parse_stamp, stamp

from .message import Kind, Message, Note


class MessageRow(DataRow, discriminator="inbox-message"):
    id = NumberAttribute()
    message_kind = NumberAttribute()
    details = UnicodeAttribute()
    facts = JSONAttribute()
    at = UnicodeAttribute()
    is_read = BooleanAttribute()


def message_key(user_id: int, id: int) -> Key:
    return (f"inbox#{user_id}", f"message#{id:010d}")


class MessageStore:
    """Reads are consistent."""

    def of(self, user_id: int) -> list[Message]:
        rows = partition(MessageRow, message_key(user_id, 0)[0], begins="message#")
        return [_message_of(user_id, row) for row in rows]

    def fetch(self, user_id: int, id: int) -> Message | None:
        row = fetch(MessageRow, *message_key(user_id, id))
        return _message_of(user_id, row) if row else None

    def put(self, message: Message) -> Write:
        row = MessageRow(
            *message_key(message.user_id, message.id),
            id=message.id,
            message_kind=message.note.kind.value,
            details=message.note.details,
            facts=dict(message.note.facts),
            at=stamp(message.at),
            is_read=message.is_read,
            ttl=int(message.expires_at.timestamp()),
        )
        return Put(row, MessageRow.pk.does_not_exist())

    def mark(self, message: Message, *, is_read: bool) -> Write:
        row = MessageRow(*message_key(message.user_id, message.id))
        return Update(row, [MessageRow.is_read.set(is_read)], MessageRow.pk.exists())


def _message_of(user_id: int, row: MessageRow) -> Message:
    note = Note(Kind(int(row.message_kind)), row.details, row.facts)
    return Message(int(row.id), user_id, note, parse_stamp(row.at), row.is_read)
