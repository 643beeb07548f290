"""What time AWS has: the Date of the answers that come anyway, so that asking costs no call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from chalicelib.core.clock import Clock

from . import clients

_ID = "conclave-aws-time"


@dataclass(slots=True)
class AwsTime:
    """Compares this process's clock with the Date of DynamoDB's answers (whole seconds)."""

    clock: Clock
    _offset: timedelta | None = None
    _date: str = ""
    _told: datetime | None = None

    def watch(self) -> None:
        """Look at every later answer of DynamoDB. May be repeated."""
        events = clients.client("dynamodb").meta.events
        events.unregister("after-call", unique_id=_ID)
        events.register("after-call", self._seen, unique_id=_ID)

    def offset(self) -> timedelta | None:
        """How far this clock was ahead at the last answer; None when no answer told the time."""
        return self._offset

    def _seen(self, http_response: Any, **_: object) -> None:
        date = http_response.headers.get("date")
        if not date:
            return
        now = self.clock()
        if date != self._date:  # it changes once a second
            self._date, self._told = date, _moment(date)
        if self._told is not None:
            self._offset = _beyond_a_second(now - self._told)


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except (TypeError, ValueError):  # mangled on its way: no word on the time
        return None


def _beyond_a_second(ahead: timedelta) -> timedelta:
    """The Date has lost its fraction: up to a second ahead says nothing."""
    if timedelta(0) <= ahead <= timedelta(seconds=1):
        return timedelta(0)
    return ahead
