"""The log: one JSON object a line, with types and places of errors but never their texts.

An exception's text may quote what a client sent or what the vault holds, so it is not written.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

from .errors import ConclaveError

NAME = "conclave"


class JsonLines(logging.Formatter):
    """A record's message and its `facts`; the record's exception is left out on purpose."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = getattr(record, "facts", {})
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **facts,
        }
        return json.dumps(line, default=repr)


def logger() -> logging.Logger:
    """The logger, writing to standard output once however often it is asked for."""
    found = logging.getLogger(NAME)
    if not found.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLines())
        found.addHandler(handler)
        found.setLevel(logging.INFO)
        found.propagate = False
    return found


@contextmanager
def in_our_words(doing: str) -> Iterator[None]:
    """Around what Lambda calls: it prints the text of what escapes, so only ours may."""
    try:
        yield
    except ConclaveError:
        raise
    except Exception as error:
        logger().error("%s failed unexpectedly", doing, extra={"facts": {"at": places(error)}})
        raise ConclaveError(type(error).__name__) from None


def places(error: BaseException) -> list[str]:
    """What went wrong where, without values: `KeyError at service.py:41 in create`, cause last."""
    found: list[str] = []
    current: BaseException | None = error
    while current is not None and len(found) < 5:
        frames = extract_tb(current.__traceback__)
        last = next((f for f in reversed(frames) if "chalicelib" in f.filename), None)
        last = last or (frames[-1] if frames else None)
        where = f"{PurePath(last.filename).name}:{last.lineno} in {last.name}" if last else "?"
        found.append(f"{type(current).__name__} at {where}")
        current = current.__cause__ or current.__context__
    return found
