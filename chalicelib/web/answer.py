"""What goes back to a client: a status, bytes and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .encode import encode_json
from .shapes import File

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. A handler returns one itself only where JSON or a File will not do."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def success(result: Any) -> Answer:
    """200 with what a handler returned: JSON, or the bytes of a File."""
    match result:
        case Answer():
            return result
        case File(name, content, content_type):
            disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
            return Answer(200, content, content_type, {"Content-Disposition": disposition})
        case _:
            return Answer(200, encode_json(result))


def refusal(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    """An error with the JSON object that says why."""
    return Answer(status, encode_json(body), JSON, headers or {})


def redirect(location: str) -> Answer:
    """A browser is sent elsewhere, for now."""
    return Answer(302, b"", "text/plain; charset=utf-8", {"Location": location})
