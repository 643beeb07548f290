"""Answers against the interface contract: its notation read, each answer compared with it.

Complaints name the property and the types, never a value. Extra keys are fine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract_notation import Kind, parse

CONTRACT = Path(__file__).parents[2] / "shared" / "reference" / "api-contract.yaml"

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract; `returns` is None where it only has a name there."""

    name: str
    group: str
    returns: Kind | None
    tier: int = 0
    body: Kind | None = None
    query: tuple[str, ...] = ()
    """The names of its parameters, without the prefixes of filters; `sortBy` for a paged one's."""

    @property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self.name)


@dataclass(frozen=True)
class Contract:
    """The whole contract."""

    operations: tuple[Operation, ...]
    schemas: Mapping[str, Kind]

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request meets; one without variables before one with."""
        near = self._of_length.get(_length(path), ())
        found = [one for one in near if one.pattern.fullmatch(f"{method} {path}")]
        return min(found, key=lambda one: one.name.count("{"), default=None)

    @cached_property
    def _of_length(self) -> dict[int, list[Operation]]:
        """Operations by the number of their segments: a request meets none of another."""
        found: dict[int, list[Operation]] = {}
        for one in self.operations:
            found.setdefault(_length(one.name), []).append(one)
        return found


@cache
def contract() -> Contract | None:
    """The contract, None where this checkout has none beside it. In CI it must be there."""
    if not CONTRACT.exists():
        if os.environ.get("CI") == "true":
            raise FileNotFoundError(f"the interface contract is missing: {CONTRACT}")
        return None
    text = yaml.load(CONTRACT.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    schemas = {name: _schema(row) for name, row in text["schemas"].items()}
    return Contract(tuple(_operations(text)), schemas)


def needed_contract() -> Contract:
    """The contract for a test that cannot do without; where it is absent, that test is skipped."""
    found = contract()
    if found is None:
        pytest.skip(f"the interface contract is not beside this checkout: {CONTRACT.name}")
    return found


def _length(path: str) -> int:
    return path.rstrip("/").count("/")


@cache
def _pattern(operation: str) -> re.Pattern[str]:
    """What requests of an operation look like. The contract has more than `re` itself keeps."""
    method, _, path = operation.partition(" ")
    shape = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
    return re.compile(f"{method} {shape}/?", re.IGNORECASE)


def check_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with an answer; nothing for operations that are ours alone, except in errors.

    `path` is relative to the product's root; `body` is decoded JSON, or bytes for a file.
    """
    held = contract()
    if held is None:
        return []
    operation = held.find(method, path)
    wanted = _wanted(operation, status)
    if wanted is None or (isinstance(body, bytes) and _may_be_a_file(operation, status)):
        return []
    where = operation.name if operation else f"{method} {path}"
    return [f"{where} answered {status}: {one}" for one in complaints(wanted, body, "$", held)]


def is_ours(method: str, path: str) -> bool:
    """Whether the contract does not know the operation."""
    held = contract()
    return held is not None and held.find(method, path) is None


def _may_be_a_file(operation: Operation | None, status: int) -> bool:
    """Whether it answers a text or a file, as the field is; the schema names the text only."""
    is_field = operation is not None and operation.name.endswith("/fields/{slug}")
    return is_field and status == 200


def _wanted(operation: Operation | None, status: int) -> Kind | None:
    if status == 200:
        return operation.returns if operation else None
    if 300 <= status < 400:
        return None
    if status < 300:
        return parse("nothing but status 200")
    is_token = operation is not None and operation.name == "POST /oauth2/token"
    if is_token and status == 400:
        return parse("OAuthError")
    if status in (401, 403):
        return parse("AuthenticationFailedResponse")
    return parse("InternalServerErrorResponse" if status == 500 else "BadRequestResponse")


def complaints(kind: Kind, value: Any, where: str, held: Contract) -> Iterator[str]:
    """What is wrong with a value of that kind, each with the place of the property."""
    if value is None:
        if not kind.nullable and kind.name != "any":
            yield f"{where} must not be null"
        return
    match kind.name:
        case "{}":
            yield from _object(kind, value, where, held)
        case "list" | "map":
            yield from _many(kind, value, where, held)
        case "enum":
            yield from _one_of(kind, value, where)
        case name if name in held.schemas:
            yield from complaints(held.schemas[name], value, where, held)
        case name if name in _WRAPPERS:
            wrapper = parse(_WRAPPERS[name], {"T": kind.args[0]})
            yield from _object(wrapper, value, where, held)
        case name:
            yield from _scalar(name, value, where)


def _one_of(kind: Kind, value: Any, where: str) -> Iterator[str]:
    if value not in kind.values:
        yield f"{where} is none of the enum's values"


def _scalar(name: str, value: Any, where: str) -> Iterator[str]:
    if not _SCALARS.get(name, _never)(value):
        yield f"{where} must be {name}, not {type(value).__name__}"


def _object(kind: Kind, value: Any, where: str, held: Contract) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} must be an object, not {type(value).__name__}"
        return
    for name, inner in kind.fields.items():
        if name in value:
            yield from complaints(inner, value[name], f"{where}.{name}", held)
        elif inner.required:
            yield f"{where}.{name} is missing"


def _many(kind: Kind, value: Any, where: str, held: Contract) -> Iterator[str]:
    wanted = list if kind.name == "list" else dict
    if not isinstance(value, wanted):
        yield f"{where} must be a {kind.name}, not {type(value).__name__}"
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for place, one in items:
        yield from complaints(kind.args[0], one, f"{where}[{place}]", held)


def _whole(bits: int) -> Callable[[Any], bool]:
    limit = 2 ** (bits - 1)
    return lambda value: type(value) is int and -limit <= value < limit


def _never(_value: Any) -> bool:
    return False


_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "int": _whole(32),
    "long": _whole(64),
    "num": lambda value: type(value) in (int, float),
    "bool": lambda value: type(value) is bool,
    "str": lambda value: isinstance(value, str),
    "uuid": lambda value: isinstance(value, str) and bool(_UUID.fullmatch(value)),
    "datetime": lambda value: isinstance(value, str) and bool(_DATE.fullmatch(value)),
    "file": lambda value: isinstance(value, bytes),
    "any": lambda value: True,
    "none": _never,
}

_PAGE = (
    "{skip: int!, take: int!, total: int!, pageCount: int!, currentPage: int!, batchCount: int!,"
    "prevSkip: int!, nextSkip: int!, hasPrev: bool!, hasNext: bool!, records: list<T>!,"
    "sortBy: list<Sort>!, success: bool!, severity: Severity!}"
)
_VIEW = (
    "value: T, name: str, label: str, description: str, readOnly: bool~, readOnlyReason: str,"
    "hidden: bool~, hideOnView: bool~, isRequired: bool~, hasHistory: bool~, maxLength: int~,"
    "sortOrder: int~, placeholder: str, fieldInputType: str~, helpLink: str, helpLinkText: str,"
    "additionalLinks: list<ViewFieldLink>"
)
_WRAPPERS: Mapping[str, str] = {
    "Paging": _PAGE,
    "PagingFilter": _PAGE.replace("{", "{filter: any!, "),
    "Logic": "{model: T!, success: bool!, severity: Severity}",
    "Dirty": "{dirty: bool!, value: T}",
    "View": f"{{{_VIEW}}}",
    "ViewOptions": f"{{{_VIEW}, dropDownOptions: list<ViewFieldDropDownOption>}}",
}


def _schema(row: Mapping[str, Any]) -> Kind:
    if "enum" in row and isinstance(row["enum"], list):
        return Kind("enum", values=tuple(map(str, row["enum"])))
    return Kind("{}", fields={name: _field(inner) for name, inner in row.items()})


def _field(inner: Any) -> Kind:
    return _schema(inner) if isinstance(inner, dict) else parse(inner)


def _operations(text: Mapping[str, Any]) -> Iterator[Operation]:
    for group, rows in text["groups"].items():
        for row in rows:
            body = parse(row["body"]) if "body" in row else None
            query = tuple(_parameters(row, text["query_sets"]))
            yield Operation(row["op"], group, parse(row["returns"]), row["tier"], body, query)
    for group, names in text["other_operations"].items():
        for name in names:
            yield Operation(" ".join(name.split()), group, None)


def _parameters(row: Mapping[str, Any], sets: Mapping[str, list[str]]) -> Iterator[str]:
    yield from ("skip", "take", "sortBy") if row.get("paged") else ()
    for told in [*row.get("q", ()), *(one for name in row.get("qset", ()) for one in sets[name])]:
        yield re.sub(r"^(paging\.)?(filter\.)?", "", re.split(r"[:\[]", told)[0])
