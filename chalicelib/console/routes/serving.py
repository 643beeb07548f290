"""How static files are answered, and how long browsers keep them."""

from __future__ import annotations

from chalicelib.console.assets import Assets
from chalicelib.core.errors import NotFound
from chalicelib.web.answer import Answer

FOR_EVER = "public, max-age=31536000, immutable"
HTML = "text/html; charset=utf-8"


def file_answer(files: Assets, version: str, name: str) -> Answer:
    """A file; another version's path is answered too, because nodes are upgraded one by one."""
    found = files.files.get(name)
    if found is None:
        raise NotFound("The file was not found.")
    headers = {"Cache-Control": FOR_EVER} if version == files.version else {}
    return Answer(200, found.content, found.content_type, headers)
