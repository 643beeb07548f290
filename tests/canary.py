"""Secret values that betray themselves: no log, output, failure text, row or message may show one.

Every secret value a test makes should be a `canary()`. tests/conftest.py searches what each test
wrote, and what it left in tables, queues and buckets on moto; a hit fails that test.
"""

from __future__ import annotations

import base64
import logging
import os
import secrets
from collections.abc import Iterable

_VARIABLE = "CANARY_MARK"  # set by the first process, inherited by xdist's workers
MARK = os.environ.setdefault(_VARIABLE, "c4n" + secrets.token_hex(6))


class Escaped(AssertionError):
    """A secret value was written where it must never be."""


def canary(length: int = 32) -> str:
    """A fresh password with upper and lower case, digits, symbols, and this run's mark in it."""
    rest = secrets.token_hex(length)[: max(4, length - len(MARK) - 4)]
    return f"K!{MARK}{rest}z9"


def is_in(text: str) -> bool:
    """Does the text hold a canary, plainly or as base64?"""
    return any(form in text for form in _FORMS)


def refuse(text: str, where: str) -> None:
    """Raises Escaped if the text holds a canary; the message says where, never what."""
    if is_in(text):
        raise Escaped(f"a secret value was written to {where}")


def _forms() -> Iterable[str]:
    yield MARK
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + MARK.encode()).decode().rstrip("=")
        yield encoded[4 if shift else 0 : -2]


_FORMS = tuple(_forms())


class LogWatch(logging.Handler):
    """Searches every log record of the process, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.hits: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        extras = " ".join(str(value) for value in vars(record).values())
        if is_in(self.format(record)) or is_in(extras):
            self.hits.append(f"the log {record.name} ({record.pathname}:{record.lineno})")


LOGS = LogWatch()
"""Sees everything that this process logs."""
