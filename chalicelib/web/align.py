"""Decoded JSON brought to its declared type's spelling: keys, enums, dates, numbers as text.

Clients write `FolderID`, `folderid` and `folderId`; `desc` for `Desc`; dates without a zone; `"6"`
for 6, `"true"` for true, and 22 for `"22"`; null for nothing. What does not fit is left as it is,
and the conversion that follows says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

import msgspec

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .shapes import Dirty

Reader: TypeAlias = Callable[[Any], Any]

MAX_INTEGER = 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_DATE_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def aligned(value: object, kind: Any) -> object:
    """`value` in the spelling of the type `kind`."""
    return _reader(kind)(value)


@cache
def members(kind: Any) -> tuple[Any, ...]:
    """The types that a declared type allows: a union's members, or the type itself."""
    if get_origin(kind) is Annotated:
        return members(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return tuple(one for part in get_args(kind) for one in members(part))
    return (kind,)


@cache
def fields_of(kind: Any) -> dict[str, tuple[str, Any]]:
    """A struct's fields: lower-case key to the name as encoded and its type."""
    return {
        field.encode_name.lower(): (field.encode_name, field.type)
        for field in msgspec.structs.fields(kind)
    }


def is_struct(kind: Any) -> bool:
    base = get_origin(kind) or kind
    return isinstance(base, type) and issubclass(base, msgspec.Struct)


def is_list(kind: Any) -> bool:
    return (get_origin(kind) or kind) in (list, tuple, Sequence)


@cache
def _reader(kind: Any) -> Reader:
    allowed = members(kind)
    scalars = _SCALARS if sum(one in _SCALARS for one in allowed) == 1 else _EXACT
    if len(allowed) > 1:
        readers = [_plain_reader(one, scalars) for one in allowed]
        return lambda value: _first_change(readers, value)
    return _plain_reader(allowed[0], scalars)


def _plain_reader(kind: Any, scalars: Mapping[Any, Reader]) -> Reader:
    if is_struct(kind):
        return lambda value: _struct(value, kind)
    if is_list(kind):
        inner = (*get_args(kind), Any)[0]
        return lambda value: _list(value, inner)
    if (get_origin(kind) or kind) in (dict, Mapping):
        inner = (*get_args(kind), Any, Any)[1]
        return lambda value: _map(value, inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        spelling = {str(member.value).lower(): member.value for member in kind}
        return lambda value: spelling.get(str(value).lower(), value)
    return scalars.get(kind, _same)


def _first_change(readers: Sequence[Reader], value: Any) -> Any:
    for reader in readers:
        changed = reader(value)
        if changed is not value:
            return changed
    return value


def _struct(value: Any, kind: Any) -> Any:
    if (get_origin(kind) or kind) is Dirty:
        return _dirty(value, kind)
    if not isinstance(value, dict):
        return value
    spelled, optional = _spelled(value, kind), _never_null(kind)
    return {name: one for name, one in spelled.items() if one is not None or name not in optional}


def _spelled(value: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    known = fields_of(kind)
    found = [(known[key.lower()], inner) for key, inner in value.items() if key.lower() in known]
    return {name: aligned(inner, inner_kind) for (name, inner_kind), inner in found}


def _dirty(value: Any, kind: Any) -> Any:
    """A field of a PATCH body; a bare value is a dirty one."""
    if value is None:
        return value
    spelled = _spelled(value if isinstance(value, dict) else {"dirty": True, "value": value}, kind)
    if not spelled.get("dirty"):
        spelled.pop("value", None)  # a field that is not dirty may hold anything
    return spelled


@cache
def _never_null(kind: Any) -> frozenset[str]:
    """Fields with a default that allow no null: there null counts as absent."""
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if not field.required and not {Any, NoneType} & set(members(field.type))
    )


def _list(value: Any, inner: Any) -> Any:
    return [aligned(one, inner) for one in value] if isinstance(value, list) else value


def _map(value: Any, inner: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: aligned(one, inner) for key, one in value.items()}


def _date(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE_WITHOUT_ZONE.fullmatch(value):
        return value
    missing = {10: "T00:00:00", 16: ":00"}.get(len(value), "")
    return f"{value}{missing}Z"


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise Invalid("A number in the request is too large.")
    return value


def _integer(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else ""
    return _bounded(int(text) if _WHOLE.fullmatch(text) else value)


def _number(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else ""
    return float(text) if _DECIMAL.fullmatch(text) else value


def _boolean(value: Any) -> Any:
    known = type(value) in (str, int)
    return _TRUTHS.get(str(value).strip().lower(), value) if known else value


def _text(value: Any) -> Any:
    return str(_bounded(value)) if type(value) is int else value


def _same(value: Any) -> Any:
    return value


_EXACT: dict[Any, Reader] = {datetime: _date, int: _bounded}
"""Where several types are allowed, text stays text."""
_SCALARS: dict[Any, Reader] = {
    datetime: _date,
    int: _integer,
    float: _number,
    bool: _boolean,
    str: _text,
    Plain: _text,
}
