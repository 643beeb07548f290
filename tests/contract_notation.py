"""The notation of the interface contract: one type's text to a `Kind`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

_TOKEN = re.compile(r"[A-Za-z]\w*|[<>{}():|,!~]|\+filter")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of the notation: `list<int>!` is Kind("list", (Kind("int"),), required=True)."""

    name: str
    args: tuple[Kind, ...] = ()
    values: tuple[str, ...] = ()
    fields: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    required: bool = False
    nullable: bool = False


def parse(text: str, known: Mapping[str, Kind] | None = None) -> Kind:
    """The type that a text of the notation means; `known` names are put in their places."""
    return _Reader(text.split(" (", maxsplit=1)[0], known or {}).kind()


class _Reader:
    """Reads one type of the notation, left to right."""

    def __init__(self, text: str, known: Mapping[str, Kind]) -> None:
        self._tokens = _TOKEN.findall(text)
        self._known = known

    def kind(self) -> Kind:
        name = self._next()
        if name == "{":
            kind = Kind("{}", fields=dict(self._fields()))
        elif name == "enum":
            kind = Kind("enum", values=tuple(self._values()))
        else:
            kind = self._named(name)
        return self._with_suffixes(kind)

    def _named(self, name: str) -> Kind:
        args: list[Kind] = []
        if self._peek() == "<":
            self._next()
            args.append(self.kind())
            self._next()
        return self._known.get(name) or Kind(name, tuple(args))

    def _fields(self) -> Iterator[tuple[str, Kind]]:
        while self._peek() not in ("}", ""):
            name = self._next()
            self._next()  # the colon
            yield name, self.kind()
            if self._peek() == ",":
                self._next()
        self._next()

    def _values(self) -> Iterator[str]:
        while self._next() in ("(", "|"):
            yield self._next()

    def _with_suffixes(self, kind: Kind) -> Kind:
        suffixes = set()
        while self._peek() in ("!", "~", "+filter"):
            suffixes.add(self._next())
        return replace(
            kind,
            name="PagingFilter" if "+filter" in suffixes else kind.name,
            required=kind.required or "!" in suffixes,
            nullable=kind.nullable or "~" in suffixes,
        )

    def _peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _next(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""
