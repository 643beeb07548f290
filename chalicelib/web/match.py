"""From method and path to the endpoint: literals before variables, whatever these are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from .call import Path
from .endpoint import Endpoint


@dataclass(slots=True)
class _Node:
    """One place in the tree of paths."""

    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    endpoints: dict[str, Endpoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """What a request's path leads to. Without an endpoint, `allowed` are the methods it knows."""

    endpoint: Endpoint | None = None
    path: Path = field(default_factory=Path)
    allowed: tuple[str, ...] = ()


class Router:
    """The tree of all paths of a table. Later additions to the table are not seen."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._root = _Node()
        for endpoint in endpoints:
            self._add(endpoint)

    def match(self, method: str, segments: Sequence[str]) -> Match:
        """The endpoint for a path given as its decoded segments; HEAD is answered as GET."""
        wanted = "GET" if method == "HEAD" else method
        allowed: dict[str, None] = {}
        for node, values in _leaves(self._root, tuple(segments), ()):
            endpoint = node.endpoints.get(wanted)
            if endpoint is not None:
                return Match(endpoint, Path(zip(endpoint.variables, values, strict=True)))
            allowed.update(dict.fromkeys(node.endpoints))
        return Match(allowed=tuple(allowed))

    def _add(self, endpoint: Endpoint) -> None:
        node = self._root
        for segment in endpoint.segments:
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment.lower(), _Node())
        node.endpoints[endpoint.method] = endpoint


def segments_of(path: str) -> tuple[str, ...]:
    """A path's decoded segments. Empty ones, such as after a trailing slash, do not count."""
    return tuple(unquote(segment) for segment in path.split("/") if segment)


def _leaves(
    node: _Node, rest: tuple[str, ...], values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Every place of the tree that the segments lead to, literal ways first."""
    if not rest:
        if node.endpoints:
            yield node, values
        return
    literal = node.literals.get(rest[0].lower())
    if literal is not None:
        yield from _leaves(literal, rest[1:], values)
    if node.variable is not None:
        yield from _leaves(node.variable, rest[1:], (*values, rest[0]))
