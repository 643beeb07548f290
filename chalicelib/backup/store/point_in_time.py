"""Reads both tables as of one moment, by DynamoDB's own export: the way on AWS.

DynamoDB writes the files into the bucket below `exports/`; their rows go into sealed parts, and
nobody needs the files afterwards: the bucket's rule removes them after a week.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.backup.manifest import TABLES
from chalicelib.backup.rows import Page, item

from .pages import table_name

MOST_LINES = 2_000


class Exports(Protocol):
    def begin(self, table: str, at: datetime, prefix: str) -> str: ...
    def files(self, arn: str) -> list[str] | None: ...
    def lines(self, key: str, skip: int, most: int) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class PointInTime:
    exports: Exports
    name: str = "point-in-time"

    def begin(self, id: str, at: datetime) -> str:
        """Begin both exports as of that moment; the cursor says which they are."""
        arns = {
            table: self.exports.begin(table_name(table), at, f"exports/{id}") for table in TABLES
        }
        return json.dumps({"arns": arns, "table": TABLES[0], "file": 0, "line": 0})

    def page(self, cursor: str) -> Page | None:
        """Some rows of one file; None until DynamoDB is done with that table."""
        at = json.loads(cursor)
        files = self.exports.files(at["arns"][at["table"]])
        if files is None:
            return None
        if at["file"] >= len(files):
            return Page(at["table"], (), _after(at, {"file": len(files), "line": 0}, len(files)))
        lines = self.exports.lines(files[at["file"]], at["line"], MOST_LINES)
        rows = [item(line) for line in lines]
        further = (
            {"file": at["file"], "line": at["line"] + MOST_LINES}
            if len(lines) == MOST_LINES
            else {"file": at["file"] + 1, "line": 0}
        )
        return Page(at["table"], rows, _after(at, further, len(files)))


def _after(at: Mapping[str, Any], further: Mapping[str, int], files: int) -> str:
    """The cursor behind a page: the rest of the table, the next table, or nothing more."""
    if further["file"] < files:
        return json.dumps({**at, **further})
    following = TABLES.index(at["table"]) + 1
    if following == len(TABLES):
        return ""
    return json.dumps({**at, "table": TABLES[following], "file": 0, "line": 0})
