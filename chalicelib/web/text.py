"""Queries and forms to structs: every value is text, keys come in any case and with prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .align import fields_of, is_list, members
from .decode import convert
from .shapes import Upload

MAX_SORTS = 16
_PREFIX = re.compile(r"^(paging\.)?(filter\.)?", re.IGNORECASE)
_INDEX = re.compile(r"\[\d*\](?:\.\w+)?$")
_SORT = re.compile(r"(?:paging\.)?sortby\[([0-9]{1,9})\]\.(\w+)", re.IGNORECASE)


def decode_query(pairs: Mapping[str, Sequence[str]], kind: Any) -> Any:
    """A query as the struct `kind`. Raises Invalid naming the property."""
    plain = [(_PREFIX.sub("", key), list(values)) for key, values in pairs.items()]
    found: dict[str, Any] = dict(_known(plain, kind))
    if "sortby" in fields_of(kind):
        found["sortBy"] = list(_sorts(pairs))
    return convert(found, kind, strict=False)


def decode_fields(pairs: Mapping[str, Sequence[str | Upload]], kind: Any) -> Any:
    """A form's fields as the struct `kind`. Raises Invalid naming the property."""
    plain = [(key, list(values)) for key, values in pairs.items()]
    return convert(dict(_known(plain, kind)), kind, strict=False)


def _known(
    pairs: Sequence[tuple[str, list[Any]]], kind: Any
) -> Iterator[tuple[str, str | Upload | list[str]]]:
    """The pairs that the struct knows: all values of a list, the last of anything else."""
    known = fields_of(kind)
    for key, values in _merged(pairs).items():
        if key not in known or not values:
            continue
        name, field_kind = known[key]
        if any(map(is_list, members(field_kind))):
            yield name, [value for value in values if value != ""]
        elif values[-1] != "" or _takes_empty(field_kind):
            yield name, values[-1]


def _merged(pairs: Sequence[tuple[str, list[Any]]]) -> dict[str, list[Any]]:
    merged: dict[str, list[Any]] = {}
    for key, values in pairs:
        merged.setdefault(_INDEX.sub("", key).lower(), []).extend(values)
    return merged


def _takes_empty(kind: Any) -> bool:
    """Whether an empty text is a value of its own; for numbers and the like it means absent."""
    return any(one in (str, Plain, Any) for one in members(kind))


def _sorts(pairs: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    sorts: dict[int, dict[str, str]] = {}
    for key, values in pairs.items():
        match = _SORT.fullmatch(key)
        if match and values and values[-1]:
            sorts.setdefault(int(match.group(1)), {})[match.group(2).lower()] = values[-1]
    if len(sorts) > MAX_SORTS:
        raise Invalid(f"A page is sorted by at most {MAX_SORTS} properties.")
    for index in sorted(sorts):
        yield sorts[index]
