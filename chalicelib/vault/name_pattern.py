r"""Patterns that the names of secrets must match: regular expressions of people. Pure.

They are matched by walking all possibilities at once, so the time grows with name times pattern and
never explodes, whatever somebody writes. What is known: characters, `.`, `\d \w \s \D \W \S`,
`[classes]`, `|`, `( )`, `(?: )`, `* + ? {n} {n,m} {n,}`, `^` at the start and `$` at the end.
Back references and look-around are refused, and so is a `|` beside `^` or `$` and in no bracket.
Without `^` and `$` a part of the name may match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from chalicelib.core.errors import Invalid

MAX_PATTERN = 256
MAX_STATES = 500
MAX_DEPTH = 20

_ATOM = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDwWsS]|\\[^A-Za-z0-9]|[^\\^$.|?*+()\[\]{}]|\.")
_COUNT = re.compile(r"\*|\+|\?|\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}

Test = Callable[[str], object]


@dataclass(slots=True)
class _State:
    """A place in the pattern: what it takes, or where one may go without taking anything."""

    takes: Test | None = None
    then: list[_State] = field(default_factory=list)


Part = Callable[["_State"], "_State"]
"""A piece of a pattern: given where it leads to, where it begins."""


def check_pattern(pattern: str) -> str:
    """The pattern as it is stored. Raises Invalid for one that is not understood."""
    clean = pattern.strip()
    if clean:
        _compiled(clean)
    return clean


def matches(pattern: str, name: str) -> bool:
    """Whether the name matches; every name matches no pattern."""
    if not pattern:
        return True
    start, end = _compiled(pattern)
    at = _reached([start])
    for one in name:
        at = _reached(to for state in at if state.takes and state.takes(one) for to in state.then)
    return any(state is end for state in at)


def _reached(states: Iterable[_State]) -> list[_State]:
    """Those states, and where they lead without taking anything; each once."""
    known: dict[int, _State] = {}
    open_ = list(states)
    while open_:
        state = open_.pop()
        if id(state) not in known:
            known[id(state)] = state
            open_ += state.then if state.takes is None else ()
    return list(known.values())


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> tuple[_State, _State]:
    if len(pattern) > MAX_PATTERN:
        raise Invalid(f"namePattern must have at most {MAX_PATTERN} characters.")
    starts, ends = pattern.startswith("^"), _ends(pattern)
    reader = _Reader(pattern[starts : len(pattern) - ends])
    body, end = reader.whole(is_anchored=starts or ends), _State()
    anything = reader.repeated(reader.one(lambda one: True), 0, None)
    tail = end if ends else anything(end)
    start = body(tail)
    return (start if starts else anything(start)), end


def _ends(pattern: str) -> bool:
    """Whether it ends with a `$` that is not one to be taken as it is."""
    escapes = re.search(r"(\\*)\$\Z", pattern)
    return escapes is not None and len(escapes[1]) % 2 == 0


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    states: int = 0
    depth: int = 0

    def whole(self, *, is_anchored: bool) -> Part:
        """All of it; `^a|b$` would be of two minds about what is anchored."""
        found = self.sequence() if is_anchored else self.alternatives()
        if self.at < len(self.text):
            raise self.refused()
        return found

    def alternatives(self) -> Part:
        branches = [self.sequence()]
        while self.taken("|"):
            branches.append(self.sequence())
        return lambda end: self.made(None, [one(end) for one in branches])

    def sequence(self) -> Part:
        parts: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self.counted(self.piece()))

        def joined(end: _State) -> _State:
            for one in reversed(parts):
                end = one(end)
            return end

        return joined

    def piece(self) -> Part:
        if self.taken("("):
            self.taken("?:")
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.refused()
            inside = self.alternatives()
            self.depth -= 1
            if not self.taken(")"):
                raise self.refused()
            return inside
        found = _ATOM.match(self.text, self.at)
        if found is None:
            raise self.refused()
        self.at = found.end()
        return self.one(self.test(found[0]))

    def counted(self, part: Part) -> Part:
        found = _COUNT.match(self.text, self.at)
        if found is None:
            return part
        self.at = found.end()
        self.taken("?")  # whether it takes much or little first makes no difference here
        if found[0] in _COUNTS:
            least, most = _COUNTS[found[0]]
        else:
            least = int(found[1])
            most = (int(found[3]) if found[3] else None) if found[2] else least
        if most is not None and most < least:
            raise self.refused()
        return self.repeated(part, least, most)

    def repeated(self, part: Part, least: int, most: int | None) -> Part:
        def repeat(end: _State) -> _State:
            if most is None:
                loop = self.made(None, [end])
                loop.then.append(part(loop))
                end = loop
            else:
                out = end
                for _ in range(most - least):
                    end = self.made(None, [out, part(end)])
            for _ in range(least):
                end = part(end)
            return end

        return repeat

    def one(self, test: Test) -> Part:
        return lambda end: self.made(test, [end])

    def made(self, test: Test | None, then: list[_State]) -> _State:
        self.states += 1
        if self.states > MAX_STATES:
            raise Invalid("namePattern is too large: it repeats too much.")
        return _State(test, then)

    def test(self, atom: str) -> Test:
        try:
            return re.compile(atom).fullmatch  # one character: nothing to try twice
        except re.error:
            raise self.refused() from None

    def taken(self, text: str) -> bool:
        is_next = self.text.startswith(text, self.at)
        self.at += len(text) if is_next else 0
        return is_next

    def refused(self) -> Invalid:
        return Invalid(f"namePattern is not understood at its character {self.at + 1}.")
