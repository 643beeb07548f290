"""One request of the walk over all operations: where words like <secret> stand for what is known.

What a request finds or makes, later ones may name. The walk begins with an administrator and a
password, which are <ada> and <password>. Who asks twice for a thing of a name says so by <again>.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.client import Answer, Client

Known: TypeAlias = Mapping[str, Any]
"""What "<secret>" and the like stand for."""

_WORD = re.compile(r"<[\w ']+>")


@dataclass(frozen=True, slots=True)
class Call:
    """asks:  method and path
    body:  JSON; nothing is an empty object, but for GET
    keeps: by what name, what of the answer: "records.0.id"; "" is all of it
    by:    whose token it carries, by the name that it was kept under; the administrator's if none
    form:  a form instead of the body
    """

    asks: str
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    form: Mapping[str, str] | None = None


Step: TypeAlias = "Call | Callable[[dict[str, Any]], None]"
"""A request, or what happens meanwhile: it is given what is known, and may add to that."""


def dirty(**fields: Any) -> dict[str, Any]:
    """Fields of a PATCH."""
    return {name: {"dirty": True, "value": value} for name, value in fields.items()}


def data(**fields: Any) -> dict[str, Any]:
    """The body that sets those fields."""
    return {"data": dirty(**fields)}


def asked(client: Client, call: Call, known: Known) -> Answer:
    """The answer to a request, by that client but for its token."""
    method, path = filled(call.asks, known).split(" ")
    return client.request(
        method,
        path,
        json=None if method == "GET" or call.form else filled(call.body or {}, known),
        form=filled(call.form, known),
        query=filled(call.query, known),
    )


def keep(call: Call, answer: Answer, known: dict[str, Any]) -> None:
    """Know from now on what the answer to the request was to tell."""
    known.update((name, found(answer.json, path)) for name, path in call.keeps.items())


def words(call: Call) -> set[str]:
    """What has to be known for a request."""
    return set(_WORD.findall(str((call.asks, call.body, call.query))))


def filled(value: Any, known: Known) -> Any:
    """The same, with what its words stand for; a word alone may be anything, not only a text."""
    if isinstance(value, Mapping):
        return {name: filled(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, known) for one in value]
    if not isinstance(value, str):
        return value
    if value in known:
        return known[value]
    return _WORD.sub(lambda word: str(known.get(word[0], word[0])), value)


def found(answer: Any, path: str) -> Any:
    """The part of an answer that a path names."""
    for name in filter(None, path.split(".")):
        answer = answer[int(name)] if isinstance(answer, list) else answer[name]
    return answer
