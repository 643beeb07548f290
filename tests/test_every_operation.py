"""Every operation of the contract that is there succeeds, with content as the contract has it.

Walks the table of `tests/operations` over one cluster: an operation without a row fails here. The
client compares each answer with the contract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib.web.areas import all_endpoints
from tests.canary import canary
from tests.client import Answer, Client, OutsideContract
from tests.contract_notation import Kind
from tests.contract_schemas import Contract, Operation, needed_contract
from tests.house import House, open_house
from tests.operations.call import Call, Known, asked, filled, keep
from tests.operations.table import EMPTY, EXCEPTIONS, STEPS


def test_every_operation_succeeds_with_content_as_the_contract_has_it(aws: None) -> None:
    walk = Walk(needed_contract(), open_house())
    wrong = [*walk.wrongs()]
    there = {shape(one.name) for one in all_endpoints()}
    wanted = {one.name for one in walk.held.operations if shape(one.name) in there}
    wrong += [f"{one}: no request of tests/operations asks" for one in wanted - walk.asked]
    wrong += [f"{one}: is no exception" for one in walk.succeeded & set(EXCEPTIONS)]
    empty = {name for name, most in walk.lists.items() if not most}
    wrong += [f"{one}: no answer has anything in it" for one in empty - set(EMPTY)]
    wrong += [f"{one}: is no exception" for one in set(EMPTY) - empty]
    assert not wrong, "\n".join(sorted(wrong))


@dataclass
class Walk:
    """asked, succeeded: names of operations
    lists: the most elements that any answer had, by the schema and the property
    """

    held: Contract
    house: House
    asked: set[str] = field(default_factory=lambda: set(EXCEPTIONS))
    succeeded: set[str] = field(default_factory=set)
    lists: Counter[str] = field(default_factory=Counter)

    def wrongs(self) -> Iterator[str]:
        """What is wrong with the answers to all requests of the table, in its order."""
        known = begun(self.house)
        for step in STEPS:
            if isinstance(step, Call):
                yield from self._asked(step, known)
            else:
                step(known)

    def _asked(self, call: Call, known: dict[str, Any]) -> Iterator[str]:
        operation = self.held.find(*filled(call.asks, known).split(" "))
        if operation is None:
            yield f"{call.asks}: the contract knows no such operation"
            return
        self.asked.add(operation.name)
        try:
            answer = asked(self._who(call, known), call, known)
        except OutsideContract as error:
            yield str(error)
            return
        if answer.status != 200:
            yield f"{call.asks}: {answer.status} {answer.message}"
            return
        self.succeeded.add(operation.name)
        keep(call, answer, known)
        yield from self._looked_at(operation, content_of(answer))

    def _who(self, call: Call, known: Known) -> Client:
        return self.house.admin.signed_in(known[call.by]) if call.by else self.house.admin

    def _looked_at(self, operation: Operation, content: Any) -> Iterator[str]:
        kind = operation.returns
        if not is_full(content):
            yield f"{operation.name}: answers nothing"
        if kind is not None:
            for name, many in lists_of(kind, content, self.held, operation.name):
                self.lists[name] = max(self.lists[name], many)


def begun(house: House) -> dict[str, Any]:
    """What is known before the first request."""
    me = house.admin.get("/api/v1/users/current").json["id"]
    group = house.admin.get(f"/api/v1/users/{me}").json["personalGroupId"]
    known = {"<ada>": me, "<ada's group>": group, "<again>": ""}
    return known | {"<password>": canary(), "<new password>": canary()}


def content_of(answer: Answer) -> Any:
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json if is_json else answer.body


def is_full(content: Any) -> bool:
    """Whether a page or a list holds anything, an object not only nulls, a text is not empty."""
    if isinstance(content, dict):
        if "records" in content:
            return bool(content["records"])
        return any(one is not None for one in content.values())
    return content not in (None, [], "", b"")


def lists_of(kind: Kind, value: Any, held: Contract, where: str) -> Iterator[tuple[str, int]]:
    """The lists in an answer that the contract tells of, and how much is in them."""
    if value is None:
        return
    if kind.name == "list":
        yield where, len(value)
    for inner, one, place in inside(kind, value, held, where):
        yield from lists_of(inner, one, held, place)


def inside(kind: Kind, value: Any, held: Contract, where: str) -> Iterable[tuple[Kind, Any, str]]:
    """What a value is made of: the kind of each part, the part, its schema and property."""
    match kind.name:
        case "list":
            return [(kind.args[0], one, where) for one in value]
        case "Paging" | "PagingFilter":
            return [(kind.args[0], one, where) for one in value["records"]]
        case "View" | "ViewOptions":
            return [(kind.args[0], value.get("value"), where)]
        case "{}":
            return [(one, value.get(name), f"{where}.{name}") for name, one in kind.fields.items()]
        case name if name in held.schemas:
            return [(held.schemas[name], value, name)]
    return []


def shape(operation: str) -> str:
    return re.sub(r"\{\w+\}", "{}", operation).lower()
