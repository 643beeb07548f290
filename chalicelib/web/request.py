"""One HTTP request as it arrives, before anybody has looked at what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """A request free of any framework.

    segments: the decoded parts of the path below the root
    headers:  by lower-case name
    peer:     the address that connected to us
    root:     the path under which the API lives, such as `/SecretServer`
    """

    method: str
    segments: tuple[str, ...]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    peer: str = ""
    request_id: str = ""
    root: str = ""

    @property
    def path(self) -> str:
        return "/" + "/".join(self.segments)

    @property
    def is_browser(self) -> bool:
        """Whether a person looks at the answer: then a page helps more than JSON."""
        return "text/html" in self.headers.get("accept", "").lower()

    @property
    def token(self) -> str:
        """The bearer token, "" without one: from the Authorization header, never from a cookie."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
