"""What clients send is obeyed, or refused by name, or said to be read over: nothing is dropped.

Walks the bodies and the queries of all endpoints, beside the contract's and beside the source
that reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from chalicelib.keys.routes.management import KeyManagementConfigUpdateArgs
from chalicelib.vault.routes.password_types import PasswordTypeUpdateArgs
from chalicelib.vault.routes.policy_models import SecretPolicyV1Item
from chalicelib.web.align import fields_of, is_list, is_struct, members
from chalicelib.web.areas import all_endpoints
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.shapes import Dirty, NotYet, ReadOver
from tests.contract_notation import Kind
from tests.contract_schemas import Contract, needed_contract

PRODUCT = Path(__file__).parent.parent / "chalicelib"
WITH_BODIES = [one for one in all_endpoints() if one.body is not None and one.method != "GET"]
WITH_QUERIES = [one for one in all_endpoints() if one.query is not None]
WALKED_WHOLE = (KeyManagementConfigUpdateArgs, PasswordTypeUpdateArgs)
"""Each of their properties is compared with what is so, by its name."""
AS_ANSWERED = (SecretPolicyV1Item,)
"""Sent as they were answered, with more than is said."""
_NAMED = re.compile(r"(?:\.|[\"'])(\w+)\b")
_ENDS = re.compile(r"\}(_\w+)[\"']")
WAITING = frozenset({"folder_type_id"})
"""Kinds of folders: there is one."""


def test_every_property_of_the_contracts_bodies_is_declared() -> None:
    held = needed_contract()
    bodies = {_shape(one.name): one.body for one in held.operations if one.body}
    missing = [
        f"{one.name}: {name}"
        for one in WITH_BODIES
        if (wanted := bodies.get(_shape(one.name)))
        for name in _undeclared(wanted, one.body, held)
    ]
    assert missing == []


def test_every_declared_property_is_read_or_refused_or_said_to_be_read_over() -> None:
    unread = {
        f"{struct.__module__}.{struct.__name__}.{field.name}"
        for one in WITH_BODIES
        for struct in _structs(one.body)
        if struct not in (*WALKED_WHOLE, *AS_ANSWERED)
        for field in msgspec.structs.fields(struct)
        if not {NotYet, ReadOver} & set(members(field.type))
        if field.name not in WAITING
        if not any(_reads(area, field.name) for area in _areas(one, struct))
    }
    assert not unread, sorted(unread)


def test_every_parameter_of_the_contracts_queries_is_declared() -> None:
    ours = {_shape(one.name): fields_of(one.query) if one.query else {} for one in all_endpoints()}
    missing = [
        f"{one.name}: {name}"
        for one in needed_contract().operations
        if (known := ours.get(_shape(one.name))) is not None
        for name in one.query
        if name.lower() not in known
    ]
    assert missing == []


def test_every_declared_parameter_is_read_or_refused_or_said_to_be_read_over() -> None:
    unread = {
        f"{one.query.__module__}.{one.query.__name__}.{field.name}"
        for one in WITH_QUERIES
        for field in msgspec.structs.fields(one.query)
        if not {NotYet, ReadOver} & set(members(field.type))
        if not any(_reads(area, field.name) for area in _areas(one, one.query))
    }
    assert not unread, sorted(unread)


def _shape(operation: str) -> str:
    return re.sub(r"\{\w+\}", "{}", operation).lower()


def _undeclared(wanted: Kind, ours: Any, held: Contract) -> Iterator[str]:
    """The properties of a contract's kind that the declared type does not have, by their paths."""
    kind = held.schemas.get(wanted.name, wanted)
    for one in members(ours):
        if (kind.name == "Dirty" and get_origin(one) is Dirty) or (
            kind.name == "list" and is_list(one) and get_args(one)
        ):
            yield from _undeclared(kind.args[0], get_args(one)[0], held)
        elif kind.name == "{}" and is_struct(one):
            yield from _missing(kind, fields_of(one), held)


def _missing(kind: Kind, known: dict[str, tuple[str, Any]], held: Contract) -> Iterator[str]:
    for name, inner in kind.fields.items():
        if name.lower() not in known:
            yield name
        else:
            yield from (f"{name}.{one}" for one in _undeclared(inner, known[name.lower()][1], held))


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """The struct that a body is, and those in it."""
    for one in members(kind):
        if is_struct(one) and get_origin(one) is not Dirty:
            yield one
            for field in msgspec.structs.fields(one):
                yield from _structs(field.type)
        else:
            for inner in get_args(one):
                yield from _structs(inner)


def _areas(endpoint: Endpoint, struct: type[msgspec.Struct]) -> set[str]:
    """Where it may be read: by whoever asks for it, and where it or a base of it is declared."""
    declared = (base.__module__ for base in struct.__mro__)
    return {endpoint.area, *(one.split(".")[1] for one in declared if one.startswith("chalicelib"))}


def _reads(area: str, name: str) -> bool:
    names, ends = _read_in(area)
    return name in names or name.endswith(ends)


@cache
def _read_in(area: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Names that the source of an area reads of anything, with words in quotes, which may name an
    attribute; and how names end that it puts together.
    """
    source = "\n".join(path.read_text("utf-8") for path in (PRODUCT / area).rglob("*.py"))
    return frozenset(_NAMED.findall(source)), tuple(_ENDS.findall(source))
