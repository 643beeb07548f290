"""Values of fields, as they lie in the rows of secrets and of their history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.vault.attachment import FileFacts
from chalicelib.vault.secret import FieldValue

from .rows import HistoryRow, ValueMap, history_key


def value_of(one: ValueMap) -> FieldValue:
    sealed, at = one.sealed or b"", parse_stamp(one.at)
    return FieldValue(one.slug, int(one.version), at, sealed, _file_of(one), int(one.lock or 0))


def value_map(value: FieldValue) -> ValueMap:
    return ValueMap(  # type: ignore[no-untyped-call]
        slug=value.key,
        version=value.version,
        at=stamp(value.at),
        sealed=value.sealed or None,
        lock=value.lock or None,
        **_file_attributes(value.file),
    )


def former_of(row: HistoryRow) -> tuple[FieldValue, datetime]:
    """A former value, and until when it was in force."""
    version, at = int(row.value_version), parse_stamp(row.at)
    value = FieldValue(row.slug, version, at, row.sealed, _file_of(row), int(row.lock or 0))
    return value, parse_stamp(row.until)


def history_row(id: int, former: FieldValue, until: datetime) -> HistoryRow:
    return HistoryRow(
        *history_key(id, former.key, former.version),
        slug=former.key,
        value_version=former.version,
        at=stamp(former.at),
        until=stamp(until),
        sealed=former.sealed,
        lock=former.lock or None,
        **_file_attributes(former.file),
    )


def _file_of(row: ValueMap | HistoryRow) -> FileFacts | None:
    """What is known of a value that is a file."""
    if not row.file_name:
        return None
    return FileFacts(row.file_name, int(row.file_size), row.file_object or "")


def _file_attributes(file: FileFacts | None) -> dict[str, Any]:
    """The same, as attributes of the value's row; none for a text."""
    if file is None:
        return {}
    return {"file_name": file.name, "file_size": file.size, "file_object": file.object or None}
