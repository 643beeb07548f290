"""What a handler is given: one request, matched, authenticated and decoded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chalicelib.core.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.access.principal import Principal

B = TypeVar("B")

MAX_ID = 2**31 - 1
_INTEGER = re.compile(r"-?[0-9]{1,10}")


class Path(dict[str, str]):
    """The variables of a path by their name."""

    def id(self, name: str = "id") -> int:
        """The variable as an integer id. NotFound when it is none: nothing has such an id."""
        text = self[name]
        if not _INTEGER.fullmatch(text) or abs(int(text)) > MAX_ID:
            raise NotFound(f"The {name} of the path was not found.")
        return int(text)


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request to an endpoint.

    body:      the declared struct, None where none is declared
    query:     the declared struct, None where none is declared
    principal: who asks; None only on anonymous endpoints
    rows:      what `reads` named and exists, by (pk, sk), read together with the session
    address:   the client's address
    headers:   by lower-case name
    root:      the path under which the API lives, such as `/SecretServer`
    unlimited: until when unlimited administration is on, as its header says it, or ""
    """

    path: Path
    body: B = field(repr=False)
    now: datetime
    request_id: str
    query: Any = field(default=None, repr=False)
    caller: Principal | None = None
    rows: Mapping[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw_body: bytes = field(default=b"", repr=False)
    method: str = "GET"
    raw_path: str = ""
    root: str = ""
    unlimited: str = ""

    @property
    def principal(self) -> Principal:
        """Who asks. Only an anonymous endpoint has nobody, and must look at `caller` instead."""
        if self.caller is None:
            raise LookupError("an anonymous endpoint has no principal")
        return self.caller

    def id(self, name: str = "id") -> int:
        """The path's variable as an integer id; see `Path.id`."""
        return self.path.id(name)
