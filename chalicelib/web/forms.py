"""Bodies of forms: urlencoded, and multipart with files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from .decode import decode_json, refuse
from .shapes import Upload
from .text import decode_fields

MAX_FIELDS = 100


def decode_form(raw: bytes, kind: Any) -> Any:
    """A urlencoded body, whatever its content type says; JSON is understood too. Raises Invalid."""
    if raw.lstrip().startswith(b"{"):
        return decode_json(raw, kind)
    try:
        text = raw.decode()
        pairs = parse_qs(text.strip(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        refuse("The body is not a valid form.")
    return decode_fields(pairs, kind)


def decode_multipart(raw: bytes, content_type: str, kind: Any) -> Any:
    """A multipart form; a part with a file name, or named `file`, is an Upload. Raises Invalid."""
    pairs: dict[str, list[str | Upload]] = {}
    try:
        for name, value in _parts(raw, content_type):
            pairs.setdefault(name, []).append(value)
    except Exception:  # noqa: BLE001 - the parser is not made for hostile headers
        pairs.clear()
    if not pairs:
        refuse("The body is not a valid multipart form.")
    return decode_fields(pairs, kind)


def _parts(raw: bytes, content_type: str) -> Iterator[tuple[str, str | Upload]]:
    from email.parser import BytesParser
    from email.policy import HTTP

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    for part in BytesParser(policy=HTTP).parsebytes(head + raw).iter_parts():
        name = part.get_param("name", header="content-disposition")
        file_name = part.get_filename()
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        if file_name is not None or name.lower() == "file":
            yield name, Upload(file_name or "", content)
        else:
            yield name, content.decode("utf-8", "replace")
