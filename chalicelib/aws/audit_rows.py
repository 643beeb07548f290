"""The audit table's rows: put once, never changed, each with a MAC; spread by day and shard."""

from __future__ import annotations

import json

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import stamp

from . import table
from .connection import connection
from .keyring import Keyring

SHARDS = 4


class AuditRow(Model):
    """One line. index1 finds it by what it is about, index2 by who did it."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    i1pk = UnicodeAttribute()
    i1sk = UnicodeAttribute()
    i2pk = UnicodeAttribute()
    i2sk = UnicodeAttribute()
    actor = NumberAttribute()
    action = UnicodeAttribute()
    item_kind = UnicodeAttribute()
    item = UnicodeAttribute()
    at = UnicodeAttribute()
    detail = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    through = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    mac = UnicodeAttribute()

    @classmethod
    def _get_connection(cls) -> TableConnection:
        name = connection().audit_table
        if cls._connection is None or cls.Meta.table_name != name:
            cls.Meta.table_name = name
            cls._connection = table.shared(name)
        return cls._connection


def audit_row(record: AuditRecord, id: str, keyring: Keyring, place: int = 0) -> AuditRow:
    """The row of one record; its MAC covers every attribute that a reader is shown, and its key.

    place: among those written together, so that a trail tells them in their order
    """
    at = stamp(record.at)
    pk, sk = f"audit#{at[:10]}#{int(id[:4], 16) % SHARDS}", f"{at}#{place:02d}#{id}"
    return AuditRow(
        pk,
        sk,
        i1pk=about(record),
        i1sk=listed(record, sk),
        i2pk=f"actor#{record.actor}",
        i2sk=done(record, sk),
        actor=record.actor,
        action=record.action,
        item_kind=record.kind,
        item=record.item,
        at=at,
        detail=record.detail or None,
        address=record.address or None,
        through=record.through or None,
        cause=record.cause or None,
        mac=keyring.mac("audit", covered(record, pk, sk)),
    )


def about(record: AuditRecord) -> str:
    """Where index1 finds a record: not covered by the MAC, so readers compare it."""
    return f"{record.kind}#{record.item}"


def listed(record: AuditRecord, sk: str) -> str:
    """Its place in index1: by time, and what was done, so that lines are chosen without a read."""
    return f"{sk}#{record.action}"


def done(record: AuditRecord, sk: str) -> str:
    """Its place in index2: by time, what was done and with what."""
    return f"{sk}#{record.action}#{about(record)}"


def is_listed_right(record: AuditRecord, sk: str, i1pk: str, i1sk: str) -> bool:
    """Whether index1 finds it where it belongs. Lines of earlier versions lie by time only."""
    return i1pk == about(record) and i1sk in (sk, listed(record, sk))


def covered(record: AuditRecord, pk: str, sk: str) -> bytes:
    """What a row's MAC is made over."""
    parts = (
        pk,
        sk,
        str(record.actor),
        record.action,
        record.kind,
        record.item,
        stamp(record.at),
        record.detail,
        record.address,
        record.through,
        record.cause,
    )
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()


def reset() -> None:
    """Forget the connection: for tests."""
    AuditRow._connection = None
    AuditRow.Meta.table_name = ""
