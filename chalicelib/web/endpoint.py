"""Endpoints are rows of a table: routing, validation, access, OpenAPI and coverage come from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack, get_args

from chalicelib.core.errors import ConclaveError

from .call import Call, Path

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Writes: TypeAlias = Literal["none", "session", "vault", "cluster"]
Key: TypeAlias = tuple[Any, str, str]
"""A row that the authentication's batched read fetches besides: its class, pk and sk."""

Handler = TypeVar("Handler", bound=Callable[[Call[Any]], Any])

MAX_DEPTH = 9
_VARIABLE = re.compile(r"\{(\w+)\}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+|\{\w+\}")


class Options(TypedDict, total=False):
    """What `endpoint` takes besides method, path and `returns`.

    body:           type of the JSON body
    query:          struct of the query
    permission:     role permission that the caller must have; "" for any signed-in user
    or_permission:  another that does as well, or others; what more it asks for, the service says
    writes:         "vault" is refused in maintenance mode; "cluster" is not; both are outside the
                    writing region, where "session" and "none" are not
    anonymous:      no token is asked for
    reads:          rows to fetch in the same read as the session, from the path's variables; see
                    `access.principal.MINE` for the caller's own
    errors:         errors worth documenting besides those that every endpoint has
    out_of_cluster: also answered by a node that is not in the cluster
    when_view_only: writes to the vault, and is answered where people may not change it for want
                    of a licence: see docs/operations/licences.md
    on_replica:     a write that a replica takes, besides those that are `out_of_cluster`
    form:           the body is a form, whatever the content type says
    or_file:        a file is answered as well, for some of what is asked for
    while_enrolling: also answered to who has yet to set up the second factor that he is to have
    """

    body: Any
    query: Any
    permission: str
    or_permission: str | tuple[str, ...]
    writes: Writes
    anonymous: bool
    reads: Callable[[Path], Sequence[Key]]
    errors: Sequence[type[ConclaveError]]
    out_of_cluster: bool
    when_view_only: bool
    on_replica: bool
    form: bool
    or_file: bool
    while_enrolling: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the API. A wrong declaration fails here, at import."""

    method: Method
    path: str
    handler: Callable[[Call[Any]], Any]
    returns: Any
    body: Any = None
    query: Any = None
    permission: str = ""
    writes: Writes = "none"
    anonymous: bool = False
    reads: Callable[[Path], Sequence[Key]] | None = None
    errors: Sequence[type[ConclaveError]] = ()
    out_of_cluster: bool = False
    when_view_only: bool = False
    on_replica: bool = False
    form: bool = False
    or_file: bool = False
    while_enrolling: bool = False
    or_permission: str | tuple[str, ...] = ""

    def __post_init__(self) -> None:
        for wrong, message in self._mistakes():
            if wrong:
                raise TypeError(f"{self.name}: {message}")

    def _mistakes(self) -> Iterator[tuple[bool, str]]:
        yield self.method not in get_args(Method), "unknown method"
        yield self.writes not in get_args(Writes), f"writes must be one of {get_args(Writes)}"
        yield not self.path.startswith("/"), "a path begins with /"
        yield not all(map(_SEGMENT.fullmatch, self.segments)), "a segment is a word or {variable}"
        yield len(self.segments) > MAX_DEPTH, f"a path has at most {MAX_DEPTH} segments"
        yield len(set(self.variables)) < len(self.variables), "a variable is named twice"
        yield self.method == "GET" and self.body is not None, "GET has no body"
        yield self.form and self.body is None, "a form needs a body"
        yield self.method == "GET" and self.writes == "vault", "GET does not write to the vault"
        yield self.when_view_only and self.writes != "vault", "view-only refuses the vault only"
        yield self.anonymous and bool(self.permission), "nobody has no permission"
        yield bool(self.or_permission) and not self.permission, "a second permission, and no first"
        yield self.anonymous and self.reads is not None, "reads comes with authentication"

    @property
    def name(self) -> str:
        """As the contract writes it: `GET /api/v1/secrets/{id}`."""
        return f"{self.method} {self.path}"

    @property
    def permissions(self) -> tuple[str, ...]:
        """The role permissions of which the caller must have one; none for any signed-in user."""
        others = self.or_permission
        others = (others,) if isinstance(others, str) else others
        return tuple(filter(None, (self.permission, *others)))

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.path[1:].split("/")) if self.path != "/" else ()

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(_VARIABLE.findall(self.path))

    @property
    def shape(self) -> str:
        """The operation without the names of its variables: two rows may not share it."""
        return f"{self.method} {_VARIABLE.sub('{}', self.path).lower()}"

    @property
    def area(self) -> str:
        """The area that holds the handler, such as `vault`."""
        return self.handler.__module__.removeprefix("chalicelib.").split(".")[0]


@dataclass(frozen=True, slots=True)
class Table:
    """All endpoints, in the order of their declaration."""

    rows: dict[str, Endpoint] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, row: Endpoint) -> None:
        """Take a row. TypeError when another handler has its method and path.

        The same handler may come again: its module is imported anew after an import that failed.
        """
        known = self.rows.get(row.shape)
        if known is not None and _full_name(known) != _full_name(row):
            raise TypeError(f"{row.name} is declared twice: {known.handler.__module__} has it")
        self.rows[row.shape] = row

    def endpoint(
        self, method: Method, path: str, *, returns: Any, **options: Unpack[Options]
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as the handler of an operation: see `Options`."""

        def declare(handler: Handler) -> Handler:
            self.add(Endpoint(method, path, handler, returns, **options))
            return handler

        return declare


def _full_name(row: Endpoint) -> str:
    return f"{row.handler.__module__}.{row.handler.__qualname__}"


ENDPOINTS = Table()
"""Every endpoint of the product; filled by importing the areas' `routes`."""

endpoint = ENDPOINTS.endpoint
