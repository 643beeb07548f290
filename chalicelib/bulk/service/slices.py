"""The message that says to go on with an operation: its id and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.messages import Message, message

from .ports import SLICE

LIFE = timedelta(days=1)


def slice_of(operation_id: str, id: str, now: datetime, cause: str = "") -> Message:
    """The next slice of an operation, wherever that is by then."""
    return message(id, SLICE, now, LIFE, {"operation": operation_id}, cause)
